"""A store in the memory of one process."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import blake2b
from threading import Lock
from typing import ClassVar, NamedTuple

from pivotal_webhooks.idempotency.data import LEASE_SECONDS, MEMORY_CAPACITY
from pivotal_webhooks.idempotency.store import DONE, StoreFullError

__all__ = ["MemoryStore"]


class MemoryStore:
    """Remembers events until its process ends; for one process, and for tests.

    Several processes, such as the workers of a server, have a store each, so that each of them
    handles an event once: use another store there. It has no room for more than `capacity` events;
    a further one is refused, and no event is forgotten before its time. An event needs about 100
    bytes.

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
        self._in_progress: dict[bytes, _Claim] = {}
        # Events expire in about the order in which they were done, as all are kept equally long.
        self._done: dict[bytes, int] = {}
        self._last_expiry = 0
        # The tokens of the last completions, which are remembered for one to two default leases.
        self._completed_by: dict[bytes, str] = {}
        self._completed_by_before: dict[bytes, str] = {}
        self._forgets_at = 0

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
        name = _name(key)
        with self._lock:
            now = self._now()
            expires_at = self._done.get(name, now)
            if expires_at > now:
                return DONE
            held = self._in_progress.get(name)
            if held is not None and held.token != token and held.expires_at > now:
                return held.expires_at - now
            if held is None:
                self._done.pop(name, None)
                self._make_room(now)
            self._in_progress[name] = _Claim(token, now + lease)
            return 0

    def complete(self, key: str, token: str, keep: int) -> bool:
        """As `Store.complete`.

        :raises StoreFullError: As `claim`, for an event that is not claimed.
        """
        name = _name(key)
        with self._lock:
            now = self._now()
            held = self._in_progress.get(name)
            if self._done.get(name, now) > now:
                if not self._was_completed_by(name, token):
                    return False
            elif held is None:
                self._done.pop(name, None)
                self._make_room(now)
            elif held.token != token and held.expires_at > now:
                return False
            self._in_progress.pop(name, None)
            # One int for all events of a second: an int for each event would need 32 bytes.
            expiry = -(-(now + keep) // 1000) * 1000
            if expiry != self._last_expiry:
                self._last_expiry = expiry
            self._done[name] = self._last_expiry
            if now >= self._forgets_at:
                self._completed_by_before, self._completed_by = self._completed_by, {}
                self._forgets_at = now + LEASE_SECONDS * 1000
            self._completed_by[name] = token
            return True

    def release(self, key: str, token: str) -> bool:
        """As `Store.release`."""
        name = _name(key)
        with self._lock:
            held = self._in_progress.get(name)
            if held is None or held.token != token or held.expires_at <= self._now():
                return False
            del self._in_progress[name]
            return True

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _was_completed_by(self, name: bytes, token: str) -> bool:
        before = self._completed_by_before.get(name)
        return self._completed_by.get(name, before) == token

    def _make_room(self, now: int) -> None:
        if len(self) < self._capacity:
            return
        while self._done and next(iter(self._done.values())) <= now:
            del self._done[next(iter(self._done))]
        if len(self) < self._capacity:
            return
        self._done = {name: at for name, at in self._done.items() if at > now}
        running = self._in_progress.items()
        self._in_progress = {name: held for name, held in running if held.expires_at > now}
        if len(self) >= self._capacity:
            raise StoreFullError(f"the store remembers {self._capacity} events: its capacity")


class _Claim(NamedTuple):
    token: str
    expires_at: int


def _name(key: str) -> bytes:
    """A digest of the key, for which Python needs 48 bytes. With one byte more it would be 64."""
    return blake2b(key.encode(), digest_size=15).digest()
