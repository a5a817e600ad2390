"""Stores in Redis or Valkey, for many machines."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pivotal_webhooks.idempotency.data import REDIS, REDIS_PREFIX
from pivotal_webhooks.receiving import is_async

if TYPE_CHECKING:
    from redis import Redis
    from redis.asyncio import Redis as AsyncRedis
    from valkey import Valkey
    from valkey.asyncio import Valkey as AsyncValkey

__all__ = ["AsyncRedisStore", "RedisStore"]


class RedisStore:
    """Remembers events in Redis or Valkey, by a client of redis-py or valkey-py.

    An operation is one round trip. The server's clock counts, and a key expires by itself. Redis
    must keep its data: a server that evicts keys (`maxmemory-policy`), or a failover to a replica
    that lags behind, forgets events, and a forgotten event is handled again.

    :param client: A `redis.Redis`, a `valkey.Valkey`, or another client with their methods.
    :param prefix: What every key starts with.
    :raises TypeError: The client is async.
    """

    def __init__(self, client: Redis | Valkey, *, prefix: str = REDIS_PREFIX) -> None:
        if _awaits(client):
            raise TypeError("client is async: use `AsyncRedisStore`")
        self._scripts = _scripts(client)
        self._prefix = prefix

    def claim(self, key: str, token: str, lease: int) -> int:
        """As `Store.claim`."""
        return int(self._run("claim", key, token, lease))

    def complete(self, key: str, token: str, keep: int) -> bool:
        """As `Store.complete`."""
        return bool(self._run("complete", key, token, keep))

    def release(self, key: str, token: str) -> bool:
        """As `Store.release`."""
        return bool(self._run("release", key, token))

    def _run(self, script: str, key: str, *arguments: str | int) -> Any:
        return self._scripts[script](keys=[self._prefix + key], args=arguments)


class AsyncRedisStore:
    """Remembers events in Redis or Valkey, by an async client; otherwise as `RedisStore`.

    :param client: A `redis.asyncio.Redis`, a `valkey.asyncio.Valkey`, or another client with their
        methods.
    :param prefix: What every key starts with.
    :raises TypeError: The client is not async.
    """

    def __init__(self, client: AsyncRedis | AsyncValkey, *, prefix: str = REDIS_PREFIX) -> None:
        if not _awaits(client):
            raise TypeError("client is not async: use `RedisStore`")
        self._scripts = _scripts(client)
        self._prefix = prefix

    async def claim(self, key: str, token: str, lease: int) -> int:
        """As `Store.claim`."""
        return int(await self._run("claim", key, token, lease))

    async def complete(self, key: str, token: str, keep: int) -> bool:
        """As `Store.complete`."""
        return bool(await self._run("complete", key, token, keep))

    async def release(self, key: str, token: str) -> bool:
        """As `Store.release`."""
        return bool(await self._run("release", key, token))

    def _run(self, script: str, key: str, *arguments: str | int) -> Awaitable[Any]:
        run: Awaitable[Any] = self._scripts[script](keys=[self._prefix + key], args=arguments)
        return run


def _awaits(client: Any) -> bool:
    return is_async(client.execute_command)


def _scripts(client: Any) -> dict[str, Any]:
    """The scripts by name. Each is loaded by the server once, and called by its hash."""
    return {name: client.register_script(text) for name, text in REDIS.items()}
