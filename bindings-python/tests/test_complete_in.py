"""The effect of a handler and the mark of its event, written in one transaction."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest
import signing
from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.idempotency import (
    DONE,
    AsyncpgStore,
    AsyncPostgresStore,
    LeaseLostError,
    MemoryStore,
    NotCommittedError,
    Once,
    PostgresStore,
    SqliteStore,
    current_claim,
)
from pivotal_webhooks.receiving import Answer, Outcome, Receiver, Request
from signing import BODY, NOW, SECRET
from store_cases import Servers, asyncio_loop
from store_servers import needs_servers

WEBHOOK = Webhook(SECRET, clock=lambda: NOW)
KEY = WEBHOOK.unwrap(BODY, signing.svix()).idempotency_key
INSERT = "INSERT INTO effects VALUES ('evt_1')"


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.close()


def patient(store: Any) -> Once:
    """A busy machine may take its time."""
    return Once(store, store_timeout=50)


class Database:
    """A store, and connections of the handler's own to the same database."""

    def __init__(self, store: Any, connect: Callable[[], Any]) -> None:
        self.store = store
        self.connect = connect
        self.outcomes: list[Outcome] = []
        self.receiver = Receiver(WEBHOOK, on_outcome=self.outcomes.append, once=patient(store))
        with closing(connect()) as connection:
            connection.execute("DROP TABLE IF EXISTS effects")
            connection.execute("CREATE TABLE effects (id text)")
            connection.commit()

    def effects(self) -> int:
        with closing(self.connect()) as connection:
            (count,) = connection.execute("SELECT count(*) FROM effects").fetchone()
            return int(count)

    def send(self, handle: Callable[[PivotalEvent], object]) -> Answer:
        return self.receiver.respond(Request(signing.svix(), iter([BODY])), handle)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=needs_servers)])
def database(request: pytest.FixtureRequest, tmp_path: Path, servers: Servers) -> Database:
    if request.param == "sqlite":
        file = tmp_path / "webhooks.db"
        return Database(SqliteStore(file), lambda: sqlite3.connect(file))
    dsn = servers.postgres
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP TABLE IF EXISTS pivotal_webhooks_events")
    store = PostgresStore(lambda: psycopg.connect(dsn))
    store.migrate()
    return Database(store, lambda: psycopg.connect(dsn))


def test_the_effect_and_the_mark_are_written_together(database: Database) -> None:
    def handle(_: PivotalEvent) -> None:
        with closing(database.connect()) as connection, connection:
            connection.execute(INSERT)
            current_claim().complete_in(connection)

    assert [database.send(handle) for _ in range(2)] == [Answer(200)] * 2
    assert database.effects() == 1
    assert [outcome.result for outcome in database.outcomes][-1] == "duplicate"


def test_neither_is_written_if_the_transaction_is_rolled_back(database: Database) -> None:
    def handle(_: PivotalEvent) -> None:
        with closing(database.connect()) as connection, connection:
            connection.execute(INSERT)
            current_claim().complete_in(connection)
            raise LookupError("after both")

    with pytest.raises(LookupError, match="after both"):
        database.send(handle)
    assert database.effects() == 0
    assert database.store.claim(KEY, "another worker", 1000) == 0


def test_a_transaction_that_is_not_committed_is_not_done(database: Database) -> None:
    def handle(_: PivotalEvent) -> None:
        with closing(database.connect()) as connection:
            connection.execute(INSERT)
            current_claim().complete_in(connection)
            connection.rollback()

    with pytest.raises(NotCommittedError, match="commit the transaction"):
        database.send(handle)
    assert database.effects() == 0
    assert database.store.claim(KEY, "another worker", 1000) == 0


def test_a_worker_that_lost_its_lease_writes_neither(database: Database) -> None:
    def handle(_: PivotalEvent) -> None:
        claim = current_claim()
        assert database.store.release(claim.key, claim.token)
        assert database.store.claim(claim.key, "another worker", 3_000_000) == 0
        with closing(database.connect()) as connection, connection:
            connection.execute(INSERT)
            claim.complete_in(connection)

    assert database.send(handle).status == 409
    assert database.effects() == 0
    assert database.outcomes[-1].result == "lease_lost"
    assert database.store.claim(KEY, "another worker", 3_000_000) == 0


def test_a_handler_that_raises_after_the_commit_is_done(database: Database) -> None:
    def handle(_: PivotalEvent) -> None:
        with closing(database.connect()) as connection, connection:
            connection.execute(INSERT)
            current_claim().complete_in(connection)
        raise LookupError("after the commit")

    with pytest.raises(LookupError, match="after the commit"):
        database.send(handle)
    assert database.send(handle) == Answer(200)
    assert database.effects() == 1


@asynccontextmanager
async def psycopg_transaction(dsn: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        yield connection


@asynccontextmanager
async def asyncpg_connection(dsn: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def asyncpg_transaction(dsn: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    async with asyncpg_connection(dsn) as connection, connection.transaction():
        yield connection


@needs_servers
@pytest.mark.parametrize("client", ["psycopg", "asyncpg"])
def test_an_async_transaction_does_the_same(client: str, servers: Servers) -> None:
    dsn = servers.postgres
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP TABLE IF EXISTS pivotal_webhooks_events, effects")
        connection.execute("CREATE TABLE effects (id text)")
    store: AsyncPostgresStore | AsyncpgStore
    transaction: Callable[[str], AbstractAsyncContextManager[Any]]
    if client == "psycopg":
        store = AsyncPostgresStore(lambda: psycopg.AsyncConnection.connect(dsn))
        transaction = psycopg_transaction
    else:
        store = AsyncpgStore(lambda: asyncpg_connection(dsn))
        transaction = asyncpg_transaction
    receiver = Receiver(WEBHOOK, once=patient(store))
    fails = True

    async def handle(_: PivotalEvent) -> None:
        claim = current_claim()
        with pytest.raises(TypeError, match="complete_in_async"):
            claim.complete_in(None)
        async with transaction(dsn) as connection:
            await connection.execute(INSERT)
            await claim.complete_in_async(connection)
            if fails:
                raise LookupError("after both")

    async def body() -> Any:
        yield BODY

    def effects() -> Any:
        with psycopg.connect(dsn) as connection:
            return connection.execute("SELECT count(*) FROM effects").fetchone()

    with asyncio_loop() as run:
        run(store.migrate())
        with pytest.raises(LookupError, match="after both"):
            run(receiver.respond_async(Request(signing.svix(), body()), handle))
        assert effects() == (0,)
        fails = False
        for _ in range(2):
            answer = run(receiver.respond_async(Request(signing.svix(), body()), handle))
            assert answer == Answer(200)
        assert effects() == (1,)
        assert run(store.claim(KEY, "another worker", 1000)) == DONE


def test_a_store_without_transactions_says_so() -> None:
    receiver = Receiver(WEBHOOK, once=MemoryStore())

    def handle(_: PivotalEvent) -> None:
        current_claim().complete_in(None)

    with pytest.raises(TypeError, match="use a store in SQL"):
        receiver.respond(Request(signing.svix(), iter([BODY])), handle)


def test_a_blocking_store_is_not_awaited(tmp_path: Path) -> None:
    receiver = Receiver(WEBHOOK, once=patient(SqliteStore(tmp_path / "webhooks.db")))

    def handle(_: PivotalEvent) -> None:
        with pytest.raises(TypeError, match=r"claim\.complete_in\(connection\)"):
            current_claim().complete_in_async(None).send(None)
        raise LeaseLostError

    answer = receiver.respond(Request(signing.svix(), iter([BODY])), handle)
    assert answer.status == 409


KILLED = """
import sqlite3, sys, time
from pivotal_webhooks import Webhook
from pivotal_webhooks.idempotency import Once, SqliteStore, current_claim
from pivotal_webhooks.receiving import Receiver, Request
import signing

file = sys.argv[1]
webhook = Webhook(signing.SECRET, clock=lambda: signing.NOW)

def handle(event):
    connection = sqlite3.connect(file)
    connection.execute("INSERT INTO effects VALUES ('evt_1')")
    current_claim().complete_in(connection)
    print("in the transaction", flush=True)
    time.sleep(600)

store = SqliteStore(file, clock=lambda: signing.NOW)
receiver = Receiver(webhook, once=Once(store, store_timeout=50))
receiver.respond(Request(signing.svix(), iter([signing.BODY])), handle)
"""


def test_a_worker_that_is_killed_costs_one_lease_and_writes_neither(tmp_path: Path) -> None:
    file = tmp_path / "webhooks.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE effects (id text)")
    tests = str(Path(__file__).parent)
    paths = os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(file)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"in the transaction\n"
    child.kill()
    child.communicate()

    assert SqliteStore(file, clock=lambda: NOW).claim(KEY, "another worker", 1000) == 60_000
    assert SqliteStore(file, clock=lambda: NOW + 60).claim(KEY, "another worker", 1000) == 0
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM effects").fetchone() == (0,)
