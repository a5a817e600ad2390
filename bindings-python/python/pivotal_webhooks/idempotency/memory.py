"""A store in the memory of one process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from pivotal_webhooks._core import RememberedEvents
from pivotal_webhooks.idempotency.data import LEASE_SECONDS, MEMORY_CAPACITY

__all__ = ["MemoryStore"]


class MemoryStore:
    """Remembers events until its process ends; for one process, and for tests.

    Several processes, such as the workers of a server, have a store each, so that each of them
    handles an event once: use another store there. It has no room for more than `capacity` events;
    a further one is refused until others have expired, and no event is forgotten before its time.
    An event needs 30 to 60 bytes.

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
        self._clock = clock
        # It remembers the token of a completion for one to two default leases.
        self._events = RememberedEvents(capacity, LEASE_SECONDS * 1000)

    def __bool__(self) -> bool:
        """Return `True`: an empty store is a store."""
        return True

    def __len__(self) -> int:
        """Return how many events it remembers, expired ones included."""
        return len(self._events)

    def claim(self, key: str, token: str, lease: int) -> int:
        """As `Store.claim`.

        :raises StoreFullError: It remembers `capacity` events.
        """
        return self._events.claim(key, token, lease, self._clock())

    def complete(self, key: str, token: str, keep: int) -> bool:
        """As `Store.complete`.

        :raises StoreFullError: As `claim`, for an event that is not claimed.
        """
        return self._events.complete(key, token, keep, self._clock())

    def release(self, key: str, token: str) -> bool:
        """As `Store.release`."""
        return self._events.release(key, token, self._clock())
