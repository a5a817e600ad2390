"""Every receiver with a store: what it answers, on real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from inspect import isawaitable
from typing import Any, NamedTuple, Protocol

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
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from django.urls import path
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse
from litestar.response import Stream
from pivotal_webhooks import Webhook, aiohttp, asgi, aws_lambda, django, fastapi, starlette, wsgi
from pivotal_webhooks import flask as flask_receiver
from pivotal_webhooks import litestar as litestar_receiver
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.idempotency import DONE, MemoryStore, current_claim
from pivotal_webhooks.receiving import Outcome
from pivotal_webhooks.testing import signed_request
from signing import BODY, NOW, SECRET
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

WEBHOOK = Webhook(SECRET, clock=lambda: NOW)
KEY = WEBHOOK.unwrap(BODY, signing.svix()).idempotency_key
PATH = "/webhooks/pivotal"


class Host:
    """What the receivers under test share, and what their handlers do."""

    def __init__(self) -> None:
        self.store = Store()
        self.outcomes: list[Outcome] = []
        self.runs: list[str] = []
        self.mode = "return"

    def options(self) -> Any:
        return {"on_outcome": self.outcomes.append, "once": self.store}

    def run(self, event: PivotalEvent) -> bool:
        """Run the handler; false if it has to answer with a status that is not 2xx."""
        assert current_claim().key == event.idempotency_key
        self.runs.append(event.id)
        if self.mode == "raise":
            raise LookupError("no such customer")
        return self.mode == "return"


class Store(MemoryStore):
    """The memory store, with a switch for a fault."""

    is_down = False

    def claim(self, key: str, token: str, lease: int) -> int:
        if self.is_down:
            raise ConnectionRefusedError("the store is down")
        return super().claim(key, token, lease)


class Send(Protocol):
    def __call__(
        self, body: bytes = ..., headers: Iterable[tuple[str, str]] = ..., /
    ) -> wire.Answer: ...


class Site(NamedTuple):
    host: Host
    send: Send
    handler_answers: bool
    """The handler's own response is the answer."""


GENUINE = [*signing.svix().items()]


def of_port(port: int, path: str = PATH) -> Send:
    return lambda body=BODY, headers=GENUINE: wire.send(port, path, body, headers)


@contextmanager
def asgi_site(host: Host) -> Iterator[Site]:
    async def handle(event: PivotalEvent) -> None:
        host.run(event)

    with serving.served(asgi.WebhookApp(WEBHOOK, handle, **host.options())) as port:
        yield Site(host, of_port(port), False)


@contextmanager
def asgi_plain_site(host: Host) -> Iterator[Site]:
    def handle(event: PivotalEvent) -> None:
        host.run(event)

    with serving.served(asgi.WebhookApp(WEBHOOK, handle, **host.options())) as port:
        yield Site(host, of_port(port), False)


@contextmanager
def wsgi_site(host: Host) -> Iterator[Site]:
    def handle(event: PivotalEvent) -> None:
        host.run(event)

    app = wsgi.WebhookApp(WEBHOOK, handle, **host.options())
    with serving_wsgi.site("waitress", app) as site:
        yield Site(host, of_port(site.port), False)


@contextmanager
def fastapi_site(host: Host, *, plain: bool = False) -> Iterator[Site]:
    receiver = fastapi.WebhookReceiver(WEBHOOK, **host.options())
    router = APIRouter(route_class=fastapi.WebhookRoute)

    @router.post(PATH, **receiver.openapi)
    async def handle(event: PivotalEvent = Depends(receiver)) -> Any:  # noqa: B008
        return "returned" if host.run(event) else PlainTextResponse("later", 500)

    @router.post("/plain" + PATH)
    def handle_plainly(event: PivotalEvent = Depends(receiver)) -> Any:  # noqa: B008
        return "returned" if host.run(event) else PlainTextResponse("later", 500)

    nested = APIRouter()
    nested.include_router(router)
    app = FastAPI()
    app.include_router(nested)
    with serving.served(app) as port:
        where = "/plain" + PATH if plain else PATH
        yield Site(host, of_port(port, where), True)


@contextmanager
def fastapi_plain_site(host: Host) -> Iterator[Site]:
    with fastapi_site(host, plain=True) as site:
        yield site


@contextmanager
def starlette_site(host: Host) -> Iterator[Site]:
    receiver = starlette.WebhookReceiver(WEBHOOK, **host.options())

    async def handle(event: PivotalEvent) -> Response | None:
        return None if host.run(event) else PlainTextResponse("later", 500)

    with serving.served(
        Starlette(routes=[Route(PATH, receiver.handler(handle), methods=["POST"])])
    ) as port:
        yield Site(host, of_port(port), True)


@contextmanager
def litestar_site(host: Host) -> Iterator[Site]:
    receiver = litestar_receiver.WebhookReceiver(WEBHOOK, **host.options())

    @litestar.post(PATH)
    @receiver.handler
    async def handle(event: PivotalEvent) -> litestar.Response[str] | None:
        return None if host.run(event) else litestar.Response("later", status_code=500)

    with serving.served(litestar.Litestar([handle])) as port:
        yield Site(host, of_port(port), True)


@contextmanager
def aiohttp_site(host: Host) -> Iterator[Site]:
    receiver = aiohttp.WebhookReceiver(WEBHOOK, **host.options())

    async def handle(event: PivotalEvent) -> web.Response | None:
        return None if host.run(event) else web.Response(status=500)

    app = web.Application()
    app.router.add_post(PATH, receiver.handler(handle))
    with serving_aiohttp.served(app) as port:
        yield Site(host, of_port(port), True)


@contextmanager
def flask_site(host: Host) -> Iterator[Site]:
    receiver = flask_receiver.WebhookReceiver(WEBHOOK, **host.options())
    app = flask.Flask(__name__)

    @app.post(PATH)
    @receiver.view
    def handle(event: PivotalEvent) -> tuple[str, int] | None:
        return None if host.run(event) else ("later", 500)

    with serving_wsgi.site("waitress", app) as site:
        yield Site(host, of_port(site.port), True)


@contextmanager
def django_site(host: Host) -> Iterator[Site]:
    receiver = django.WebhookReceiver(WEBHOOK, **host.options())

    @receiver.view
    def handle(request: HttpRequest, event: PivotalEvent) -> HttpResponse | None:
        return None if host.run(event) else HttpResponse(status=500)

    route = path(f"once-{len(django_project.urlpatterns)}", handle)
    django_project.urlpatterns.append(route)
    try:
        with serving_wsgi.site("waitress", get_wsgi_application()) as site:
            yield Site(host, of_port(site.port, f"/{route.pattern}"), True)
    finally:
        django_project.urlpatterns.remove(route)


@contextmanager
def lambda_site(host: Host) -> Iterator[Site]:
    receiver = aws_lambda.WebhookReceiver(WEBHOOK, **host.options())

    @receiver.handler
    def handler(event: PivotalEvent) -> dict[str, Any] | None:
        return None if host.run(event) else {"statusCode": 500}

    def send(body: bytes = BODY, headers: Iterable[tuple[str, str]] = GENUINE, /) -> wire.Answer:
        request = {
            "version": "2.0",
            "headers": dict(headers),
            "requestContext": {"http": {"method": "POST"}},
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        try:
            response = handler(request, Context(30_000))
        except LookupError:
            return wire.Answer(500, b"", [])
        answered = [*response.get("headers", {}).items()]
        return wire.Answer(response["statusCode"], response.get("body", "").encode(), answered)

    yield Site(host, send, True)


class Context:
    """What AWS passes beside the event."""

    def __init__(self, left: int) -> None:
        self.left = left

    def get_remaining_time_in_millis(self) -> int:
        return self.left


SITES = {
    site.__name__.removesuffix("_site"): site
    for site in (
        asgi_site,
        asgi_plain_site,
        wsgi_site,
        fastapi_site,
        fastapi_plain_site,
        starlette_site,
        litestar_site,
        aiohttp_site,
        flask_site,
        django_site,
        lambda_site,
    )
}


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with ExitStack() as stack:
        yield stack.enter_context(SITES[request.param](Host()))


def header(answer: wire.Answer, wanted: str) -> str | None:
    return {name.lower(): value for name, value in answer.headers}.get(wanted)


def test_a_receiver_handles_an_event_once(site: Site) -> None:
    host = site.host
    assert site.send().status in (200, 201)
    answer = site.send()
    assert (answer.status, answer.body) == (200, b"ok")
    assert host.runs == ["evt_1"]
    assert [outcome.result for outcome in host.outcomes] == ["accepted", "accepted", "duplicate"]


def test_a_receiver_that_has_the_event_elsewhere_answers_409(site: Site) -> None:
    assert site.host.store.claim(KEY, "another worker", 3_000_000) == 0
    answer = site.send()
    assert (answer.status, b"event in progress" in answer.body) == (409, True)
    assert 2900 <= int(header(answer, "retry-after") or 0) <= 3000
    assert site.host.runs == []


def test_a_receiver_whose_handler_raises_runs_it_again(site: Site) -> None:
    host = site.host
    host.mode = "raise"
    assert site.send().status == 500
    host.mode = "return"
    assert site.send().status in (200, 201)
    assert host.runs == ["evt_1"] * 2
    assert host.store.claim(KEY, "another worker", 1000) == DONE


def test_a_receiver_whose_handler_answers_500_runs_it_again(site: Site) -> None:
    if not site.handler_answers:
        # What the handler returns is ignored.
        return
    host = site.host
    host.mode = "answer 500"
    assert site.send().status == 500
    host.mode = "return"
    assert site.send().status in (200, 201)
    assert host.runs == ["evt_1"] * 2


def test_a_receiver_whose_store_is_down_answers_503(site: Site) -> None:
    site.host.store.is_down = True
    answer = site.send()
    assert (answer.status, b"try again later" in answer.body) == (503, True)
    assert header(answer, "retry-after") == "5"
    assert site.host.runs == []
    assert site.host.outcomes[-1].result == "store_failed"


@pytest.mark.parametrize(
    "make",
    [
        starlette.WebhookReceiver,
        litestar_receiver.WebhookReceiver,
        aiohttp.WebhookReceiver,
        flask_receiver.WebhookReceiver,
        aws_lambda.WebhookReceiver,
    ],
)
def test_a_receiver_with_a_store_returns_no_event(make: Any) -> None:
    receiver = make(WEBHOOK, once=MemoryStore())
    with pytest.raises(TypeError, match=r"has a store .* use `receiver\.(handler|view)`"):
        asyncio.run(returned_by(receiver))


async def returned_by(receiver: Any) -> None:
    returned = receiver(None)
    if isawaitable(returned):
        await returned


def test_a_fastapi_route_of_another_class_is_refused() -> None:
    host = Host()
    receiver = fastapi.WebhookReceiver(WEBHOOK, **host.options())
    app = FastAPI()

    @app.post("/")
    async def handle(event: PivotalEvent = Depends(receiver)) -> None:  # noqa: B008
        host.run(event)

    with pytest.raises(TypeError, match=r"APIRouter\(route_class=WebhookRoute\)"):
        TestClient(app).post("/", content=BODY, headers=signing.svix())
    assert (host.runs, len(host.store)) == ([], 0)


def app_of(host: Host) -> tuple[FastAPI, fastapi.WebhookReceiver[PivotalEvent]]:
    receiver = fastapi.WebhookReceiver(WEBHOOK, **host.options())
    app = FastAPI()
    app.router.route_class = fastapi.WebhookRoute
    return app, receiver


def test_the_mark_is_written_before_anything_is_sent() -> None:
    host = Host()
    app, receiver = app_of(host)
    marks: list[tuple[str, bool]] = []

    def note(when: str) -> None:
        marks.append((when, host.store.claim(KEY, "watcher", 1) == DONE))

    @app.post("/")
    async def handle(event: PivotalEvent = Depends(receiver)) -> Response:  # noqa: B008
        note("in the endpoint")
        return PlainTextResponse("ok", background=BackgroundTask(note, "in the background"))

    class Watching:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async def watched(message: Any) -> None:
                note(message["type"])
                await send(message)

            await self.app(scope, receive, watched)

    TestClient(Watching(app)).post("/", content=BODY, headers=signing.svix())
    assert marks == [
        ("in the endpoint", False),
        ("http.response.start", True),
        ("http.response.body", True),
        ("in the background", True),
    ]


def test_other_routes_of_the_class_are_as_before() -> None:
    app, _ = app_of(Host())

    @app.post("/other")
    async def other(request: Request) -> int:
        return len(await request.body())

    @app.get("/failing")
    async def failing() -> None:
        raise HTTPException(418)

    client = TestClient(app)
    assert client.post("/other", content=b"12").json() == 2
    assert client.get("/failing").status_code == 418


def test_an_http_exception_of_the_endpoint_releases_the_event() -> None:
    host = Host()
    app, receiver = app_of(host)

    @app.post("/")
    async def handle(event: PivotalEvent = Depends(receiver)) -> None:  # noqa: B008
        raise HTTPException(418)

    client = TestClient(app)
    for _ in range(2):
        assert client.post("/", content=BODY, headers=signing.svix()).status_code == 418
    assert host.store.claim(KEY, "another worker", 1000) == 0


def test_dependencies_of_one_request_share_the_event() -> None:
    host = Host()
    app, receiver = app_of(host)

    def name_of(event: PivotalEvent = Depends(receiver, use_cache=False)) -> str:  # noqa: B008
        return event.type

    @app.post("/")
    async def handle(
        event: PivotalEvent = Depends(receiver),  # noqa: B008
        name: str = Depends(name_of),
    ) -> str:
        host.run(event)
        return name

    answer = TestClient(app).post("/", content=BODY, headers=signing.svix())
    assert (answer.status_code, answer.json()) == (200, "customer.at_risk")


def test_a_route_with_two_stores_is_refused() -> None:
    host = Host()
    app, receiver = app_of(host)
    second = fastapi.WebhookReceiver(WEBHOOK, **host.options())

    @app.post("/")
    async def handle(
        one: PivotalEvent = Depends(receiver),  # noqa: B008
        other: PivotalEvent = Depends(second),  # noqa: B008
    ) -> None:
        host.run(one)

    with pytest.raises(TypeError, match="one receiver with a store"):
        TestClient(app).post("/", content=BODY, headers=signing.svix())
    assert host.store.claim(KEY, "another worker", 1000) == 0


def test_a_fastapi_receiver_makes_no_handlers() -> None:
    with pytest.raises(TypeError, match="Depends"):
        fastapi.WebhookReceiver(WEBHOOK).handler(lambda _: None)


def test_a_lambda_claims_for_the_rest_of_its_invocation() -> None:
    host = Host()
    receiver = aws_lambda.WebhookReceiver(WEBHOOK, **host.options())
    leases: list[int] = []

    @receiver.handler
    def handler(event: PivotalEvent) -> None:
        leases.append(current_claim().lease)

    for left, context in ((7_000, Context(7_000)), (None, None)):
        event = {"id": f"evt_{left}", "type": "customer.at_risk", "data": {}}
        request = signed_request(event, SECRET, at=NOW).lambda_event()
        assert handler(request, context)["statusCode"] == 200
    assert leases == [7_000, 60_000]


@pytest.mark.parametrize("returned", [(400, {"detail": "no"}), HttpResponse(status=404)])
def test_a_django_view_that_refuses_is_not_done(returned: Any) -> None:
    host = Host()
    receiver = django.WebhookReceiver(WEBHOOK, **host.options())

    @receiver.view
    def view(request: HttpRequest, event: PivotalEvent) -> Any:
        return returned

    request = RequestFactory().post(
        "/", BODY, content_type="application/json", headers=signing.svix()
    )
    call: Any = view
    call(request)
    assert host.store.claim(KEY, "another worker", 1000) == 0


def test_an_async_django_view_handles_an_event_once() -> None:
    host = Host()
    receiver = django.WebhookReceiver(WEBHOOK, **host.options())

    @receiver.view
    async def handle(request: HttpRequest, event: PivotalEvent) -> None:
        host.run(event)

    def send() -> int:
        request = AsyncRequestFactory().post(
            "/", BODY, content_type="application/json", headers=signing.svix()
        )
        response: Any = asyncio.run(handle(request))
        return int(response.status_code)

    assert [send(), send()] == [200, 200]
    assert host.runs == ["evt_1"]


def test_openapi_tells_the_answers_of_the_store() -> None:
    host = Host()
    with_store = fastapi.WebhookReceiver(WEBHOOK, **host.options()).openapi["responses"]
    without = fastapi.WebhookReceiver(WEBHOOK).openapi["responses"]
    assert {*with_store} - {*without} == {409, 503}
    assert json.dumps(with_store[409]).count("event in progress") == 1


# Streamed responses


@contextmanager
def streaming_flask() -> Iterator[tuple[MemoryStore, Callable[[], wire.Answer]]]:
    store, app = MemoryStore(), flask.Flask(__name__)
    receiver = flask_receiver.WebhookReceiver(WEBHOOK, once=store)

    @app.post(PATH)
    @receiver.view
    def handle(event: PivotalEvent) -> flask.Response:
        return flask.Response(piece for piece in [event.id])

    with serving_wsgi.site("waitress", app) as site:
        yield store, of_port(site.port)


@contextmanager
def streaming_starlette() -> Iterator[tuple[MemoryStore, Callable[[], wire.Answer]]]:
    store = MemoryStore()
    receiver = starlette.WebhookReceiver(WEBHOOK, once=store)

    async def handle(event: PivotalEvent) -> Response:
        return StreamingResponse(iter([event.id]))

    app = Starlette(routes=[Route(PATH, receiver.handler(handle), methods=["POST"])])
    with serving.served(app) as port:
        yield store, of_port(port)


@contextmanager
def streaming_fastapi() -> Iterator[tuple[MemoryStore, Callable[[], wire.Answer]]]:
    store = MemoryStore()
    receiver = fastapi.WebhookReceiver(WEBHOOK, once=store)
    router = APIRouter(route_class=fastapi.WebhookRoute)

    @router.post(PATH)
    async def handle(event: PivotalEvent = Depends(receiver)) -> Any:  # noqa: B008
        return StreamingResponse(iter([event.id]))

    app = FastAPI()
    app.include_router(router)
    with serving.served(app) as port:
        yield store, of_port(port)


@contextmanager
def streaming_litestar() -> Iterator[tuple[MemoryStore, Callable[[], wire.Answer]]]:
    store = MemoryStore()
    receiver = litestar_receiver.WebhookReceiver(WEBHOOK, once=store)

    @litestar.post(PATH)
    @receiver.handler
    async def handle(event: PivotalEvent) -> Any:
        return Stream(iter([event.id]))

    with serving.served(litestar.Litestar([handle])) as port:
        yield store, of_port(port)


@pytest.mark.parametrize(
    "site", [streaming_flask, streaming_starlette, streaming_fastapi, streaming_litestar]
)
def test_a_streamed_response_is_refused_and_its_event_is_free(site: Any) -> None:
    """Its body would run after the mark, and a failure in it would lose the event."""
    with site() as (store, send):
        assert send().status == 500
        assert store.claim(KEY, "another", 1000) == 0


def test_a_streamed_response_of_django_is_refused() -> None:
    assert django_project.urlpatterns  # the project configures Django
    store = MemoryStore()
    receiver = django.WebhookReceiver(WEBHOOK, once=store)

    @receiver.view
    def view(_: HttpRequest, event: PivotalEvent) -> StreamingHttpResponse:
        return StreamingHttpResponse([event.id])

    request = signed_request(BODY, SECRET, at=NOW)
    with pytest.raises(TypeError, match="the response is streamed"):
        view(RequestFactory().post(PATH, **request.django()))
    assert store.claim(KEY, "another", 1000) == 0
