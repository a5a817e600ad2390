"""A store in the memory of one process."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import blake2b
from math import ceil
from threading import Lock
from typing import ClassVar, TypeAlias

from pivotal_webhooks.idempotency.data import LEASE_SECONDS, MEMORY_CAPACITY
from pivotal_webhooks.idempotency.store import DONE, StoreFullError

__all__ = ["MemoryStore"]


class MemoryStore:
    """Remembers events until its process ends; for one process, and for tests.

    Several processes, such as the workers of a server, have a store each, so that each of them
    handles an event once: use another store there. It has no room for more than `capacity` events;
    a further one is refused until others have expired, and no event is forgotten before its time.
    An event needs about 100 bytes.

    :param capacity: How many events it remembers, 1000000 by default. At 1 event per second and 7
        days, 604800 are needed.
    :param clock: A function that returns seconds and never goes back, for tests.
    """

    never_blocks: ClassVar[bool] = True
    """Nothing has to wait for this store in a thread."""

    def __init__(
        self, capacity: int = MEMORY_CAPACITY, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self._capacity = capacity
        self._clock = clock
        self._lock = Lock()
        self._in_progress: dict[str, _Claim] = {}
        # By digest, in seconds.
        self._done: dict[bytes, int] = {}
        self._last_expiry = 0
        # The tokens of the last completions, which are remembered for one to two default leases.
        self._completed_by: dict[bytes, str] = {}
        self._completed_by_before: dict[bytes, str] = {}
        self._forgets_at = 0.0
        self._cleans_at = 0.0

    def __bool__(self) -> bool:
        """Return `True`: an empty store is a store."""
        return True

    def __len__(self) -> int:
        """Return how many events it remembers, expired ones included."""
        return len(self._in_progress) + len(self._done)

    def claim(self, key: str, token: str, lease: int) -> int:
        """As `Store.claim`.

        :raises StoreFullError: It remembers `capacity` events.
        """
        with self._lock:
            now = self._clock()
            held = self._in_progress.get(key)
            if held is None:
                digest = _digest(key)
                expiry = self._done.get(digest)
                if expiry is not None:
                    if expiry > now:
                        return DONE
                    del self._done[digest]
                self._make_room(now)
            else:
                other, expires_at, digest = held
                if other != token and expires_at > now:
                    return max(1, round((expires_at - now) * 1000))
            self._in_progress[key] = token, now + lease / 1000, digest
            return 0

    def complete(self, key: str, token: str, keep: int) -> bool:
        """As `Store.complete`.

        :raises StoreFullError: As `claim`, for an event that is not claimed.
        """
        with self._lock:
            now = self._clock()
            held = self._in_progress.get(key)
            if held is not None:
                other, expires_at, digest = held
                if other != token and expires_at > now:
                    return False
                del self._in_progress[key]
            else:
                digest = _digest(key)
                expiry = self._done.get(digest)
                if expiry is None or expiry <= now:
                    self._done.pop(digest, None)
                    self._make_room(now)
                elif not self._was_completed_by(digest, token):
                    return False
            # One int for all events of a second: an int for each event would need 32 bytes.
            expiry = ceil(now + keep / 1000)
            if expiry != self._last_expiry:
                self._last_expiry = expiry
            self._done[digest] = self._last_expiry
            if now >= self._forgets_at:
                self._completed_by_before, self._completed_by = self._completed_by, {}
                self._forgets_at = now + LEASE_SECONDS
            self._completed_by[digest] = token
            return True

    def release(self, key: str, token: str) -> bool:
        """As `Store.release`."""
        with self._lock:
            held = self._in_progress.get(key)
            if held is None:
                return False
            other, expires_at, _ = held
            if other != token or expires_at <= self._clock():
                return False
            del self._in_progress[key]
            return True

    def _was_completed_by(self, digest: bytes, token: str) -> bool:
        before = self._completed_by_before.get(digest)
        return self._completed_by.get(digest, before) == token

    def _make_room(self, now: float) -> None:
        if len(self._in_progress) + len(self._done) < self._capacity:
            return
        # Not more than once per second, as it looks at every event.
        if now >= self._cleans_at:
            self._cleans_at = now + 1
            self._done = {digest: at for digest, at in self._done.items() if at > now}
            running = self._in_progress.items()
            self._in_progress = {key: held for key, held in running if held[1] > now}
        if len(self) >= self._capacity:
            raise StoreFullError(f"the store remembers {self._capacity} events: its capacity")


_Claim: TypeAlias = tuple[str, float, bytes]
"""The token, when the lease ends, and the digest of the key."""


def _digest(key: str) -> bytes:
    """A digest of a key, for which Python needs 48 bytes. With one byte more it would be 64."""
    return blake2b(key.encode(), digest_size=15).digest()
