"""An aiohttp application under its own server, on a free loopback port."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from aiohttp import web
from wire import TIMEOUT


@contextmanager
def served(app: web.Application) -> Iterator[int]:
    started: Future[tuple[int, Callable[[], object]]] = Future()

    async def run() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        started.set_result((runner.addresses[0][1], lambda: loop.call_soon_threadsafe(done.set)))
        await done.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    port, stop = started.result(TIMEOUT)
    try:
        yield port
    finally:
        stop()
        thread.join(TIMEOUT)
