"""The receiver inside aiohttp, under its own server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import pytest
import receiver_suite
import serving_aiohttp
import wire
from aiohttp import web
from aiohttp.typedefs import Handler
from pivotal_webhooks.aiohttp import WebhookReceiver
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.receiving import RawBodyGoneError
from receiver_suite import ReceiverSuite, Site, fresh, looked, outcomes, webhook
from signing import BODY

receiver = WebhookReceiver(webhook, on_outcome=outcomes.append)
faults: list[Exception] = []


async def handle(event: PivotalEvent) -> None:
    receiver_suite.handle(event, event.raw)


async def by_hand(request: web.Request) -> web.Response:
    event = await receiver(request)
    receiver_suite.handle(event, await request.read())
    return web.Response(text="ok")


async def answering(event: PivotalEvent) -> web.Response:
    return web.json_response({"type": event.type}, status=202)


READ: dict[str, Callable[[web.Request], Awaitable[object]]] = {
    "read": lambda request: request.read(),
    "json": lambda request: request.json(),
    "post": lambda request: request.post(),
    "content": lambda request: request.content.read(),
    "nine-bytes": lambda request: request.content.read(9),
    "release": lambda request: request.release(),
}


async def after_reading(request: web.Request) -> web.Response:
    await READ[request.match_info["what"]](request)
    try:
        return await by_hand(request)
    except RawBodyGoneError as error:
        faults.append(error)
        raise


@web.middleware
async def look(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    finally:
        if request.method == "POST":
            looked.append(await request.read())
            if request.transport is not None:  # else aiohttp's stream raises that it is gone
                looked.append(await request.content.read())


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    # Applies to `request.read()`; the webhook has a limit of its own.
    app = web.Application(client_max_size=90, middlewares=[look])
    app.router.add_post("/webhooks/pivotal", receiver.handler(handle))
    app.router.add_post("/by-hand", by_hand)
    app.router.add_post("/answering", receiver.handler(answering))
    app.router.add_post("/after/{what}", after_reading)
    with serving_aiohttp.served(app) as port:
        yield port


@pytest.fixture(params=["/webhooks/pivotal", "/by-hand"])
def site(port: int, request: pytest.FixtureRequest) -> Site:
    return Site(port, request.param, receiver=receiver, lingers=True)


class TestAiohttp(ReceiverSuite):
    """The receiver's tests."""


def test_a_handler_may_answer(port: int) -> None:
    answer = wire.send(port, "/answering", BODY, fresh())
    assert (answer.status, answer.json()) == (202, {"type": "customer.at_risk"})


@pytest.mark.parametrize("read", ["read", "json"])
def test_what_keeps_the_body_may_read_it_before(port: int, read: str) -> None:
    assert wire.send(port, f"/after/{read}", BODY, fresh()).status == 200


@pytest.mark.parametrize("read", ["content", "nine-bytes", "release"])
def test_a_body_that_is_gone_is_an_error_of_the_program(port: int, read: str) -> None:
    assert wire.send(port, f"/after/{read}", BODY, fresh()).status == 500
    with pytest.raises(RawBodyGoneError, match=r"call `await request\.read\(\)` first"):
        raise faults.pop()


def test_a_form_is_named(port: int) -> None:
    part = b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'
    headers = [*fresh(part), ("content-type", "multipart/form-data; boundary=x")]
    assert wire.send(port, "/after/post", part, headers).status == 500
    with pytest.raises(RawBodyGoneError, match=r"`request\.post\(\)`"):
        raise faults.pop()


def test_nothing_is_not_gone(port: int) -> None:
    assert wire.send(port, "/after/content", b"", fresh(b"")).status == 400
    assert faults == []
