"""The ASGI application under hypercorn, with asyncio and with trio, lifespan included."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import hypercorn.asyncio
import hypercorn.trio
import pytest
import receiver_suite
import trio
from hypercorn.config import Config
from pivotal_webhooks.asgi import WebhookApp
from pivotal_webhooks.events import PivotalEvent
from receiver_suite import ReceiverSuite, Site, outcomes, webhook


async def handle(event: PivotalEvent) -> None:
    receiver_suite.handle(event, event.raw)


application: Any = WebhookApp(webhook, handle, on_outcome=outcomes.append)


async def with_asyncio(config: Config, stop: threading.Event) -> None:
    async def stopped() -> None:
        while not stop.is_set():
            await asyncio.sleep(0.02)

    await hypercorn.asyncio.serve(application, config, shutdown_trigger=stopped)


async def with_trio(config: Config, stop: threading.Event) -> None:
    async def stopped() -> None:
        while not stop.is_set():
            await trio.sleep(0.02)

    await hypercorn.trio.serve(application, config, shutdown_trigger=stopped)


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]  # which the server closes
    config.graceful_timeout = 1
    config.errorlog = None
    stop = threading.Event()

    def serve() -> None:
        if request.param == "trio":
            trio.run(with_trio, config, stop)
        else:
            asyncio.run(with_asyncio(config, stop))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Site(port)
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


class TestHypercorn(ReceiverSuite):
    """The receiver's tests."""
