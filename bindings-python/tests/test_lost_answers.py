"""A client that repeats a completion whose answer was lost completes the event once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import redis
import redis.asyncio
import signing
from losing_proxy import LosingProxy
from pivotal_webhooks import Webhook
from pivotal_webhooks.idempotency import DONE, AsyncRedisStore, Once, RedisStore
from pivotal_webhooks.receiving import Answer
from signing import BODY, NOW, SECRET
from store_cases import KEEP, LEASE, Blocking, asyncio_loop
from store_servers import needs_servers, redis_server
from wire import TIMEOUT

pytestmark = needs_servers

EVENT = Webhook(SECRET, clock=lambda: NOW).unwrap(BODY, signing.svix())


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with redis_server() as port:
        yield port


@pytest.fixture
def proxy(port: int) -> Iterator[LosingProxy]:
    with redis.Redis(port=port) as client:
        client.flushall()
    with LosingProxy(port) as proxy:
        yield proxy


@pytest.fixture(params=["redis", "redis.asyncio"])
def store(request: pytest.FixtureRequest, proxy: LosingProxy) -> Iterator[Any]:
    """A store whose client repeats commands as it does by default, and whose scripts are loaded."""
    with ExitStack() as stack:
        store: Any
        if request.param == "redis":
            store = RedisStore(stack.enter_context(redis.Redis(port=proxy.port)))
        else:
            run = stack.enter_context(asyncio_loop())
            client = redis.asyncio.Redis(port=proxy.port)
            stack.callback(lambda: run(client.aclose()))
            store = Blocking(AsyncRedisStore(client), run)
        assert store.claim("another", "a", LEASE * 1000) == 0
        assert store.complete("another", "a", KEEP * 1000)
        yield store


def test_a_repeated_completion_succeeds(store: Any, proxy: LosingProxy, port: int) -> None:
    assert store.claim("first", "a", LEASE * 1000) == 0
    proxy.lose_next_answer()
    assert store.complete("first", "a", KEEP * 1000)
    assert proxy.lost == 1
    with redis.Redis(port=port) as client:
        assert RedisStore(client).claim("first", "b", LEASE * 1000) == DONE


def test_a_completion_of_another_worker_that_is_repeated_fails(
    store: Any, proxy: LosingProxy, port: int
) -> None:
    with redis.Redis(port=port) as client:
        assert RedisStore(client).complete("first", "b", KEEP * 1000)
    proxy.lose_next_answer()
    assert not store.complete("first", "a", KEEP * 1000)
    assert proxy.lost == 1


def test_the_worker_that_completed_the_event_reports_no_lost_lease(proxy: LosingProxy) -> None:
    outcomes: list[object] = []
    with redis.Redis(port=proxy.port) as client:
        store = RedisStore(client)
        assert store.complete("another", "a", KEEP * 1000)
        once = Once(store, lease=TIMEOUT + 1, store_timeout=TIMEOUT)

        def handle(_: object) -> str:
            proxy.lose_next_answer()
            return "its own answer"

        answer = once.run(EVENT, handle, report=outcomes.append)
    assert proxy.lost == 1
    assert answer == Answer(200, returned="its own answer")
    assert outcomes == []
