"""Handlers by type: which function runs, what is refused, and every receiver with them."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django_project
import flask
import litestar
import pytest
import serving
import serving_aiohttp
import serving_wsgi
import signing
import wire
from aiohttp import web
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from fastapi import APIRouter, Depends, FastAPI
from pivotal_webhooks import Webhook, aiohttp, asgi, aws_lambda, django, fastapi, starlette, wsgi
from pivotal_webhooks import flask as flask_receiver
from pivotal_webhooks import litestar as litestar_receiver
from pivotal_webhooks.events import CustomerAtRiskEvent, PivotalEvent, UnknownEvent
from pivotal_webhooks.handlers import AsyncEventHandlers, EventHandlers, is_listed
from pivotal_webhooks.idempotency import DONE, MemoryStore
from pivotal_webhooks.testing import event, sample_event, signed_request
from signing import BODY, NOW, SECRET
from starlette.applications import Starlette
from starlette.routing import Route

Handlers = EventHandlers | AsyncEventHandlers
WEBHOOK = Webhook(SECRET, clock=lambda: NOW)
PATH = "/webhooks/pivotal"


def unlisted() -> PivotalEvent:
    body = b'{"id":"evt_1","type":"brand.new","data":{}}'
    return WEBHOOK.unwrap(body, signing.svix(body))


def called(handlers: Any, event: Any) -> Any:
    result = handlers(event)
    return asyncio.run(result) if asyncio.iscoroutine(result) else result


BOTH = pytest.mark.parametrize("make", [EventHandlers, AsyncEventHandlers])


@BOTH
def test_the_function_of_the_type_runs(make: type[Handlers]) -> None:
    handlers = make()

    @handlers.on("customer.at_risk")
    def at_risk(event: CustomerAtRiskEvent) -> str:
        return f"at risk: {event.object['id']}"

    handlers.on("customer.churned", lambda event: f"churned: {event.id}")
    one = event("customer.at_risk")
    assert called(handlers, one) == at_risk(one) == f"at risk: {one.object['id']}"
    assert called(handlers, event("customer.churned", id="evt_2")) == "churned: evt_2"
    assert handlers.unhandled == {}


def test_async_functions_run_in_the_loop_and_plain_ones_in_a_thread() -> None:
    handlers = AsyncEventHandlers()

    @handlers.on("customer.at_risk")
    async def at_risk(_: CustomerAtRiskEvent) -> int:
        return threading.get_ident()

    handlers.on("customer.churned", lambda _: threading.get_ident())
    assert called(handlers, event("customer.at_risk")) == threading.get_ident()
    assert called(handlers, event("customer.churned")) != threading.get_ident()


@BOTH
def test_an_event_without_a_handler_is_counted_and_logged(
    make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    handlers = make()
    handlers.on("customer.at_risk", print)
    caplog.set_level(logging.INFO, "pivotal_webhooks")
    for kind in ("webhook.ping", "customer.churned", "webhook.ping"):
        assert called(handlers, event(kind, id="evt_7")) is None
    assert called(handlers, unlisted()) is None
    assert handlers.unhandled == {"webhook.ping": 2, "customer.churned": 1, "brand.new": 1}
    record = caplog.records[0]
    assert record.getMessage() == "webhook event has no handler type='webhook.ping' id='evt_7'"
    assert vars(record)["webhook_result"] == "unhandled"
    assert vars(record)["webhook_event_type"] == "webhook.ping"
    assert vars(record)["webhook_event_id"] == "evt_7"


@BOTH
def test_any_other_event_goes_to_one_function_which_can_tell_them_apart(
    make: type[Handlers],
) -> None:
    handlers = make()
    told: list[tuple[str, bool]] = []
    handlers.on("customer.at_risk", lambda event: told.append((event.type, True)))

    @handlers.on_any
    def other(event: PivotalEvent) -> None:
        assert is_listed(event) != isinstance(event, UnknownEvent)
        told.append((str(event.type), is_listed(event)))

    for one in (event("customer.at_risk"), event("webhook.ping"), unlisted()):
        called(handlers, one)
    assert told == [("customer.at_risk", True), ("webhook.ping", True), ("brand.new", False)]
    assert handlers.unhandled == {}
    with pytest.raises(ValueError, match="any other event is registered already"):
        handlers.on_any(other)


@BOTH
def test_a_type_has_one_handler(make: Any) -> None:
    handlers = make()
    handlers.on("customer.at_risk", print)
    with pytest.raises(ValueError, match=r"'customer\.at_risk' is registered already"):
        handlers.on("customer.at_risk", print)
    with pytest.raises(ValueError, match="registered already"):
        handlers.on("customer.at_risk")(print)


@BOTH
def test_a_misspelt_type_is_refused_with_the_nearest_names(make: Any) -> None:
    handlers: Any = make()
    with pytest.raises(ValueError, match=r"did you mean .*'customer\.at_risk'"):
        handlers.on("customer.atrisk", print)
    with pytest.raises(ValueError, match="did you mean 'message_sent'"):
        handlers.on("message.sent", print)
    with pytest.raises(ValueError, match=r"'zzz' is not a listed type: for a type"):
        handlers.on("zzz", print)
    handlers.on("brand.new", lambda event: event.id, unlisted=True)
    assert called(handlers, unlisted()) == "evt_1"


async def async_function(_: object) -> None: ...


async def async_generator(_: object) -> Any:
    yield


def test_a_function_of_the_wrong_kind_is_refused() -> None:
    handlers: Any = EventHandlers()
    with pytest.raises(TypeError, match="use AsyncEventHandlers"):
        handlers.on("customer.at_risk", async_function)
    with pytest.raises(TypeError, match="use AsyncEventHandlers"):
        handlers.on_any(async_function)
    for wrong in (async_generator, 7):
        with pytest.raises(TypeError):
            handlers.on("customer.at_risk", wrong)
        with pytest.raises(TypeError):
            AsyncEventHandlers().on_any(wrong)  # type: ignore[type-var]
    with pytest.raises(TypeError, match="async"):
        wsgi.WebhookApp(WEBHOOK, AsyncEventHandlers())
    handlers.on("customer.at_risk", print)
    assert handlers.unhandled == {}


# The documentation


def test_the_documented_handlers_receive(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIVOTAL_WEBHOOK_SECRET", SECRET)
    page = (Path(__file__).resolve().parents[2] / "docs" / "handlers.md").read_text("utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```$", page, re.S | re.M)
    names: dict[str, Any] = {}
    exec(block, names)
    with serving_wsgi.site("waitress", names["app"]) as site:
        for kind in ("customer.at_risk", "webhook.ping"):
            request = signed_request(sample_event(kind), SECRET)
            answer = wire.send(site.port, PATH, request.body, request.headers.items())
            assert answer.status == 200
    assert capsys.readouterr().out.splitlines() == [
        "at risk sam@example.com",
        "listed webhook.ping",
    ]


# Receivers


@contextmanager
def asgi_site(handlers: Any, **options: Any) -> Iterator[int]:
    with serving.served(asgi.WebhookApp(WEBHOOK, handlers, **options)) as port:
        yield port


@contextmanager
def wsgi_site(handlers: Any, **options: Any) -> Iterator[int]:
    with serving_wsgi.site("waitress", wsgi.WebhookApp(WEBHOOK, handlers, **options)) as site:
        yield site.port


@contextmanager
def starlette_site(handlers: Any, **options: Any) -> Iterator[int]:
    endpoint = starlette.WebhookReceiver(WEBHOOK, **options).handler(handlers)
    with serving.served(Starlette(routes=[Route(PATH, endpoint, methods=["POST"])])) as port:
        yield port


@contextmanager
def litestar_site(handlers: Any, **options: Any) -> Iterator[int]:
    endpoint = litestar_receiver.WebhookReceiver(WEBHOOK, **options).handler(handlers)
    with serving.served(litestar.Litestar([litestar.post(PATH)(endpoint)])) as port:
        yield port


@contextmanager
def aiohttp_site(handlers: Any, **options: Any) -> Iterator[int]:
    app = web.Application()
    app.router.add_post(PATH, aiohttp.WebhookReceiver(WEBHOOK, **options).handler(handlers))
    with serving_aiohttp.served(app) as port:
        yield port


@contextmanager
def flask_site(handlers: Any, **options: Any) -> Iterator[int]:
    app = flask.Flask(__name__)
    view = flask_receiver.WebhookReceiver(WEBHOOK, **options).view(handlers)
    app.add_url_rule(PATH, view_func=view)
    with serving_wsgi.site("waitress", app) as site:
        yield site.port


@contextmanager
def fastapi_site(handlers: Any, **options: Any) -> Iterator[int]:
    receiver = fastapi.WebhookReceiver(WEBHOOK, **options)
    router = APIRouter(route_class=fastapi.WebhookRoute)

    @router.post(PATH)
    async def receive(event: PivotalEvent = Depends(receiver)) -> None:  # noqa: B008
        result = handlers(event)
        if asyncio.iscoroutine(result):
            await result

    app = FastAPI()
    app.include_router(router)
    with serving.served(app) as port:
        yield port


SITES: dict[str, Callable[..., Any]] = {
    name.removesuffix("_site"): site
    for name, site in list(globals().items())
    if name.endswith("_site")
}
SYNC_ONLY = {"wsgi"}


def test_every_kind_of_receiver_is_tried() -> None:
    assert len(SITES) == 7


def answer(port: int, body: bytes = BODY) -> wire.Answer:
    return wire.send(port, PATH, body, signing.svix(body).items())


@pytest.mark.parametrize("with_store", [False, True])
@pytest.mark.parametrize(
    ("name", "make"),
    [
        (name, make)
        for name in SITES
        for make in (EventHandlers, AsyncEventHandlers)
        if make is EventHandlers or name not in SYNC_ONLY
    ],
)
def test_every_receiver_takes_handlers_by_type(name: str, make: Any, with_store: bool) -> None:
    handlers = make()
    ran: list[object] = []
    handlers.on("customer.at_risk", lambda event: ran.append(event.id))
    store = MemoryStore()
    with SITES[name](handlers, **({"once": store} if with_store else {})) as port:
        assert answer(port).status in (200, 201)
        ping = b'{"id":"evt_2","type":"webhook.ping","data":{}}'
        assert answer(port, ping).status in (200, 201)
        assert answer(port).status in (200, 201)
    assert ran == (["evt_1"] if with_store else ["evt_1", "evt_1"])
    assert handlers.unhandled == {"webhook.ping": 1}
    if with_store:
        key = WEBHOOK.unwrap(ping, signing.svix(ping)).idempotency_key
        assert store.claim(key, "another", 1000) == DONE


@BOTH
def test_lambda_and_django_take_them_too(make: Any) -> None:
    assert django_project.urlpatterns  # the project configures Django
    handlers = make()
    ran: list[object] = []
    handlers.on("customer.at_risk", lambda event: ran.append(event.id))
    request = signed_request(BODY, SECRET, at=NOW)
    function = aws_lambda.WebhookReceiver(WEBHOOK).handler(handlers)
    assert function(request.lambda_event(), None)["statusCode"] == 200
    view: Any = django.WebhookReceiver(WEBHOOK).view(of_django(handlers))
    response = view(RequestFactory().post(PATH, **request.django()))
    response = asyncio.run(response) if asyncio.iscoroutine(response) else response
    assert response.status_code == 200
    assert ran == ["evt_1", "evt_1"]


def of_django(handlers: Any) -> Any:
    """The view of Django also takes the request."""

    def view(_: HttpRequest, event: PivotalEvent) -> HttpResponse | None:
        called(handlers, event)
        return None

    return view
