"""An ASGI app under hypercorn, on a free loopback port, with asyncio or with trio."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import hypercorn.asyncio
import hypercorn.trio
import trio
from hypercorn.config import Config
from wire import TIMEOUT


async def with_asyncio(app: Any, config: Config, stop: threading.Event) -> None:
    async def stopped() -> None:
        while not stop.is_set():
            await asyncio.sleep(0.02)

    await hypercorn.asyncio.serve(app, config, shutdown_trigger=stopped)


async def with_trio(app: Any, config: Config, stop: threading.Event) -> None:
    async def stopped() -> None:
        while not stop.is_set():
            await trio.sleep(0.02)

    await hypercorn.trio.serve(app, config, shutdown_trigger=stopped)


@contextmanager
def served(app: Any, loop: Literal["asyncio", "trio"] = "asyncio") -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]  # which the server closes
    config.graceful_timeout = 1
    config.errorlog = None
    stop = threading.Event()

    def serve() -> None:
        if loop == "trio":
            trio.run(with_trio, app, config, stop)
        else:
            asyncio.run(with_asyncio(app, config, stop))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield port
    finally:
        stop.set()
        thread.join(TIMEOUT)
    assert not thread.is_alive()
