"""A receiver with a diagnosis logs the accident, and answers as it does without."""

from __future__ import annotations

import copy
import gzip
import json
import logging
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, cast

import pytest
import signing
import wire
from pivotal_webhooks import Webhook, WebhookConfigurationError, aws_lambda
from pivotal_webhooks.diagnosis import ENVIRONMENT_VARIABLES, Diagnosis, diagnose
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.receiving import Receiver, RefusedError, Request
from signing import BODY, NOW, SECRET
from test_once_receivers import SITES, Host, Site

DIAGNOSIS = Diagnosis(SECRET, clock=lambda: NOW)
SPACED = json.dumps(json.loads(BODY), ensure_ascii=False).encode()
OTHER = "whsec_" + signing.mac(b"a", b"the secret of another endpoint")


class Plain(Host):
    """A receiver without a diagnosis, for comparison."""

    def options(self) -> Any:
        return {"on_outcome": self.outcomes.append}

    def run(self, event: PivotalEvent) -> bool:
        self.runs.append(event.id)
        return True


class Diagnosed(Plain):
    def options(self) -> Any:
        return {**super().options(), "on_failure": DIAGNOSIS}


Headers = dict[str, str]
DELIVERIES: dict[str, tuple[bytes, Headers, str | None]] = {
    "genuine": (BODY, signing.svix(), None),
    "written again": (SPACED, signing.svix(), "body_json_spacing"),
    "a header dropped": (
        BODY,
        {name: value for name, value in signing.svix().items() if name != "svix-id"},
        "header_dropped",
    ),
    "no headers": (BODY, {}, "headers_absent"),
    "old": (BODY, signing.svix(timestamp=NOW - 90_061), "delivery_replayed"),
    "forged": (BODY, signing.svix(secret=OTHER), ""),
    "empty": (b"", signing.svix(b""), None),
    "no event": (b"[]", signing.svix(b"[]"), None),
    "compressed": (gzip.compress(BODY), {**signing.svix(), "content-encoding": "gzip"}, None),
    "too large": (b" " * (2**20 + 1), signing.svix(), None),
}
"""By name: a delivery, and the code of the finding that is logged; `""` if none fits, `None` if
nothing is logged."""


@pytest.fixture(scope="module", params=SITES)
def sites(request: pytest.FixtureRequest) -> Iterator[tuple[Site, Site]]:
    with ExitStack() as stack:
        make = SITES[request.param]
        yield stack.enter_context(make(Plain())), stack.enter_context(make(Diagnosed()))


def answered(answer: wire.Answer) -> tuple[int, bytes, list[tuple[str, str]]]:
    headers = [(name.lower(), value) for name, value in answer.headers]
    return answer.status, answer.body, sorted(pair for pair in headers if pair[0] != "date")


@pytest.mark.parametrize("name", DELIVERIES)
def test_the_log_names_the_accident_and_the_answer_stays_the_same(
    sites: tuple[Site, Site], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    body, headers, code = DELIVERIES[name]
    plain, diagnosed = sites
    expected = answered(plain.send(body, headers.items()))
    assert logged(caplog) == []
    assert answered(diagnosed.send(body, headers.items())) == expected
    assert diagnosed.host.outcomes[-1][:3] == plain.host.outcomes[-1][:3]
    records = logged(caplog)
    assert [record.webhook_finding for record in records] == (
        [] if code is None else [code or None]
    )
    for record in records:
        assert record.levelno == logging.WARNING
        shown = record.getMessage() + repr(
            [value for name, value in vars(record).items() if name not in TIMES]
        )
        assert record.webhook_finding_message in shown
        assert record.webhook_finding_help in shown
        for private in (SECRET, *headers.values(), "Ren", "evt_1"):
            assert private not in shown


TIMES = ("created", "relativeCreated")
"""The record's own attributes, which hold the frozen time."""


def logged(caplog: pytest.LogCaptureFixture) -> list[Any]:
    records: list[Any] = [record for record in caplog.records if hasattr(record, "webhook_finding")]
    assert len(records) == len([r for r in caplog.records if "diagnos" in r.getMessage()])
    return records


def test_the_line_has_the_code_the_sentence_and_the_advice(
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver = Receiver(Webhook(SECRET, clock=lambda: NOW), on_failure=DIAGNOSIS)
    with pytest.raises(RefusedError):
        receiver.take(Request(signing.svix(), [SPACED]))
    assert [record.getMessage() for record in caplog.records] == [
        (
            "webhook refused (signature_mismatch) header='svix-signature' help='check that the "
            "secret belongs to this endpoint, and that the body is the raw bytes of the request: "
            "JSON that was parsed and written again does not match; see "
            "docs/troubleshooting.md#signature_mismatch'"
        ),
        (
            "webhook diagnosed (body_json_spacing): the body has been parsed and written again, "
            "with other white space; help='pass the raw bytes of the request, from in front of "
            "every JSON parser'"
        ),
    ]


def test_a_diagnosis_has_the_options_of_the_webhook() -> None:
    assert codes(Diagnosis(SECRET, clock=lambda: NOW), BODY, signing.pivot()) == [
        "scheme_of_other_sender"
    ]
    pivot = Diagnosis(SECRET, sender="pivot")
    assert codes(pivot, BODY, signing.pivot()) == []
    assert codes(pivot, SPACED, signing.pivot()) == ["body_json_spacing"]
    old = signing.svix(timestamp=NOW - 400)
    assert codes(DIAGNOSIS, BODY, old) == ["clock_fast", "delivery_replayed"]
    assert codes(Diagnosis(SECRET, tolerance=500, clock=lambda: NOW), BODY, old) == []
    for secrets in ({"other_secrets": iter([OTHER])}, {"other_secrets": {"test": OTHER}}):
        diagnosis = Diagnosis(SECRET, clock=lambda: NOW, **secrets)
        for _ in range(2):
            found = codes(diagnosis, BODY, signing.svix(secret=OTHER))
            assert found == ["secret_of_other_endpoint"]


def codes(diagnosis: Diagnosis, body: bytes, headers: Headers) -> list[str]:
    return [finding.code for finding in diagnosis.diagnose(body, headers)]


def test_a_secret_of_a_function_is_read_at_each_diagnosis() -> None:
    calls: list[int] = []

    def secret() -> str:
        calls.append(1)
        return SECRET

    diagnosis = Diagnosis(secret, clock=lambda: NOW)
    assert calls == []
    assert codes(diagnosis, SPACED, signing.svix()) == ["body_json_spacing"]
    assert calls == [1]


def test_a_failure_of_the_diagnosis_changes_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    def secret() -> str:
        raise LookupError("the secret store is down")

    receiver = Receiver(
        Webhook(SECRET, clock=lambda: NOW), on_failure=Diagnosis(secret, clock=lambda: NOW)
    )
    with pytest.raises(RefusedError) as refused:
        receiver.take(Request(signing.svix(), [SPACED]))
    assert refused.value.answer.status == 401
    assert caplog.records[-1].getMessage() == "webhook diagnosis failed; the answer stays the same"


@pytest.mark.parametrize("name", ENVIRONMENT_VARIABLES)
@pytest.mark.parametrize("value", ["production", "PROD", " Production "])
def test_a_diagnosis_is_refused_in_production(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WebhookConfigurationError) as refused:
        Diagnosis(SECRET)
    assert refused.value.code == "config_invalid"
    assert str(refused.value) == (
        f"a receiver has a diagnosis, and {name} says that this is production (config_invalid)"
    )
    assert "`on_failure` in development only" in refused.value.help


@pytest.mark.parametrize("value", ["development", "staging", "", "productions"])
def test_a_diagnosis_is_made_elsewhere(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT_VARIABLES:
        monkeypatch.setenv(name, value)
    Diagnosis(SECRET)


def test_a_diagnosis_shows_no_secret() -> None:
    diagnosis = Diagnosis(SECRET)
    assert SECRET not in repr(diagnosis) + str(diagnosis)
    for name in dir(diagnosis):
        assert SECRET not in repr(getattr(diagnosis, name))
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="can't be pickled or copied"):
            copied(diagnosis)


def test_wrong_arguments_are_refused_when_a_receiver_is_made() -> None:
    webhook = Webhook(SECRET)
    wrong: list[Any] = ["diagnose", SECRET, diagnose, Diagnosis]
    for given in wrong:
        with pytest.raises(TypeError, match="on_failure must be a Diagnosis") as refused:
            aws_lambda.WebhookReceiver(webhook, on_failure=given)
        assert SECRET not in str(refused.value)
    with pytest.raises(WebhookConfigurationError, match="config_invalid"):
        Diagnosis(SECRET, schemes=[])
    with pytest.raises(TypeError, match="schemes must be"):
        Diagnosis(SECRET, schemes=cast("Any", "svix"))
    with pytest.raises(TypeError, match="clock must be a function"):
        Diagnosis(SECRET, clock=cast("Any", 5))
    with pytest.raises(TypeError):
        Diagnosis(cast("Any", 5))
    with pytest.raises(ValueError, match="sender must be"):
        Diagnosis(SECRET, sender=cast("Any", "svix"))


def test_a_receiver_without_a_diagnosis_imports_nothing_of_it() -> None:
    program = """
import sys
from pivotal_webhooks import Webhook
from pivotal_webhooks.aws_lambda import WebhookReceiver
WebhookReceiver(Webhook(sys.argv[1])).handler(lambda event: None)
print([name for name in sys.modules if name.startswith("pivotal_webhooks.") and "diag" in name])
"""
    run = [sys.executable, "-c", program, SECRET]
    assert subprocess.run(run, check=True, stdout=subprocess.PIPE, text=True).stdout == "[]\n"
