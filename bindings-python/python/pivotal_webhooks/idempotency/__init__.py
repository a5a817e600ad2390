"""Stores of handled events, so that a receiver runs its handler once per event.

    receiver = WebhookReceiver(webhook, once=SqliteStore("webhooks.db"))

For each event, at most one handler runs at a time, at least one run happens, and exactly one run
completes. A run that fails or is killed is repeated.

| store | for | made of |
| --- | --- | --- |
| `MemoryStore` | one process | nothing |
| `SqliteStore` | processes on one machine | a path |
| `RedisStore`, `AsyncRedisStore` | many machines | a client of redis-py |
| `PostgresStore`, `AsyncPostgresStore` | many machines | a function that connects by psycopg |
| `AsyncpgStore` | many machines | a function that connects by asyncpg |

A store is imported when its name is used. Nothing is imported beside it: the stores for Redis and
PostgreSQL call the client that they are made of.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from pivotal_webhooks.idempotency.store import (
    DONE,
    AnyStore,
    AsyncStore,
    LeaseLostError,
    Store,
    StoreFullError,
)

if TYPE_CHECKING:
    from pivotal_webhooks.idempotency.claim import Claim, current_claim
    from pivotal_webhooks.idempotency.memory import MemoryStore
    from pivotal_webhooks.idempotency.once import NotCommittedError, Once
    from pivotal_webhooks.idempotency.postgres import (
        AsyncpgStore,
        AsyncPostgresStore,
        PostgresStore,
    )
    from pivotal_webhooks.idempotency.redis import AsyncRedisStore, RedisStore
    from pivotal_webhooks.idempotency.sqlite import SqliteStore

__all__ = [
    "DONE",
    "AnyStore",
    "AsyncPostgresStore",
    "AsyncRedisStore",
    "AsyncStore",
    "AsyncpgStore",
    "Claim",
    "LeaseLostError",
    "MemoryStore",
    "NotCommittedError",
    "Once",
    "PostgresStore",
    "RedisStore",
    "SqliteStore",
    "Store",
    "StoreFullError",
    "current_claim",
]

_MODULES: Final = {
    "AsyncPostgresStore": "postgres",
    "AsyncRedisStore": "redis",
    "AsyncpgStore": "postgres",
    "Claim": "claim",
    "MemoryStore": "memory",
    "NotCommittedError": "once",
    "Once": "once",
    "PostgresStore": "postgres",
    "RedisStore": "redis",
    "SqliteStore": "sqlite",
    "current_claim": "claim",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
