"""The stores under test: what serves them, their faults, and what is in them at the end."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

import psycopg
import redis
from pivotal_webhooks.idempotency import SqliteStore
from pivotal_webhooks.idempotency.postgres import MIGRATION
from proxy import run as run_proxy
from receivers import FORKS, listening
from store_servers import free_port, postgres_server, redis_process

CLOCK = "clock"
"""The file with the seconds by which the clock of the SQLite store is wrong."""

FAULT = 1.0
"""Seconds that a server is paused or cut off."""

Fault = Callable[[], object]


class Store(Protocol):
    """A store that all receivers of a run use."""

    place: str
    """What the receivers connect to."""

    def faults(self) -> dict[str, Fault]:
        """The faults of the store by name. Each call is one fault, from beginning to end."""
        ...

    def done(self) -> set[str]:
        """The keys of the events that are done."""
        ...

    def effects(self) -> list[str] | None:
        """The keys that were written in the transactions of handlers, if there are transactions."""
        ...


class Redis:
    """A Redis that writes each command to its disk before it answers, behind a proxy."""

    OPTIONS = ("--save", "", "--appendonly", "yes", "--appendfsync", "always")

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = str(folder)
        self._port = free_port()
        self._server = stack.enter_context(ExitStack())
        self._proxy_listener = stack.enter_context(listening())
        stack.callback(lambda: self._proxy.kill())
        self.place = str(self._proxy_listener.getsockname()[1])
        self._start()
        self._connect()

    def _start(self) -> None:
        server = redis_process(self._folder, self._port, *self.OPTIONS)
        self._process = self._server.enter_context(server)

    def _connect(self) -> None:
        self._proxy = FORKS.Process(target=run_proxy, args=(self._proxy_listener, self._port))
        self._proxy.start()

    def faults(self) -> dict[str, Fault]:
        return {
            "restarted": self.restart,
            "stopped": self.stop,
            "paused": self.pause,
            "cut off": self.cut,
        }

    def restart(self) -> None:
        self._process.kill()
        self._server.close()
        self._start()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(FAULT)
        self._process.send_signal(signal.SIGCONT)

    def pause(self) -> None:
        with redis.Redis(port=self._port) as client:
            client.client_pause(int(FAULT * 1000))
        time.sleep(FAULT)

    def cut(self) -> None:
        self._proxy.kill()
        self._proxy.join()
        time.sleep(FAULT)
        self._connect()

    def done(self) -> set[str]:
        with redis.Redis(port=self._port, decode_responses=True) as client:
            keys = list(client.scan_iter(count=1000))
            values = client.mget(keys) if keys else []
        stored = dict(zip(keys, values, strict=True))
        return {key.removeprefix("webhook:") for key in keys if stored[key].startswith("done:")}

    def effects(self) -> None:
        return None


class Sql:
    """A database in which the handlers write their effect and the mark in one transaction."""

    def __init__(self, query: Callable[[str], Iterable[tuple[str]]]) -> None:
        self._query = query

    def done(self) -> set[str]:
        marks = "SELECT key FROM pivotal_webhooks_events WHERE lease = 0"
        return {key for (key,) in self._query(marks)}

    def effects(self) -> list[str]:
        return [key for (key,) in self._query("SELECT key FROM effects")]


class Postgres(Sql):
    """A PostgreSQL whose backends are terminated while they work."""

    def __init__(self, _: Path, stack: ExitStack) -> None:
        self.place = stack.enter_context(postgres_server())
        connection = stack.enter_context(psycopg.connect(self.place, autocommit=True))
        connection.execute(MIGRATION.encode())
        connection.execute("CREATE TABLE effects (key text)")
        self._connection = connection
        super().__init__(lambda text: connection.execute(text.encode()))

    def faults(self) -> dict[str, Fault]:
        return {"backend terminated": self.terminate}

    def terminate(self) -> None:
        backends = self._connection.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        ).fetchall()
        if backends:
            self._connection.execute("SELECT pg_terminate_backend(%s)", random.choice(backends))


class Sqlite(Sql):
    """A file, and a clock that is set back an hour at a time."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.place = str(folder / "webhooks.db")
        store = SqliteStore(self.place)
        store.release("none", "none")
        store.close()
        connection = stack.enter_context(closing(sqlite3.connect(self.place, timeout=20)))
        connection.execute("CREATE TABLE effects (key TEXT)")
        super().__init__(connection.execute)
        self._wrong_by = 0
        self._clock = os.open(folder / CLOCK, os.O_WRONLY | os.O_CREAT)
        self._set_clock()

    def faults(self) -> dict[str, Fault]:
        return {"clock set back an hour": self.set_back}

    def set_back(self) -> None:
        self._wrong_by -= 3600
        self._set_clock()

    def _set_clock(self) -> None:
        # In one write of one length, as the receivers read it at any time.
        os.pwrite(self._clock, f"{self._wrong_by:>20}".encode(), 0)


STORES: dict[str, Callable[[Path, ExitStack], Store]] = {
    "redis": Redis,
    "postgres": Postgres,
    "sqlite": Sqlite,
}
