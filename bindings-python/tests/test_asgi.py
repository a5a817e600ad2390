"""The ASGI application by itself, and as a route of Starlette and FastAPI, over real sockets."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest
import serving
import signing
import trio
import wire
from fastapi import FastAPI
from pivotal_webhooks import Webhook
from pivotal_webhooks.asgi import WebhookApp
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.receiving import Outcome
from pivotal_webhooks.starlette import WebhookReceiver
from signing import BODY, NOW, SECRET
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

handled: list[str] = []
outcomes: list[Outcome] = []


async def handle(event: PivotalEvent) -> None:
    if event.type == "customer.churned":
        raise LookupError("no such customer")
    handled.append(event.id)


webhook = Webhook(SECRET, clock=lambda: NOW)
application = WebhookApp(webhook, handle, on_outcome=outcomes.append)
receiver = WebhookReceiver(webhook)


async def by_hand(request: Request) -> Response:
    event = await receiver(request)
    return PlainTextResponse(event.type)


def starlette_routes() -> Starlette:
    return Starlette(
        routes=[
            Route("/webhooks/pivotal", application),
            Route("/by-hand", by_hand, methods=["POST"]),
        ]
    )


def fastapi_routes() -> FastAPI:
    app = FastAPI()
    app.add_route("/webhooks/pivotal", application)  # type: ignore[arg-type]
    return app


@pytest.fixture(
    scope="module",
    params=[lambda: application, starlette_routes, fastapi_routes],
    ids=["itself", "starlette", "fastapi"],
)
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with serving.served(request.param()) as port:
        yield port


@pytest.fixture(autouse=True)
def no_outcomes() -> None:
    handled.clear()
    outcomes.clear()


def fresh(**given: Any) -> list[tuple[str, str]]:
    return [*signing.svix(**given).items()]


def send(
    port: int, headers: list[tuple[str, str]], body: bytes = BODY, method: str = "POST"
) -> tuple[int, str]:
    answer = wire.send(port, "/webhooks/pivotal", body, headers, method=method)
    return answer.status, answer.body.decode()


def test_an_event_is_handled(port: int) -> None:
    assert send(port, fresh()) == (200, "ok")
    assert handled == ["evt_1"]
    assert outcomes[0].code is None


def test_what_is_refused_is_answered_with_one_text_a_status(port: int) -> None:
    assert send(port, fresh(), b"{}") == (401, "invalid signature")
    assert send(port, []) == (401, "invalid signature")
    assert send(port, [*fresh(), ("content-encoding", "br")]) == (401, "invalid signature")
    assert send(port, [*fresh(), ("Svix-Id", "msg_2")]) == (401, "invalid signature")
    assert send(port, fresh(body=b"[]"), b"[]") == (400, "invalid payload")
    assert send(port, fresh(), b" " * (2**20 + 1)) == (413, "payload too large")
    assert [outcome.code for outcome in outcomes] == [
        "signature_mismatch",
        "header_missing",
        "header_malformed",
        "header_duplicated",
        "payload_malformed",
        "payload_too_large",
    ]
    assert handled == []


def test_identity_is_no_compression(port: int) -> None:
    assert send(port, [*fresh(), ("content-encoding", "identity")]) == (200, "ok")


def test_an_announced_length_beyond_the_limit_is_not_read(port: int) -> None:
    assert wire.announce(port, "/webhooks/pivotal", 10**12).status == 413


def test_other_methods_are_answered_405(port: int) -> None:
    answer = wire.send(port, "/webhooks/pivotal", b"", [], method="GET")
    assert (answer.status, answer.body) == (405, b"method not allowed")
    assert ("allow", "POST") in answer.headers


def test_what_the_handler_raises_is_a_500(port: int) -> None:
    body = b'{"id":"evt_1","type":"customer.churned","data":{}}'
    assert send(port, fresh(body=body), body)[0] == 500


def test_an_endpoint_of_starlette_gets_the_event() -> None:
    with serving.served(starlette_routes()) as port:
        answer = wire.send(port, "/by-hand", BODY, fresh())
        assert (answer.status, answer.body) == (200, b"customer.at_risk")
        refused = wire.send(port, "/by-hand", BODY, [])
        assert (refused.status, refused.body) == (401, b"invalid signature")


async def converse(scope_type: str, *messages: str) -> list[Any]:
    """Run the application on a connection of this type, and return what it sends."""
    received = iter(messages)
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": next(received)}

    async def send(message: Any) -> None:
        sent.append(message)

    await application({"type": scope_type}, receive, send)
    return sent


def test_lifespan_is_answered() -> None:
    sent = asyncio.run(converse("lifespan", "lifespan.startup", "lifespan.shutdown"))
    assert sent == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]


def test_a_websocket_is_closed_and_another_connection_is_an_error() -> None:
    sent = asyncio.run(converse("websocket", "websocket.connect"))
    assert sent == [{"type": "websocket.close"}]
    with pytest.raises(RuntimeError, match="a connection of type gopher"):
        asyncio.run(converse("gopher"))


def test_it_runs_under_trio_without_generators_left_behind() -> None:
    async def deliver(body: bytes, headers: dict[str, str]) -> int:
        messages = iter([b" " * 2**20, body])
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            piece = next(messages) if body.isspace() else body
            return {"type": "http.request", "body": piece, "more_body": body.isspace()}

        async def send(message: Any) -> None:
            sent.append(message)

        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        length = (b"content-length", str(10**7).encode())
        scope = {"type": "http", "method": "POST", "headers": [*lines, length], "path": "/"}
        if not body.isspace():
            scope["headers"] = lines
        for app in (application, WebhookApp(webhook, lambda event: handled.append(event.id))):
            sent.clear()
            messages = iter([b" " * 2**20, body])
            await app(scope, receive, send)
        status: int = sent[0]["status"]
        return status

    assert trio.run(deliver, BODY, signing.svix()) == 200
    assert handled == ["evt_1", "evt_1"]
    assert trio.run(deliver, b" " * 9, signing.svix()) == 413
    gc.collect()  # a generator that was left behind would warn now, which is an error here


@pytest.mark.parametrize("version", ["1.1", "2"])
def test_http_2_gets_no_connection_header(version: str) -> None:
    sent: list[Any] = []

    async def run() -> None:
        async def receive() -> dict[str, Any]:
            raise AssertionError("nothing is read beyond an announced length")

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"content-length", b"1000000000")]
        scope = {"type": "http", "method": "POST", "headers": headers, "http_version": version}
        await application(scope, receive, send)

    asyncio.run(run())
    assert sent[0]["status"] == 413
    assert ((b"connection", b"close") in sent[0]["headers"]) == (version == "1.1")
