"""The receivers under test: FastAPI under uvicorn, and Express, each a process that can be killed.

The driver keeps the listening socket of a receiver, so that its successor has the same port.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import socket
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import psycopg_pool
import redis.asyncio
import uvicorn
from fastapi import APIRouter, Depends, FastAPI
from journal import Journal
from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.fastapi import WebhookReceiver, WebhookRoute
from pivotal_webhooks.idempotency import (
    AsyncPostgresStore,
    AsyncRedisStore,
    Once,
    SqliteStore,
    current_claim,
)
from pivotal_webhooks.receiving import Outcome

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATH = "/webhooks/pivotal"
NODE = os.environ.get("NODE", "node")
"""The Node of the Express receivers. Their SQLite needs version 22.13."""
LONGEST_RUN = 0.01
"""Seconds that a handler may take."""

# Starting a process by a fork of one that has imported everything takes a few milliseconds. Uvicorn
# imports its protocols when it starts, and a fork what the program imports.
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["once", "uvicorn.lifespan.on", "uvicorn.protocols.http.auto"])


class Settings(NamedTuple):
    """What every receiver of one run shares."""

    journal: str
    store: str
    """`redis`, `postgres` or `sqlite`."""
    place: str
    """The port, the connection string or the path of the store."""
    clock: str
    """A file with the seconds by which the clock of the SQLite store is wrong."""
    lease: int
    """Seconds."""


class Receiver(Protocol):
    """A receiver that can be killed and started again."""

    port: int
    answered: bool
    """Whether it has answered 200 since its last start."""

    def start(self) -> None: ...

    def kill(self) -> int:
        """Kill the process at once, and return its id when it has ended."""
        ...


class FastApiReceiver:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._listener = listening()
        self.port: int = self._listener.getsockname()[1]
        self.answered = False
        self._process: BaseProcess | None = None

    def start(self) -> None:
        self.answered = False
        self._process = FORKS.Process(target=serve, args=(self._listener, self._settings))
        self._process.start()

    def kill(self) -> int:
        assert self._process is not None
        if self._process.exitcode is not None:
            raise RuntimeError("a FastAPI receiver ended by itself")
        self._process.kill()
        self._process.join()
        return self._process.pid or 0


class ExpressReceiver:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._listener = listening()
        self.port: int = self._listener.getsockname()[1]
        self.answered = False
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.answered = False
        number = self._listener.fileno()
        given = {
            "LISTENER": number,
            "SECRET": SECRET,
            "WEBHOOK_PATH": PATH,
            "LONGEST_RUN": LONGEST_RUN * 1000,
        }
        given |= {name.upper(): value for name, value in self._settings._asdict().items()}
        self._process = subprocess.Popen(
            [NODE, str(Path(__file__).with_name("express.mjs"))],
            env={**os.environ, **{name: str(value) for name, value in given.items()}},
            pass_fds=[number],
        )

    def kill(self) -> int:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError("an Express receiver ended by itself")
        self._process.kill()
        self._process.wait()
        return self._process.pid


def listening() -> socket.socket:
    # Only for a socket of this protocol, asyncio sends small answers at once.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


# What runs in a process of FastAPI.


class RecordedRedisStore(AsyncRedisStore):
    """The store, with a line in the journal for each completion."""

    def __init__(self, client: redis.asyncio.Redis, journal: Journal) -> None:
        super().__init__(client)
        self._journal = journal

    async def complete(self, key: str, token: str, keep: int) -> bool:
        is_done = await super().complete(key, token, keep)
        if is_done:
            self._journal.write("completed", key)
        return is_done


def serve(listener: socket.socket, settings: Settings) -> None:
    """Receive deliveries until the process is killed."""
    random.seed(os.getpid())
    logging.disable()  # The faults are wanted.
    app = application(settings, Journal(settings.journal))
    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="on", ws="none")
    uvicorn.Server(config).run(sockets=[listener])


def application(settings: Settings, journal: Journal) -> FastAPI:
    store, handle, opened = STORES[settings.store](settings, journal)

    def record(outcome: Outcome) -> None:
        if outcome.event is not None and outcome.result != "accepted":
            journal.write(outcome.result, outcome.event.idempotency_key)

    once = Once(store, lease=settings.lease)
    receiver = WebhookReceiver(Webhook(SECRET), once=once, on_outcome=record)
    router = APIRouter(route_class=WebhookRoute)

    if asyncio.iscoroutinefunction(handle):

        @router.post(PATH)
        async def receive(event: PivotalEvent = Depends(receiver)) -> None:  # noqa: B008
            with run_of(event, journal):
                await handle(event)
    else:

        @router.post(PATH)
        def receive_plainly(event: PivotalEvent = Depends(receiver)) -> None:  # noqa: B008
            with run_of(event, journal):
                handle(event)

    app = FastAPI(lifespan=opened)
    app.include_router(router)
    return app


@contextmanager
def run_of(event: PivotalEvent, journal: Journal) -> Iterator[None]:
    """A run of the handler, from its first line to its last one, in the journal."""
    key = event.idempotency_key
    journal.write("begin", key)
    try:
        yield
    except BaseException:
        journal.write("raised", key)
        raise
    journal.write("returned", key)


Opened = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Parts = tuple[Any, Callable[[PivotalEvent], Any], Opened]


@asynccontextmanager
async def nothing_to_open(_: FastAPI) -> AsyncIterator[None]:
    yield


def some_time() -> float:
    return random.random() * LONGEST_RUN


def with_redis(settings: Settings, journal: Journal) -> Parts:
    client = redis.asyncio.Redis(port=int(settings.place))

    async def handle(_: PivotalEvent) -> None:
        await asyncio.sleep(some_time())

    return RecordedRedisStore(client, journal), handle, nothing_to_open


def with_postgres(settings: Settings, journal: Journal) -> Parts:
    check = psycopg_pool.AsyncConnectionPool.check_connection
    pool = psycopg_pool.AsyncConnectionPool(settings.place, min_size=1, check=check, open=False)

    async def handle(event: PivotalEvent) -> None:
        async with pool.connection() as connection:
            key = event.idempotency_key
            await connection.execute("INSERT INTO effects VALUES (%s)", [key])
            journal.write("transaction", key)
            await asyncio.sleep(some_time())
            await current_claim().complete_in_async(connection)
        journal.write("completed", event.idempotency_key)

    @asynccontextmanager
    async def opened(_: FastAPI) -> AsyncIterator[None]:
        async with pool:
            yield

    return AsyncPostgresStore(pool.connection), handle, opened


def with_sqlite(settings: Settings, journal: Journal) -> Parts:
    wrong_by = os.open(settings.clock, os.O_RDONLY)

    def clock() -> float:
        return time.time() + float(os.pread(wrong_by, 20, 0))

    def handle(event: PivotalEvent) -> None:
        key = event.idempotency_key
        with closing(sqlite3.connect(settings.place, timeout=20)) as connection, connection:
            connection.execute("INSERT INTO effects VALUES (?)", [key])
            journal.write("transaction", key)
            time.sleep(some_time())
            current_claim().complete_in(connection)
        journal.write("completed", key)

    return SqliteStore(settings.place, clock=clock), handle, nothing_to_open


STORES: dict[str, Callable[[Settings, Journal], Parts]] = {
    "redis": with_redis,
    "postgres": with_postgres,
    "sqlite": with_sqlite,
}
