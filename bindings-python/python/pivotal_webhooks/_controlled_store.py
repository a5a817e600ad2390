"""The store of `pivotal_webhooks.testing`, with a clock to set and faults to switch on."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import ClassVar, Final, Literal

from pivotal_webhooks.idempotency.memory import MemoryStore

SLOW_SECONDS: Final = 2.0
"""How long an operation of a slow store takes at most: longer than receivers wait by default."""


class ControlledStore(MemoryStore):
    """A memory store for the tests of a receiver with the option `once`.

    `store.fault = "down"` makes every operation raise `ConnectionRefusedError`; `"slow"` makes it
    wait until the fault is switched off, 2 seconds at most, and then fail; `"lease_lost"` gives the
    claim of a running handler to another worker when it is renewed or completed. `None` is no
    fault.

    :param clock: The clock of leases and of the time to keep, such as a `FrozenClock`.
    """

    never_blocks: ClassVar[bool] = False

    def __init__(self, *, clock: Callable[[], float]) -> None:
        super().__init__(clock=clock)
        self._fault: Literal["down", "slow", "lease_lost"] | None = None
        self._changed = Event()

    @property
    def fault(self) -> Literal["down", "slow", "lease_lost"] | None:
        """The fault that is switched on."""
        return self._fault

    @fault.setter
    def fault(self, fault: Literal["down", "slow", "lease_lost"] | None) -> None:
        self._fault = fault
        self._changed.set()
        self._changed = Event()

    def claim(self, key: str, token: str, lease: int) -> int:
        """As `Store.claim`."""
        self._fail(key, token)
        return super().claim(key, token, lease)

    def complete(self, key: str, token: str, keep: int) -> bool:
        """As `Store.complete`."""
        self._fail(key, token)
        return super().complete(key, token, keep)

    def release(self, key: str, token: str) -> bool:
        """As `Store.release`."""
        self._fail(key, token)
        return super().release(key, token)

    def _fail(self, key: str, token: str) -> None:
        if self._fault == "down":
            raise ConnectionRefusedError("the store is down")
        if self._fault == "slow":
            self._changed.wait(SLOW_SECONDS)
            raise TimeoutError("the store was slow")
        # Only a worker that has the claim can lose it.
        if self._fault == "lease_lost" and super().release(key, token):
            super().claim(key, "another worker", 60_000)
