"""How many bytes each store needs to remember an event, and what 1, 10 and 50 million events need.

The stores of JavaScript write the same rows and keys; `bindings-node/bench/once.mjs` measures their
memory store. It starts a Redis and a PostgreSQL server of its own.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import psycopg_pool
import redis
from pivotal_webhooks.idempotency import (
    MemoryStore,
    PostgresStore,
    RedisStore,
    SqliteStore,
    Store,
)
from store_servers import postgres_server, redis_server

EVENTS = 3_000
IN_MEMORY = 500_000
"""How many events the memory store gets. Its table has just doubled, and half of it is empty."""
EVENTS_PER_SECOND = 17
"""By the clock of the memory store, which remembers tokens for up to two minutes."""
WEEK = 604_800_000
MILLIONS = (1, 10, 50)


def main() -> None:
    print(f"{'store':>12}{'bytes':>8}" + "".join(f"{size:>8} M" for size in MILLIONS))
    stores = {
        "memory": of_memory,
        "SQLite": of_sqlite,
        "Redis": of_redis,
        "PostgreSQL": of_postgres,
    }
    for name, measure in stores.items():
        measured = measure()
        sizes = "".join(f"{size * measured / 1000:>7.1f} GB" for size in MILLIONS)
        print(f"{name:>12}{measured:>8.0f}{sizes}", flush=True)


def grows(store: Store, size: Callable[[], int], events: int = EVENTS) -> float:
    """Return by how many bytes the store grows for each event that is done."""
    before = size()
    for number in range(events):
        key = f"pivotal_{sha256(str(number).encode()).hexdigest()[:32]}"
        token = f"{number:032x}"
        assert store.claim(key, token, 60_000) == 0
        assert store.complete(key, token, WEEK)
    return (size() - before) / events


def of_memory() -> float:
    operations = count()
    store = MemoryStore(clock=lambda: next(operations) / (2 * EVENTS_PER_SECOND))

    def size() -> int:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    return grows(store, size, IN_MEMORY)


def of_sqlite() -> float:
    # In memory, where it can be, as no write waits for a disk then.
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").exists() else None) as folder:
        file = Path(folder, "webhooks.db")
        store = SqliteStore(file)

        def size() -> int:
            store.release("none", "none")
            store.close()  # moves what is in the write-ahead log into the file
            return file.stat().st_size

        return grows(store, size)


def of_redis() -> float:
    with redis_server() as port, redis.Redis(port=port) as client:
        return grows(RedisStore(client), lambda: int(client.info("memory")["used_memory"]))


def of_postgres() -> float:
    with postgres_server() as dsn, psycopg_pool.ConnectionPool(dsn, open=True) as pool:
        store = PostgresStore(pool.connection)
        store.migrate()

        def size() -> int:
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute("VACUUM pivotal_webhooks_events")
                query = "SELECT pg_total_relation_size('pivotal_webhooks_events')"
                (total,) = connection.execute(query).fetchone() or (0,)
                return int(total)

        return grows(store, size)


if __name__ == "__main__":
    main()
