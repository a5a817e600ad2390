"""Stores in PostgreSQL, for many machines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pivotal_webhooks.idempotency.data import POSTGRESQL, PSYCOPG, PURGE_LIMIT

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection

    _Connect: TypeAlias = Callable[[], AbstractContextManager[Connection[Any]]]
    _AsyncConnect: TypeAlias = Callable[
        [],
        AbstractAsyncContextManager[AsyncConnection[Any]]
        | Awaitable[AbstractAsyncContextManager[AsyncConnection[Any]]],
    ]

__all__ = ["MIGRATION", "AsyncPostgresStore", "AsyncpgStore", "PostgresStore"]

MIGRATION: Final = POSTGRESQL["migration"]
"""The SQL that makes the table `pivotal_webhooks_events`, for a migration of your own. It changes
nothing where the table exists."""

_COMPLETIONS_PER_PURGE = 100


class PostgresStore:
    """Remembers events in PostgreSQL, by psycopg 3.

    The server's clock counts. The table `pivotal_webhooks_events` must exist: `migrate` makes it.

    :param connect: A function that returns a connection as a context manager, which commits at its
        end, such as `ConnectionPool(...).connection` of psycopg_pool, or
        `lambda: psycopg.connect(...)`.
    """

    def __init__(self, connect: _Connect) -> None:
        self._connect = connect
        self._completions = 0

    def migrate(self) -> None:
        """Make the table, unless it exists."""
        with self._connect() as connection:
            connection.execute(MIGRATION.encode())

    def claim(self, key: str, token: str, lease: int) -> int:
        """As `Store.claim`."""
        with self._connect() as connection:
            (result,) = _row(connection, "claim", key=key, token=token, lease=lease) or (0,)
        return int(result)

    def complete(self, key: str, token: str, keep: int) -> bool:
        """As `Store.complete`."""
        with self._connect() as connection:
            is_done = self.complete_in(connection, key, token, keep)
            self._completions += 1
            if self._completions % _COMPLETIONS_PER_PURGE == 0:
                connection.execute(_query("purge"), {"limit": PURGE_LIMIT})
        return is_done

    def release(self, key: str, token: str) -> bool:
        """As `Store.release`."""
        with self._connect() as connection:
            return _row(connection, "release", key=key, token=token) is not None

    def complete_in(self, connection: Connection[Any], key: str, token: str, keep: int) -> bool:
        """As `complete`, in the transaction of a connection to the same database."""
        return _row(connection, "complete", key=key, token=token, keep=keep) is not None


class AsyncPostgresStore:
    """Remembers events in PostgreSQL, by psycopg 3 with asyncio; otherwise as `PostgresStore`.

    :param connect: A function that returns a connection as an async context manager, or an
        awaitable of one, such as `AsyncConnectionPool(...).connection` of psycopg_pool, or
        `lambda: psycopg.AsyncConnection.connect(...)`.
    """

    def __init__(self, connect: _AsyncConnect) -> None:
        self._connect = connect
        self._completions = 0

    async def migrate(self) -> None:
        """Make the table, unless it exists."""
        async with await self._connected() as connection:
            await connection.execute(MIGRATION.encode())

    async def claim(self, key: str, token: str, lease: int) -> int:
        """As `Store.claim`."""
        async with await self._connected() as connection:
            row = await _async_row(connection, "claim", key=key, token=token, lease=lease)
        (result,) = row or (0,)
        return int(result)

    async def complete(self, key: str, token: str, keep: int) -> bool:
        """As `Store.complete`."""
        async with await self._connected() as connection:
            is_done = await self.complete_in(connection, key, token, keep)
            self._completions += 1
            if self._completions % _COMPLETIONS_PER_PURGE == 0:
                await connection.execute(_query("purge"), {"limit": PURGE_LIMIT})
        return is_done

    async def release(self, key: str, token: str) -> bool:
        """As `Store.release`."""
        async with await self._connected() as connection:
            return await _async_row(connection, "release", key=key, token=token) is not None

    async def complete_in(
        self, connection: AsyncConnection[Any], key: str, token: str, keep: int
    ) -> bool:
        """As `complete`, in the transaction of a connection to the same database."""
        row = await _async_row(connection, "complete", key=key, token=token, keep=keep)
        return row is not None

    async def _connected(self) -> AbstractAsyncContextManager[AsyncConnection[Any]]:
        connection = self._connect()
        return await connection if isawaitable(connection) else connection


class AsyncpgStore:
    """Remembers events in PostgreSQL, by asyncpg; otherwise as `PostgresStore`.

    :param acquire: A function that returns a connection of asyncpg as an async context manager,
        such as the method `acquire` of a pool, or `lambda: pool.acquire()` if the pool is made
        later, in the running event loop.
    """

    def __init__(self, acquire: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        self._acquire = acquire
        self._completions = 0

    async def migrate(self) -> None:
        """Make the table, unless it exists."""
        async with self._acquire() as connection:
            await connection.execute(MIGRATION)

    async def claim(self, key: str, token: str, lease: int) -> int:
        """As `Store.claim`."""
        async with self._acquire() as connection:
            return int(await connection.fetchval(POSTGRESQL["claim"], key, token, lease))

    async def complete(self, key: str, token: str, keep: int) -> bool:
        """As `Store.complete`."""
        async with self._acquire() as connection:
            is_done = await self.complete_in(connection, key, token, keep)
            self._completions += 1
            if self._completions % _COMPLETIONS_PER_PURGE == 0:
                await connection.execute(POSTGRESQL["purge"], PURGE_LIMIT)
        return is_done

    async def release(self, key: str, token: str) -> bool:
        """As `Store.release`."""
        async with self._acquire() as connection:
            return await connection.fetchval(POSTGRESQL["release"], key, token) is not None

    async def complete_in(self, connection: Any, key: str, token: str, keep: int) -> bool:
        """As `complete`, in the transaction of a connection of asyncpg to the same database."""
        return await connection.fetchval(POSTGRESQL["complete"], key, token, keep) is not None


def _query(statement: str) -> bytes:
    # To the type checkers of psycopg, only a literal `str` is free of injections.
    return PSYCOPG[statement].encode()


def _row(connection: Connection[Any], statement: str, **given: str | int) -> tuple[Any, ...] | None:
    # Not the connection's own rows, which may be dicts or objects.
    from psycopg.rows import tuple_row

    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(_query(statement), given).fetchone()


async def _async_row(
    connection: AsyncConnection[Any], statement: str, **given: str | int
) -> tuple[Any, ...] | None:
    from psycopg.rows import tuple_row

    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_query(statement), given)
        return await cursor.fetchone()
