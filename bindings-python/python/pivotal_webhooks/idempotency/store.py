"""What a store does, and how it says that it can't.

A key is the `idempotency_key` of an event. A token is a text that a worker makes for each claim.
Times are whole milliseconds. Each operation is atomic.
"""

from __future__ import annotations

from typing import Final, Protocol, TypeAlias

DONE: Final = -1
"""The result of a claim of an event that is done."""


class Store(Protocol):
    """A store whose operations block until they have a result."""

    def claim(self, key: str, token: str, lease: int) -> int:
        """Claim an event, or renew the claim that the token has already.

        :param lease: How long the claim lasts if it is not renewed.
        :return: 0 if the token has the claim now; `DONE` if the event is done; otherwise the time
            that another claim has left, 1 or more.
        """
        ...

    def complete(self, key: str, token: str, keep: int) -> bool:
        """Mark an event as done.

        A completion whose answer was lost can be repeated with the same token for 60 seconds.

        :param keep: How long it stays done.
        :return: Whether it is done now by this token: true if the token has claimed or completed
            the event, or if no lease runs; false if another token has claimed or completed it.
        """
        ...

    def release(self, key: str, token: str) -> bool:
        """Give up a claim, so that the event can be claimed at once.

        :return: Whether the token had the claim.
        """
        ...


class AsyncStore(Protocol):
    """A store with the operations of `Store` as async functions."""

    async def claim(self, key: str, token: str, lease: int) -> int:
        """As `Store.claim`."""
        ...

    async def complete(self, key: str, token: str, keep: int) -> bool:
        """As `Store.complete`."""
        ...

    async def release(self, key: str, token: str) -> bool:
        """As `Store.release`."""
        ...


AnyStore: TypeAlias = Store | AsyncStore


class StoreFullError(Exception):
    """The store has no room for another event, and keeps those that it has."""


class LeaseLostError(Exception):
    """Another worker has claimed or completed the event since this worker claimed it."""
