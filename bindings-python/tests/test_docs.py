"""Every Python block of docs/python.md runs, and receives what it says."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Any

import django_project
import pytest
import serving
import serving_aiohttp
import serving_wsgi
import wire
from django.core.handlers.wsgi import WSGIHandler
from django.test.utils import override_settings
from django.urls import clear_url_caches
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from pivotal_webhooks import Webhook, WebhookVerificationError
from pivotal_webhooks.diagnosis import ENVIRONMENT_VARIABLES
from pivotal_webhooks.testing import SignedRequest, sample_event, signed_request
from signing import SECRET

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "python.md").read_text("utf-8")
SECTIONS = {
    section.split("\n", 1)[0]: re.findall(r"^```python\n(.*?)^```$", section, re.S | re.M)
    for section in PAGE.split("\n## ")
}
RUN = {"FastAPI", "Starlette", "ASGI", "Flask", "Django", "aiohttp", "Litestar", "WSGI"}
RUN |= {
    "The secret",
    "AWS Lambda",
    "Without an adapter",
    "Events",
    "Logs and metrics",
    "Refused deliveries",
    "Your tests",
}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIVOTAL_WEBHOOK_SECRET", SECRET)


def genuine() -> SignedRequest:
    return signed_request(sample_event("customer.at_risk"), SECRET)


def run(section: str, block: int = 0, **names: Any) -> dict[str, Any]:
    """Run a block in a module of its own, where frameworks look for its names."""
    module = ModuleType("documented")
    sys.modules[module.__name__] = module
    vars(module).update(names)
    exec(SECTIONS[section][block], vars(module))
    return vars(module)


def test_every_section_with_a_block_is_run_here() -> None:
    assert {name for name, blocks in SECTIONS.items() if blocks} == RUN


SERVED: dict[str, Callable[[Any], AbstractContextManager[int]]] = {
    "FastAPI": serving.served,
    "Starlette": serving.served,
    "ASGI": serving.served,
    "Flask": serving_wsgi.waitress_,
    "aiohttp": serving_aiohttp.served,
    "Litestar": serving.served,
    "WSGI": serving_wsgi.waitress_,
}


@pytest.mark.parametrize("section", SERVED)
def test_a_receiver_takes_what_was_signed_and_refuses_the_rest(section: str) -> None:
    with SERVED[section](run(section)["app"]) as port:
        check(port)


@pytest.mark.parametrize("block", [0, 1])
def test_the_views_of_django_do_too(block: int) -> None:
    assert django_project.urlpatterns  # the project configures Django
    names = run("Django")
    urls = names["__name__"]
    if block:
        exec(SECTIONS["Django"][block], vars(sys.modules[urls]))
    with override_settings(ROOT_URLCONF=urls), serving_wsgi.waitress_(WSGIHandler()) as port:
        clear_url_caches()
        check(port)


@pytest.mark.parametrize("block", [0, 1])
def test_a_secret_comes_from_where_it_is_documented(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if block == 0:
        monkeypatch.setenv("WEBHOOK_SECRET_OLD", SECRET)
    names = run("The secret", block, os=os, Webhook=Webhook)
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    request = genuine()
    assert names["webhook"].unwrap(request.body, request.headers).type == "customer.at_risk"


def test_a_dependency_of_litestar_does_too() -> None:
    names = run("Litestar")
    exec(SECTIONS["Litestar"][1], names)
    with serving.served(names["app"]) as port:
        check(port)


def check(port: int) -> None:
    def status(request: SignedRequest, method: str = "POST") -> int:
        headers = request.headers.items()
        return wire.send(port, "/webhooks/pivotal", request.body, headers, method=method).status

    request = genuine()
    assert status(request) == 200
    assert status(request.tampered()) == 401
    assert status(request.stale()) == 401
    assert status(request.compressed()) == 401
    assert status(request.oversized()) == 413
    assert status(signed_request(b"{}", SECRET)) == 400
    assert status(request, method="GET") == 405


def test_a_lambda_function_does_too() -> None:
    handler = run("AWS Lambda")["lambda_handler"]
    assert handler(genuine().lambda_event(), None)["statusCode"] == 200
    assert handler(genuine().tampered().lambda_event(), None)["statusCode"] == 401


def test_a_body_and_headers_are_enough() -> None:
    request = genuine()
    names = run("Without an adapter", body=request.body, headers=request.headers)
    assert (names["answer"], names["event"].type) == (200, "customer.at_risk")
    assert run("Without an adapter", body=b"", headers=request.headers)["answer"] == 401


def test_events_are_distinguished_and_checked_by_pydantic() -> None:
    def event(event_type: str) -> Any:
        body = {"id": "evt_1", "type": event_type, "data": {"id": "cus_1", "owner_email": "a@b"}}
        request = signed_request(body, SECRET)
        return Webhook(SECRET).unwrap(request.body, request.headers)

    handle = run("Events")["handle"]
    assert handle(event("customer.at_risk")) == "call a@b"
    assert handle(event("customer.churned")) == "not handled: customer.churned"
    assert handle(event("customer.merged")) == "never seen: customer.merged"
    assert run("Events", 1, event=event("customer.at_risk"))["customer"].id == "cus_1"


def test_outcomes_are_counted_by_open_telemetry() -> None:
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    receiver = run("Logs and metrics")["receiver"]
    request = genuine()
    receiver.receive(request.headers, [request.body])
    with pytest.raises(WebhookVerificationError):
        receiver.receive(request.headers, [b""])

    data = reader.get_metrics_data()
    assert data is not None
    (resource,) = data.resource_metrics
    (scope,) = resource.scope_metrics
    points = {metric.name: [*metric.data.data_points] for metric in scope.metrics}
    counted = {
        (point.attributes or {})["outcome"]: getattr(point, "value", None)
        for point in points["webhook.deliveries"]
    }
    assert counted == {"accepted": 1, "signature_mismatch": 1}
    (skew,) = points["webhook.skew"]
    assert getattr(skew, "count", None) == 1


def test_a_diagnosis_names_the_accident(capsys: pytest.CaptureFixture[str]) -> None:
    run("Refused deliveries")
    assert capsys.readouterr().out.startswith("body_json_spacing - the body has been parsed")


def test_a_receiver_logs_the_accident(caplog: pytest.LogCaptureFixture) -> None:
    app = run("Refused deliveries", 1, os=os, secret=SECRET)["app"]
    request = genuine()
    changed = request.body + b"\n"
    with serving.served(app) as port:
        answer = wire.send(port, "/", changed, request.headers.items())
    assert answer.status == 401
    (line,) = [line for line in caplog.messages if "diagnosed" in line]
    assert line.startswith("webhook diagnosed (body_newline_added): the body has got white space")
    documented = PAGE.split("\n## Refused deliveries")[1].split("\n## ")[0]
    assert all(f"`{name}`" in documented for name in ENVIRONMENT_VARIABLES)


def test_the_tests_of_a_receiver_pass() -> None:
    run("Your tests", app=run("FastAPI")["app"], secret=SECRET)


def test_the_tests_with_a_frozen_clock_pass(pytester: pytest.Pytester) -> None:
    _, test_receiver, test_fixtures, *_ = SECTIONS["Your tests"]
    pytester.makepyfile(test_receiver=test_receiver, test_fixtures=test_fixtures)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")
    result.assert_outcomes(passed=2)


def test_every_fault_is_documented_and_refused() -> None:
    run("Your tests", 3)
    faults = {
        name
        for name, method in vars(SignedRequest).items()
        # `again` signs a retry, which is accepted.
        if not name.startswith("_")
        and name != "again"
        and getattr(method, "__annotations__", {}).get("return") == "SignedRequest"
    }
    table = PAGE.split("### Faults")[1]
    assert {*re.findall(r"^\| `(\w+)\(", table, re.M)} == faults
    assert {*re.findall(r"request\.(\w+)\(\)", SECTIONS["Your tests"][3])} == faults


def test_a_handler_is_tested_without_a_request() -> None:
    run("Your tests", 4, handle=run("Events")["handle"])
