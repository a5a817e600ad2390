"""A store in an SQLite file, for the processes of one machine."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

from pivotal_webhooks.idempotency.data import PURGE_LIMIT, SQLITE, STORE_TIMEOUT_SECONDS

__all__ = ["SqliteStore"]

_OLDEST_SQLITE = (3, 35, 0)
"""The first version with `RETURNING`."""

_COMPLETIONS_PER_PURGE = 100


class SqliteStore:
    """Remembers events in a file, which all processes of one machine can share.

    The file is made when it is first used, in WAL mode, with the table `pivotal_webhooks_events`.
    It must be on a local disk. A process has one connection to it, which all of its threads use.

    :param path: The path of the file.
    :param timeout: How long an operation waits for other processes, in seconds.
    :param clock: A function that returns Unix seconds, for tests.
    :raises RuntimeError: This Python has an SQLite before version 3.35.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        timeout: float = STORE_TIMEOUT_SECONDS,
        clock: Callable[[], float] | None = None,
    ) -> None:
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise RuntimeError(f"SQLite is {sqlite3.sqlite_version}: 3.35 or later is needed")
        if os.fspath(path) in ("", ":memory:"):
            raise ValueError("path must name a file; `MemoryStore` needs none")
        self._path = os.path.abspath(path)
        self._timeout = timeout
        # `time.time` is looked up at each call: tools that freeze the time in tests replace it.
        self._clock = clock or (lambda: time.time())
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._completions = 0

    def claim(self, key: str, token: str, lease: int) -> int:
        """As `Store.claim`."""
        (result,) = self._run("claim", key=key, token=token, lease=lease) or (0,)
        return int(result)

    def complete(self, key: str, token: str, keep: int) -> bool:
        """As `Store.complete`."""
        row = self._run("complete", key=key, token=token, keep=keep)
        self._completions += 1
        if self._completions % _COMPLETIONS_PER_PURGE == 0:
            self._run("purge", limit=PURGE_LIMIT)
        return row is not None

    def release(self, key: str, token: str) -> bool:
        """As `Store.release`."""
        return self._run("release", key=key, token=token) is not None

    def complete_in(self, connection: sqlite3.Connection, key: str, token: str, keep: int) -> bool:
        """As `complete`, in the transaction of a connection to the same file."""
        given = {"key": key, "token": token, "keep": keep, "now": self._now()}
        return connection.execute(SQLITE["complete"], given).fetchone() is not None

    def close(self) -> None:
        """Close the connection of this process. The next operation opens another one."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _run(self, statement: str, **given: object) -> tuple[Any, ...] | None:
        if not self._lock.acquire(timeout=self._timeout):
            raise TimeoutError("other threads of this process kept the store busy")
        try:
            cursor = self._open().execute(SQLITE[statement], {**given, "now": self._now()})
            row: tuple[Any, ...] | None = cursor.fetchone()
            # To the end: a statement with more rows to give has not committed.
            cursor.fetchall()
            return row
        finally:
            self._lock.release()

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _open(self) -> sqlite3.Connection:
        # A connection must not be used in a forked process, nor closed there.
        if self._connection is None or self._process != os.getpid():
            connection = sqlite3.connect(
                self._path,
                timeout=self._timeout,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.executescript(SQLITE["migration"])
            self._connection, self._process = connection, os.getpid()
        return self._connection
