"""A pure ASGI middleware that reads the body before the receiver, under real servers.

What the receiver can see depends on the `receive` that the middleware passes on. If that gives an
empty body, the body is missing. If it is the server's own, it waits until the sender hangs up.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Annotated, Any

import pytest
import serving
import serving_hypercorn
import wire
from fastapi import Depends, FastAPI
from litestar import Litestar, post
from litestar.di import Provide
from litestar.types import Scope
from pivotal_webhooks import asgi, fastapi, litestar, starlette
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.litestar import PivotalDelivery
from pivotal_webhooks.receiving import Outcome, RawBodyGoneError, log_outcome
from receiver_suite import Site, chunked, eventually, fresh, webhook
from signing import BODY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

PATH = "/webhooks/pivotal"
HINT = "the sender hung up, or something read the body before the receiver"

outcomes: list[Outcome] = []
faults: list[BaseException] = []
consumed = threading.Event()
passes_on_an_empty_body = False


def collect(outcome: Outcome) -> None:
    log_outcome(outcome)
    outcomes.append(outcome)


class Consuming:
    """Reads the whole body, and passes on the server's `receive` or one with an empty body."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            while (await receive())["more_body"]:
                pass
            consumed.set()
            if passes_on_an_empty_body:
                receive = empty_body
        try:
            await self.app(scope, receive, send)
        except RawBodyGoneError as error:
            faults.append(error)
            raise


async def keep(exception: Exception, _: Scope) -> None:
    if isinstance(exception, RawBodyGoneError):
        faults.append(exception)


async def empty_body() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def handle(event: PivotalEvent) -> None:
    raise AssertionError(event.id)


by_request = starlette.WebhookReceiver(webhook, on_outcome=collect)
dependency = fastapi.WebhookReceiver(webhook, on_outcome=collect)
for_litestar = litestar.WebhookReceiver(webhook, on_outcome=collect)
fastapi_app = FastAPI()


async def endpoint(request: Request) -> PlainTextResponse:
    handle(await by_request(request))
    return PlainTextResponse("ok")


@fastapi_app.post(PATH)
async def route(event: Annotated[PivotalEvent, Depends(dependency)]) -> None:
    handle(event)


@post(PATH, dependencies={"event": Provide(for_litestar)})
async def handler(event: PivotalDelivery) -> None:
    handle(event)


APPS: dict[str, Any] = {
    "asgi": asgi.WebhookApp(webhook, handle, on_outcome=collect),
    "starlette": Starlette(routes=[Route(PATH, endpoint, methods=["POST"])]),
    "fastapi": fastapi_app,
    "litestar": Litestar([handler], openapi_config=None, after_exception=[keep]),
}
SERVERS: dict[str, Callable[[Any], AbstractContextManager[int]]] = {
    "uvicorn": serving.served,
    "hypercorn": serving_hypercorn.served,
}


@pytest.fixture(autouse=True)
def _nothing_yet() -> None:
    outcomes.clear()
    faults.clear()
    consumed.clear()


@pytest.fixture(scope="module", params=APPS)
def app(request: pytest.FixtureRequest) -> Any:
    return Consuming(APPS[request.param])


@pytest.fixture(scope="module", params=SERVERS)
def port(app: Any, request: pytest.FixtureRequest) -> Iterator[int]:
    with SERVERS[request.param](app) as port:
        yield port


@pytest.mark.parametrize("as_chunks", [False, True])
def test_a_body_that_never_comes_is_logged_with_both_causes(
    port: int, as_chunks: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        with wire.Connection(port) as connection:
            connection.send(PATH, BODY, fresh(), as_chunks)
            assert consumed.wait(wire.TIMEOUT)
        eventually(lambda: outcomes)
    assert outcomes[0][:7] == ("aborted", None, 400, None, None, None, 0)
    (record,) = [record for record in caplog.records if record.name == "pivotal_webhooks"]
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith(f"webhook aborted: {HINT} body_bytes=0 help=")
    assert "middleware" in vars(record)["webhook_help"]
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert (errors, faults) == ([], [])


@pytest.mark.parametrize("as_chunks", [False, True])
def test_an_empty_body_in_its_place_is_an_error_of_the_program(
    port: int, as_chunks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "passes_on_an_empty_body", True)
    if as_chunks:
        answer = chunked(Site(port), fresh(), [BODY])
    else:
        answer = wire.send(port, PATH, BODY, fresh())
    assert answer.status == 500
    assert outcomes == []
    eventually(lambda: faults)  # Starlette answers before it raises again.
    (fault,) = faults
    assert "middleware" in str(fault)
    assert "same messages again" in str(fault)
