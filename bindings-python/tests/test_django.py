"""The receiver inside Django, with sync and async views, under WSGI and ASGI servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import django_project
import pytest
import receiver_suite
import serving
import serving_wsgi
import signing
import wire
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, RequestFactory, override_settings
from pivotal_webhooks.django import WebhookReceiver
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.receiving import Outcome, RawBodyGoneError
from receiver_suite import ReceiverSuite, Site, fresh, outcomes
from signing import BODY


@pytest.fixture(scope="module", params=[*serving_wsgi.SERVERS, "uvicorn"])
def served(request: pytest.FixtureRequest) -> Iterator[Site]:
    if request.param == "uvicorn":
        with serving.served(get_asgi_application()) as port:
            yield Site(port, reads_whole=True, joined=True)
    else:
        with serving_wsgi.site(request.param, get_wsgi_application()) as site:
            yield site


@pytest.fixture(params=["/webhooks/pivotal", "/async"])
def site(served: Site, request: pytest.FixtureRequest) -> Site:
    return served._replace(path=request.param)


class TestDjango(ReceiverSuite):
    """The receiver's tests."""


@pytest.mark.parametrize("path", ["/answering/acme", "/answering-later/acme"])
def test_a_handler_may_answer(served: Site, path: str) -> None:
    answer = wire.send(served.port, path, BODY, fresh())
    assert (answer.status, answer.body) == (202, b"acme: customer.at_risk")


def test_other_views_are_still_protected_from_forged_requests(served: Site) -> None:
    assert wire.send(served.port, "/unprotected", BODY, fresh()).status == 403


FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


def given(factory: Any, content_type: str = FORM, **extra: Any) -> HttpRequest:
    headers = signing.svix()
    request: HttpRequest = factory.post(
        "/", BODY, content_type=content_type, headers=headers, **extra
    )
    return request


def received(request: HttpRequest) -> HttpResponse:
    view = django_project.receiver.view(lambda request, event: HttpResponse(request.body))
    response = view(request)
    assert isinstance(response, HttpResponse)
    return response


FACTORIES = pytest.mark.parametrize("factory", [RequestFactory(), AsyncRequestFactory()])


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=None)
@FACTORIES
@pytest.mark.parametrize("read", ["body", "POST", "FILES", "GET", "headers"])
@pytest.mark.parametrize("content_type", [FORM, "application/json"])
def test_what_keeps_the_body_may_read_it_before(factory: Any, read: str, content_type: str) -> None:
    request = given(factory, content_type)
    getattr(request, read)
    assert received(request).content == BODY


@FACTORIES
@pytest.mark.parametrize("read", ["POST", "FILES", "read()", "read(9)", "readlines()"])
def test_a_body_that_was_read_before_is_an_error_of_the_program(factory: Any, read: str) -> None:
    outcomes.clear()
    request = given(factory, MULTIPART)
    eval(f"request.{read}")
    with pytest.raises(RawBodyGoneError, match=r"let it read `request\.body` first"):
        received(request)
    assert outcomes == []


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=None)
@FACTORIES
def test_a_kept_body_can_be_parsed_afterwards(factory: Any) -> None:
    request = given(factory)
    assert received(request).content == BODY
    assert request.read() == BODY
    assert len(request.POST) == 1
    request.close()


OTHER_FORMS = [
    "/class",
    "/class-later",
    "/rest",
    "/rest-class",
    "/ninja/plain/acme",
    "/ninja/later",
]


@pytest.mark.parametrize("path", OTHER_FORMS)
def test_class_based_views_and_other_frameworks_receive_too(served: Site, path: str) -> None:
    outcomes.clear()
    receiver_suite.handled.clear()
    site = served._replace(path=path)
    assert (site.send(fresh()).status, receiver_suite.handled) == (200, [("evt_1", BODY)])
    receiver_suite.handled.clear()
    assert site.refused([]) == (401, "header_missing")
    assert site.send(fresh(), method="GET").status == 405


def test_a_subclass_of_a_class_based_view_is_exempt_from_csrf_too() -> None:
    class Below(django_project.ByClass):
        pass

    view: Any = Below.as_view()
    assert view.csrf_exempt is True
    assert view.view_class is Below


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=None)
def test_the_body_of_a_refused_request_is_still_there() -> None:
    request = RequestFactory().post("/", b"{}", content_type="application/json")
    assert received(request).status_code == 401
    assert (request.body, request.read()) == (b"{}", b"{}")


def test_an_async_hook_is_awaited_by_both_kinds_of_views() -> None:
    seen: list[str | None] = []

    async def hook(outcome: Outcome) -> None:
        await asyncio.sleep(0)
        seen.append(outcome.code)

    hooked = WebhookReceiver(receiver_suite.webhook, on_outcome=hook)

    async def later(request: HttpRequest, event: PivotalEvent) -> None: ...

    view: Any = hooked.view(cast("Any", lambda request, event: None))
    assert view(given(RequestFactory())).status_code == 200
    assert view(RequestFactory().post("/")).status_code == 401

    async def call(request: HttpRequest) -> int:
        return (await hooked.view(later)(request)).status_code

    assert asyncio.run(call(given(AsyncRequestFactory()))) == 200
    assert asyncio.run(call(AsyncRequestFactory().post("/"))) == 401
    assert seen == [None, "header_missing"] * 2


def test_an_awaitable_that_comes_back_is_an_error() -> None:
    async def later() -> None: ...

    view: Any = django_project.receiver.view(cast("Any", lambda request, event: later()))
    with pytest.raises(TypeError, match="awaitable"):
        view(given(RequestFactory()))
