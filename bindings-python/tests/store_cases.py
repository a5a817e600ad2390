"""Every kind of store, empty, with a way to let time pass for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import redis
import redis.asyncio
from pivotal_webhooks.idempotency import (
    AsyncPostgresStore,
    AsyncRedisStore,
    MemoryStore,
    PostgresStore,
    RedisStore,
    SqliteStore,
    Store,
)
from store_servers import postgres_server, redis_server
from wire import TIMEOUT

SCENARIOS: list[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[2] / "idempotency" / "scenarios.json").read_bytes()
)["scenarios"]

STORES = ["memory", "sqlite", "redis", "redis-async", "postgres", "postgres-async"]

OF_SERVERS = 100_000
"""A second of a scenario, in milliseconds, for a store whose clock is a server's. It is so long
that a busy machine changes no result."""


class Case(NamedTuple):
    """A store under test. An async one is called through `Blocking`."""

    store: Store
    original: Any
    """The store itself."""
    wait: Callable[[int], object]
    """Lets milliseconds pass."""
    set_clock: Callable[[int], object]
    """Sets the store's wall clock forward, or back, by milliseconds."""
    second: int = 1000
    """Milliseconds of a second in the scenarios."""


class Clock:
    """A clock in seconds, which only a test moves."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, milliseconds: int) -> None:
        self.now += milliseconds / 1000


class Blocking:
    """An async store, for tests that call a store without awaiting it."""

    def __init__(self, store: Any, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self.store = store
        self.run = run

    def claim(self, key: str, token: str, lease: int) -> int:
        return int(self.run(self.store.claim(key, token, lease)))

    def complete(self, key: str, token: str, keep: int) -> bool:
        return bool(self.run(self.store.complete(key, token, keep)))

    def release(self, key: str, token: str) -> bool:
        return bool(self.run(self.store.release(key, token)))


class Servers:
    """The servers, each started when the first test needs it."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._redis: int | None = None
        self._postgres: str | None = None

    @property
    def redis(self) -> int:
        if self._redis is None:
            self._redis = self._stack.enter_context(redis_server())
        return self._redis

    @property
    def postgres(self) -> str:
        if self._postgres is None:
            self._postgres = self._stack.enter_context(postgres_server())
        return self._postgres

    def close(self) -> None:
        self._stack.close()


@contextmanager
def empty_store(kind: str, servers: Servers, folder: Path) -> Iterator[Case]:
    """Give an empty store of this kind."""
    if kind == "memory":
        monotonic = Clock(1000)
        memory = MemoryStore(clock=monotonic)
        yield Case(memory, memory, monotonic.advance, lambda _: None)
    elif kind == "sqlite":
        wall = Clock(1_750_000_000)
        sqlite = SqliteStore(folder / "webhooks.db", timeout=TIMEOUT, clock=wall)
        yield Case(sqlite, sqlite, wall.advance, wall.advance)
        sqlite.close()
    elif kind.startswith("redis"):
        with redis.Redis(port=servers.redis) as client:
            client.flushall()
            yield from _redis_case(kind, client, servers.redis)
    else:
        with psycopg.connect(servers.postgres, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS pivotal_webhooks_events")
            yield from _postgres_case(kind, connection, servers.postgres)


def _redis_case(kind: str, client: redis.Redis, port: int) -> Iterator[Case]:
    def shift(milliseconds: int) -> None:
        """Make every key expire so much later."""
        for key in client.scan_iter():
            left = int(client.pttl(key)) + milliseconds
            client.pexpire(key, left) if left > 0 else client.delete(key)

    clocks = (lambda passed: shift(-passed), lambda set_by: shift(-set_by), OF_SERVERS)
    if kind == "redis":
        store = RedisStore(client)
        yield Case(store, store, *clocks)
        return
    with asyncio_loop() as run:
        async_client = redis.asyncio.Redis(port=port)
        async_store = AsyncRedisStore(async_client)
        yield Case(Blocking(async_store, run), async_store, *clocks)
        run(async_client.aclose())


def _postgres_case(kind: str, connection: psycopg.Connection[Any], dsn: str) -> Iterator[Case]:
    def shift(milliseconds: int) -> None:
        connection.execute(
            "UPDATE pivotal_webhooks_events"
            " SET expires_at = expires_at + %s * interval '1 millisecond'",
            [milliseconds],
        )

    clocks = (lambda passed: shift(-passed), lambda set_by: shift(-set_by), OF_SERVERS)
    if kind == "postgres":
        store = PostgresStore(lambda: psycopg.connect(dsn))
        store.migrate()
        yield Case(store, store, *clocks)
        return
    with asyncio_loop() as run:
        async_store = AsyncPostgresStore(lambda: psycopg.AsyncConnection.connect(dsn))
        run(async_store.migrate())
        yield Case(Blocking(async_store, run), async_store, *clocks)


@contextmanager
def asyncio_loop() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Give a function that runs coroutines, all in one event loop."""
    loop = asyncio.new_event_loop()
    try:
        yield loop.run_until_complete
    finally:
        loop.close()
