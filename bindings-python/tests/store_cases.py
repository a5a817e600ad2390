"""Every kind of store, empty, with a way to let time pass for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import asyncpg
import psycopg
import psycopg_pool
import pytest
import redis
import redis.asyncio
import valkey
import valkey.asyncio
from pivotal_webhooks.idempotency import (
    DONE,
    AsyncpgStore,
    AsyncPostgresStore,
    AsyncRedisStore,
    MemoryStore,
    PostgresStore,
    RedisStore,
    SqliteStore,
    Store,
)
from store_servers import needs_servers, postgres_server, redis_server, valkey_server
from wire import TIMEOUT

SCENARIOS: list[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[2] / "idempotency" / "scenarios.json").read_bytes()
)["scenarios"]

KINDS = [
    pytest.param(kind, marks=() if kind in ("memory", "sqlite") else needs_servers)
    for kind in [
        "memory",
        "sqlite",
        "redis",
        "redis-async",
        "valkey",
        "valkey-async",
        "postgres",
        "postgres-async",
        "postgres-asyncpg",
    ]
]
"""The kinds of stores, as parameters of a test."""

IN_MEMORY = "/dev/shm" if Path("/dev/shm").exists() else None
"""Where no write waits for a disk."""

LEASE, KEEP = 60, 604_800
"""Seconds, where a scenario does not say otherwise."""

ALWAYS = 90 * 24 * 3_600_000
"""The longest time that an event stays done, in milliseconds."""

DELETE_ALL = "DELETE FROM pivotal_webhooks_events"

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
    clear: Callable[[], object]
    """Makes the store empty again."""
    second: int = 1000
    """Milliseconds of a second in the scenarios."""


def outcome(case: Case, step: dict[str, Any], *, precise: bool = True) -> object:
    """Do a step of a scenario, and return what it gives.

    :param precise: Whether a claim in progress must have all the time left that the step names.
    """
    if "wait" in step:
        return case.wait(step["wait"] * case.second)
    if "clock" in step:
        return case.set_clock(step["clock"] * case.second)
    key, token = step.get("key", "first"), step["worker"]
    if step["do"] == "complete":
        return case.store.complete(key, token, step.get("keep", KEEP) * case.second)
    if step["do"] == "release":
        return case.store.release(key, token)
    result = case.store.claim(key, token, step.get("lease", LEASE) * case.second)
    if result > 0 and "left" in step:
        most = step["left"] * case.second
        assert result <= most
        assert not precise or result > most - case.second
    return {DONE: "done", 0: "claimed"}.get(result, "in_progress")


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
        self._valkey: int | None = None
        self._postgres: str | None = None

    @property
    def redis(self) -> int:
        if self._redis is None:
            self._redis = self._stack.enter_context(redis_server())
        return self._redis

    @property
    def valkey(self) -> int:
        if self._valkey is None:
            self._valkey = self._stack.enter_context(valkey_server())
        return self._valkey

    @property
    def postgres(self) -> str:
        if self._postgres is None:
            self._postgres = self._stack.enter_context(postgres_server())
        return self._postgres

    def close(self) -> None:
        self._stack.close()


@contextmanager
def empty_store(kind: str, servers: Servers) -> Iterator[Case]:
    """Give an empty store of this kind."""
    if kind == "memory":
        monotonic = Clock(1000)
        memory = MemoryStore(clock=monotonic)

        expire = partial(monotonic.advance, ALWAYS)
        yield Case(memory, memory, monotonic.advance, lambda _: None, expire)
    elif kind == "sqlite":
        wall = Clock(1_750_000_000)
        with TemporaryDirectory(dir=IN_MEMORY) as folder:
            sqlite = SqliteStore(Path(folder, "webhooks.db"), timeout=TIMEOUT, clock=wall)
            clear = partial(sqlite._open().execute, DELETE_ALL)
            yield Case(sqlite, sqlite, wall.advance, wall.advance, clear)
            sqlite.close()
    elif kind.startswith("redis"):
        with redis.Redis(port=servers.redis) as client:
            client.flushall()
            async_client = redis.asyncio.Redis(port=servers.redis)
            yield from _redis_case(kind, client, async_client)
    elif kind.startswith("valkey"):
        with valkey.Valkey(port=servers.valkey) as valkey_client:
            valkey_client.flushall()
            async_valkey = valkey.asyncio.Valkey(port=servers.valkey)
            yield from _redis_case(kind, valkey_client, async_valkey)
    else:
        with psycopg.connect(servers.postgres, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS pivotal_webhooks_events")
            yield from _postgres_case(kind, connection, servers.postgres)


def _redis_case(kind: str, client: Any, async_client: Any) -> Iterator[Case]:
    def shift(milliseconds: int) -> None:
        """Make every key expire so much later."""
        for key in client.scan_iter():
            left = int(client.pttl(key)) + milliseconds
            client.pexpire(key, left) if left > 0 else client.delete(key)

    by_time = (lambda passed: shift(-passed), lambda set_by: shift(-set_by))
    others = (*by_time, client.flushall, OF_SERVERS)
    if not kind.endswith("-async"):
        store = RedisStore(client)
        yield Case(store, store, *others)
        return
    with asyncio_loop() as run:
        async_store = AsyncRedisStore(async_client)
        yield Case(Blocking(async_store, run), async_store, *others)
        run(async_client.aclose())


def _postgres_case(kind: str, connection: psycopg.Connection[Any], dsn: str) -> Iterator[Case]:
    def shift(milliseconds: int) -> None:
        connection.execute(
            "UPDATE pivotal_webhooks_events"
            " SET expires_at = expires_at + %s * interval '1 millisecond'",
            [milliseconds],
        )

    by_time = (lambda passed: shift(-passed), lambda set_by: shift(-set_by))
    others = (*by_time, partial(connection.execute, DELETE_ALL), OF_SERVERS)
    if kind == "postgres":
        with psycopg_pool.ConnectionPool(dsn, min_size=1, max_size=16, open=True) as pool:
            store = PostgresStore(pool.connection)
            store.migrate()
            yield Case(store, store, *others)
        return
    if kind == "postgres-asyncpg":
        with asyncio_loop() as run:
            asyncpg_pool = run(opened_pool(dsn))
            asyncpg_store = AsyncpgStore(asyncpg_pool.acquire)
            run(asyncpg_store.migrate())
            yield Case(Blocking(asyncpg_store, run), asyncpg_store, *others)
            run(asyncpg_pool.close())
        return
    with asyncio_loop() as run:
        async_pool = psycopg_pool.AsyncConnectionPool(dsn, min_size=1, open=False)
        run(async_pool.open())
        async_store = AsyncPostgresStore(async_pool.connection)
        run(async_store.migrate())
        yield Case(Blocking(async_store, run), async_store, *others)
        run(async_pool.close())


async def opened_pool(dsn: str) -> asyncpg.Pool[Any]:
    return await asyncpg.create_pool(dsn, min_size=1)


@contextmanager
def asyncio_loop() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Give a function that runs coroutines, all in one event loop."""
    loop = asyncio.new_event_loop()
    try:
        yield loop.run_until_complete
    finally:
        loop.close()
