"""The claim that a running handler has on its event."""

from __future__ import annotations

import os
import time
from contextvars import ContextVar
from typing import Any, Final

from pivotal_webhooks.idempotency.store import AnyStore, LeaseLostError
from pivotal_webhooks.receiving import is_async

__all__ = ["Claim", "current_claim"]


class Claim:
    """The claim of one worker on one event; `current_claim` returns it inside of a handler."""

    def __init__(self, store: AnyStore, key: str, *, lease: int, keep: int) -> None:
        self.key: Final = key
        """The event's `idempotency_key`."""
        self.token: Final = os.urandom(16).hex()
        """The text by which the store knows this worker."""
        self.lease: Final = lease
        """How long the claim lasts after it was made or renewed, in milliseconds."""
        self.keep: Final = keep
        """How long the event stays done, in milliseconds."""
        self.was_taken = False
        """Whether the store said that another worker has claimed or completed the event."""
        self.in_transaction = False
        """Whether `complete_in` or `complete_in_async` was called."""
        self._store: Any = store
        self._ends_at: float | None = None

    @property
    def is_lost(self) -> bool:
        """Whether another worker has claimed or completed the event, or can claim it by now.

        That is so when a renewal has found it, or when the lease has ended by this machine's clock
        without a renewal. A long handler can look at it and stop.
        """
        return self.was_taken or (self._ends_at is not None and time.monotonic() >= self._ends_at)

    def took(self, left: int, *, began_at: float) -> None:
        """Note what the store said to a claim or a renewal.

        :param left: The result of `Store.claim`.
        :param began_at: When it was asked, on the monotonic clock. The lease ends by this time.
        """
        self.was_taken = left != 0
        if left == 0:
            self._ends_at = began_at + self.lease / 1000

    def complete_in(self, connection: Any) -> None:
        """Mark the event as done in the transaction of a connection of your own.

        The effect of the handler and the mark are then written together or not at all. Commit
        before the handler returns: the receiver answers 200 only if the store says by then that the
        event is done.

        :param connection: A connection to the file of the `SqliteStore`, or a psycopg connection
            to the database of the `PostgresStore`, with a transaction open.
        :raises LeaseLostError: Another worker has claimed or completed the event. Let the error
            leave the transaction, so that it is rolled back.
        :raises TypeError: The store is async, or can't take part in a transaction.
        """
        function = self._function_of_store()
        if is_async(function):
            raise TypeError("the store is async: use `await claim.complete_in_async(connection)`")
        self._check(function(connection, self.key, self.token, self.keep))

    async def complete_in_async(self, connection: Any) -> None:
        """Do as `complete_in` does, with an async connection and the `AsyncPostgresStore`
        or `AsyncpgStore`."""
        function = self._function_of_store()
        if not is_async(function):
            raise TypeError("the store is not async: use `claim.complete_in(connection)`")
        self._check(await function(connection, self.key, self.token, self.keep))

    def _function_of_store(self) -> Any:
        function = getattr(self._store, "complete_in", None)
        if function is None:
            kind = type(self._store).__name__
            raise TypeError(f"a {kind} can't take part in a transaction: use a store in SQL")
        return function

    def _check(self, is_done: bool) -> None:
        self.in_transaction = True
        if not is_done:
            self.was_taken = True
            raise LeaseLostError("another worker has claimed or completed this event")


CURRENT: Final[ContextVar[Claim | None]] = ContextVar("pivotal_webhooks_claim", default=None)
"""The claim of the handler that runs in this context."""


def current_claim() -> Claim:
    """Return the claim of the handler that calls this.

    It works in async handlers, in plain ones, and in functions that they call in the same context.

    :raises LookupError: No handler runs here, or its receiver has no store.
    """
    claim = CURRENT.get()
    if claim is None:
        raise LookupError("no handler of a receiver with the option `once` runs here")
    return claim
