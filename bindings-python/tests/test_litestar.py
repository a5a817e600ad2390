"""The receiver inside Litestar, under uvicorn."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import receiver_suite
import serving
import wire
from litestar import Litestar, Request, post
from litestar.di import Provide
from litestar.params import FromPath
from litestar.types import Scope
from pivotal_webhooks.litestar import PivotalDelivery, WebhookReceiver
from pivotal_webhooks.receiving import ANSWERS, RawBodyGoneError
from receiver_suite import ReceiverSuite, Site, fresh, looked, outcomes, webhook
from signing import BODY

receiver = WebhookReceiver(webhook, on_outcome=outcomes.append)
faults: list[Exception] = []


@post("/webhooks/pivotal", dependencies={"event": Provide(receiver)}, status_code=200)
async def handle(event: PivotalDelivery, request: Request[Any, Any, Any]) -> str:
    receiver_suite.handle(event, await request.body())
    return "ok"


@post("/by-hand", status_code=200)
async def by_hand(request: Request[Any, Any, Any]) -> str:
    event = await receiver(request)
    pieces = [piece async for piece in Request[Any, Any, Any](request.scope).stream()]
    receiver_suite.handle(event, b"".join(pieces))
    return "ok"


async def stream(request: Request[Any, Any, Any]) -> None:
    async for _ in request.stream():
        pass


READ: dict[str, Callable[[Request[Any, Any, Any]], Awaitable[Any]]] = {
    "body": lambda request: request.body(),
    "json": lambda request: request.json(),
    "form": lambda request: request.form(),
    "stream": stream,
}


@post("/after/{what:str}", status_code=200)
async def after_reading(request: Request[Any, Any, Any], what: FromPath[str]) -> str:
    await READ[what](request)
    event = await receiver(request)
    return event.type


async def keep(exception: Exception, _: Scope) -> None:
    if isinstance(exception, RawBodyGoneError):
        faults.append(exception)


def look(app: Any) -> Any:
    """A middleware that reads the body after the answer."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        looked.append(await Request[Any, Any, Any](scope, receive).body())

    return middleware


def detail(status: int) -> bytes:
    return json.dumps(
        {"status_code": status, "detail": ANSWERS[status]}, separators=(",", ":")
    ).encode()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = Litestar(
        [handle, by_hand, after_reading],
        # Applies to `request.body()` and `request.stream()`; the webhook has a limit of its own.
        request_max_body_size=90,
        after_exception=[keep],
        middleware=[look],
        openapi_config=None,
    )
    with serving.served(app) as port:
        yield port


@pytest.fixture(params=["/webhooks/pivotal", "/by-hand"])
def site(port: int, request: pytest.FixtureRequest) -> Site:
    return Site(port, request.param, answer=detail, receiver=receiver)


class TestLitestar(ReceiverSuite):
    """The receiver's tests."""


@pytest.mark.parametrize("read", ["body", "json", "form"])
def test_what_keeps_the_body_may_read_it_before(port: int, read: str) -> None:
    headers = [*fresh(), ("content-type", "application/x-www-form-urlencoded")]
    assert wire.send(port, f"/after/{read}", BODY, headers).status == 200


@pytest.mark.parametrize("read", ["form", "stream"])
def test_a_body_that_is_gone_is_an_error_of_the_program(port: int, read: str) -> None:
    part = b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'
    headers = [*fresh(part), ("content-type", "multipart/form-data; boundary=x")]
    assert wire.send(port, f"/after/{read}", part, headers).status == 500
    with pytest.raises(RawBodyGoneError, match=r"call `await request\.body\(\)` first"):
        raise faults.pop()
