"""Every store does what `idempotency/scenarios.json` says."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pivotal_webhooks.idempotency import (
    DONE,
    AsyncRedisStore,
    MemoryStore,
    RedisStore,
    SqliteStore,
    StoreFullError,
)
from store_cases import KINDS, LEASE, SCENARIOS, Case, Clock, Servers, empty_store, outcome
from store_servers import needs_servers
from wire import TIMEOUT


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.close()


@pytest.fixture(params=KINDS)
def case(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Case]:
    with empty_store(request.param, servers) as case:
        yield case


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[one["name"] for one in SCENARIOS])
def test_a_store_does_what_the_scenario_says(case: Case, scenario: dict[str, Any]) -> None:
    # A store with a monotonic clock has less left after its wall clock was set back.
    precise = not any("clock" in step for step in scenario["steps"])
    for number, step in enumerate(scenario["steps"]):
        assert outcome(case, step, precise=precise) == step.get("gives"), f"step {number}: {step}"


def test_the_scenarios_are_well_formed() -> None:
    assert len({scenario["name"] for scenario in SCENARIOS}) == len(SCENARIOS) >= 18
    for scenario in SCENARIOS:
        for step in scenario["steps"]:
            if step.keys() & {"wait", "clock"}:
                assert len(step) == 1
            else:
                assert step["do"] in ("claim", "renew", "complete", "release")
                assert ("left" in step) == (step["gives"] == "in_progress")


# An event loop runs in one thread: its stores send the same scripts and statements.
@pytest.mark.parametrize("kind", [kind for kind in KINDS if "async" not in str(kind.values[0])])
def test_of_many_workers_at_once_exactly_one_claims(kind: str, servers: Servers) -> None:
    with empty_store(kind, servers) as case, ThreadPoolExecutor(16) as pool:
        barrier = threading.Barrier(16)

        def claim(worker: int) -> int:
            barrier.wait()
            return case.original.claim("first", str(worker), LEASE * case.second)  # type: ignore[no-any-return]

        results = Counter(result == 0 for result in pool.map(claim, range(16)))
        assert results == {True: 1, False: 15}


def test_sqlite_outlives_its_process_and_is_shared_by_several(tmp_path: Path) -> None:
    file = tmp_path / "webhooks.db"
    program = (
        "import sys; from pivotal_webhooks.idempotency import SqliteStore;"
        "store = SqliteStore(sys.argv[1], timeout=120);"
        "print(store.claim('first', sys.argv[2], 3_600_000))"
    )
    command = [sys.executable, "-c", program, str(file)]
    children = [
        subprocess.Popen([*command, str(worker)], stdout=subprocess.PIPE) for worker in range(4)
    ]
    results = sorted(int(child.communicate(timeout=TIMEOUT)[0]) for child in children)
    assert [result == 0 for result in results] == [True, False, False, False]
    assert SqliteStore(file).claim("first", "late", 60_000) > 0


def test_sqlite_refuses_a_path_that_is_no_file() -> None:
    with pytest.raises(ValueError, match="must name a file"):
        SqliteStore(":memory:")


def test_sqlite_forgets_what_has_expired(tmp_path: Path) -> None:
    clock = Clock(1_750_000_000)
    store = SqliteStore(tmp_path / "webhooks.db", clock=clock)
    for number in range(99):
        assert store.complete(str(number), "a", 1000)
    clock.advance(1000)
    assert store.complete("last", "a", 1000)
    assert store._open().execute("SELECT key FROM pivotal_webhooks_events").fetchall() == [
        ("last",)
    ]
    store.close()


def test_memory_refuses_what_it_has_no_room_for_and_forgets_nothing() -> None:
    clock = Clock(1000)
    store = MemoryStore(3, clock=clock)
    assert store.complete("done", "a", 10_000)
    assert store.claim("running", "a", 60_000) == 0
    assert store.claim("released", "a", 60_000) == 0
    with pytest.raises(StoreFullError, match="3 events"):
        store.claim("further", "a", 60_000)
    assert store.claim("done", "b", 60_000) == DONE
    assert store.claim("running", "b", 60_000) == 60_000
    assert store.release("released", "a")
    assert store.claim("further", "a", 60_000) == 0
    with pytest.raises(StoreFullError):
        store.complete("unknown", "a", 60_000)
    clock.advance(10_000)
    assert store.claim("later", "a", 60_000) == 0
    assert len(store) == 3


def test_full_memory_looks_for_expired_events_once_per_second() -> None:
    clock = Clock(1000)
    store = MemoryStore(1, clock=clock)
    assert store.complete("done", "a", 1000)
    clock.advance(500)
    with pytest.raises(StoreFullError):
        store.claim("further", "a", 60_000)
    clock.advance(999)
    with pytest.raises(StoreFullError):
        store.claim("further", "a", 60_000)
    clock.advance(1)
    assert store.claim("further", "a", 60_000) == 0


@pytest.mark.parametrize("capacity", [0, -1])
def test_memory_has_room_for_something(capacity: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        MemoryStore(capacity)


@needs_servers
def test_each_redis_store_refuses_the_other_client(servers: Servers) -> None:
    import redis
    import redis.asyncio

    with pytest.raises(TypeError, match="AsyncRedisStore"):
        RedisStore(redis.asyncio.Redis(port=servers.redis))  # type: ignore[arg-type]
    with redis.Redis(port=servers.redis) as client, pytest.raises(TypeError, match="RedisStore"):
        AsyncRedisStore(client)


@needs_servers
def test_redis_keys_have_the_prefix_and_expire(servers: Servers) -> None:
    import redis

    with redis.Redis(port=servers.redis) as client:
        client.flushall()
        store = RedisStore(client, prefix="crm:")
        store.claim("running", "a", 60_000)
        store.complete("done", "a", 60_000)
        assert sorted(client.scan_iter()) == [b"crm:done", b"crm:running"]
        assert all(0 < client.pttl(key) <= 60_000 for key in client.scan_iter())


@needs_servers
@pytest.mark.parametrize("kind", ["redis", "redis-async"])
def test_redis_takes_one_round_trip_to_claim_and_one_to_complete(
    kind: str, servers: Servers
) -> None:
    import redis

    with (
        empty_store(kind, servers) as case,
        redis.Redis(port=servers.redis) as watching,
        redis.Redis(port=servers.redis) as other,
    ):
        # The first calls connect and load the scripts.
        other.echo("begin")
        case.store.claim("first", "a", 60_000)
        case.store.complete("first", "a", 60_000)
        sent = []
        with watching.monitor() as monitor:
            case.store.claim("second", "a", 60_000)
            case.store.complete("second", "a", 60_000)
            other.echo("end")
            for seen in monitor.listen():
                if seen["command"].startswith("ECHO"):
                    break
                if seen["client_type"] != "lua":
                    sent.append(seen["command"].split()[0])
        assert sent == ["EVALSHA", "EVALSHA"]


def test_nothing_is_imported_before_it_is_used() -> None:
    program = (
        "import sys, pivotal_webhooks.asgi;"
        "assert not [name for name in sys.modules if 'idempotency' in name];"
        "from pivotal_webhooks.idempotency import AsyncpgStore, RedisStore, PostgresStore;"
        "assert not {'sqlite3', 'redis', 'psycopg', 'asyncpg'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=TIMEOUT)
