"""The flow of one event through a store: claim, run the handler, complete or release."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from enum import Enum, auto
from functools import partial
from typing import Any, Final, TypeAlias

from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent, PivotEvent
from pivotal_webhooks.idempotency.claim import CURRENT, Claim
from pivotal_webhooks.idempotency.data import (
    KEEP_SECONDS,
    LEASE_SECONDS,
    MAX_KEEP_SECONDS,
    MAX_LEASE_SECONDS,
    RETRY_AFTER_FAILURE_SECONDS,
    STORE_TIMEOUT_SECONDS,
)
from pivotal_webhooks.idempotency.store import DONE, AnyStore, LeaseLostError
from pivotal_webhooks.receiving import (
    Answer,
    Outcome,
    is_async,
    log_outcome,
    logger,
    running_trio,
)

__all__ = ["NotCommittedError", "Once"]

_Event: TypeAlias = PivotalEvent | PivotEvent
_MAX_THREADS: Final = 32
"""How many operations of one blocking store run at a time. If all of them hang, the next ones time
out without a thread of their own."""


def _always(_: object) -> bool:
    return True


async def _log_outcome_async(outcome: Outcome) -> None:
    log_outcome(outcome)


class NotCommittedError(Exception):
    """A handler called `complete_in`, and its transaction was not committed when it returned."""


class Once:
    """A store, and how a receiver uses it: `WebhookReceiver(webhook, once=Once(store, lease=30))`.

    `once=store` is the same as `once=Once(store)`.

    :param store: One of `pivotal_webhooks.idempotency`, or an object with the operations of `Store`
        or `AsyncStore`.
    :param lease: How long a claim lasts that is not renewed, in seconds: 1 to 43200, 60 by default.
        After a crash the event can be handled again when its lease has ended. While the handler
        runs, the lease is renewed each time that a third of it has passed.
    :param keep: How long an event stays done, in seconds: at most 90 days, 7 days by default. It
        must be at least twice the tolerance of the webhook.
    :param store_timeout: How long the receiver waits for the store, in seconds: 0.5 by default.
    :param dangerously_run_when_store_fails: Run the handler, and answer as it decides, when the
        store can't be reached. The same event can then run several times, also at a time. By
        default the answer is 503, and the sender tries again.
    :raises TypeError: `store` has not the operations of a store.
    :raises ValueError: A number is out of its range.
    """

    def __init__(
        self,
        store: AnyStore,
        *,
        lease: float = LEASE_SECONDS,
        keep: float = KEEP_SECONDS,
        store_timeout: float = STORE_TIMEOUT_SECONDS,
        dangerously_run_when_store_fails: bool = False,
    ) -> None:
        operations = [getattr(store, name, None) for name in ("claim", "complete", "release")]
        if not all(map(callable, operations)):
            raise TypeError(f"{type(store).__name__} is not a store: see `idempotency.Store`")
        if not 1 <= lease <= MAX_LEASE_SECONDS:
            raise ValueError(f"lease must be 1 to {MAX_LEASE_SECONDS} seconds")
        if not 1 <= keep <= MAX_KEEP_SECONDS:
            raise ValueError(f"keep must be 1 to {MAX_KEEP_SECONDS} seconds")
        if not 0 < store_timeout < lease:
            raise ValueError("store_timeout must be more than 0 seconds, and less than the lease")
        self.store: Final = store
        self.is_async: Final = is_async(store.claim)
        """Whether the operations of the store are async functions."""
        self._lease = _milliseconds(lease)
        self._keep = _milliseconds(keep)
        self._timeout = store_timeout
        self._runs_when_store_fails = dangerously_run_when_store_fails
        self._never_blocks = bool(getattr(store, "never_blocks", False))
        self._pool: ThreadPoolExecutor | None = None
        self._process = 0
        self._pool_lock = threading.Lock()
        self._renewals = _Renewals(self._lease / 3000, store_timeout, self._renew)
        self._shielded: set[asyncio.Future[Any]] = set()

    def check(self, webhook: Webhook[Any], *, awaits: bool) -> None:
        """Check that the store fits a receiver.

        :param awaits: Whether the receiver can call async functions.
        :raises ValueError: Events are kept for less than twice the tolerance of the webhook.
        :raises TypeError: The store is async and the receiver isn't.
        """
        least = 2 * (webhook.tolerance or 0)
        if self._keep < least * 1000:
            raise ValueError(
                f"keep must be at least {least} seconds, twice the tolerance: a delivery can be "
                "sent again for as long"
            )
        if self.is_async and not awaits:
            kind = type(self.store).__name__
            raise TypeError(f"{kind} is async, and nothing here awaits it: use a blocking store")

    def run(
        self,
        event: _Event,
        handle: Callable[[Any], object],
        *,
        succeeded: Callable[[Any], bool] = _always,
        report: Callable[[Outcome], object] = log_outcome,
        lease: int | None = None,
    ) -> Answer:
        """Run the handler unless the event is done or in progress, and return the answer.

        Receivers call it, and workers that get restored events from a queue can. The status of the
        answer is 200 if the event is done, now or before. With 409 and 503 it can be tried again
        after `retry_after` seconds: another worker has it, or the store gave no answer.

        :param handle: A function that takes the event.
        :param succeeded: Tells of what the handler returned whether the event is done. By default
            it is, whatever was returned.
        :param report: Is called with an `Outcome` if this call doesn't complete the event.
        :param lease: The lease of this event in milliseconds, which is not renewed.
        :raises Exception: The handler raised it.
        """
        flow = Flow(self, event, succeeded, lease)
        if (answer := flow.begin(report)) is not None:
            return answer
        with flow.running(waits=True):
            try:
                returned = handle(event)
            except BaseException as error:
                flow.failed(error)
            else:
                flow.returned(returned)
        return flow.end(report)

    async def run_async(
        self,
        event: _Event,
        handle: Callable[[Any], Awaitable[object]],
        *,
        succeeded: Callable[[Any], bool] = _always,
        report: Callable[[Outcome], Awaitable[object]] = _log_outcome_async,
    ) -> Answer:
        """Do as `run` does, with an async handler."""
        flow = Flow(self, event, succeeded, None)
        if (answer := await flow.begin_async(report)) is not None:
            return answer
        with flow.running():
            try:
                returned = await handle(event)
            except BaseException as error:
                flow.failed(error)
            else:
                flow.returned(returned)
        return await flow.end_async(report)

    def steps(
        self, event: _Event, succeeded: Callable[[Any], bool], claim: Claim
    ) -> Generator[_Step, Any, Answer]:
        """Give the steps of an event, and return the answer.

        What a step came to is sent in; what it raised is thrown in.
        """
        began_at = time.monotonic()
        try:
            left = yield _CLAIM
        except Exception as error:
            if not self._runs_when_store_fails:
                yield _outcome("store_failed", 503, event, error)
                return _UNAVAILABLE
            yield _outcome("store_failed", 200, event, error)
            returned = yield _RUN_UNCLAIMED
            return Answer(200, returned=returned)
        except BaseException:
            # The caller was cancelled. The store may have claimed the event.
            yield from _release(claim)
            raise
        if left == DONE:
            yield _outcome("duplicate", 200, event)
            return Answer(200)
        if left > 0:
            yield _outcome("in_progress", 409, event)
            return _in_progress(left)
        claim.took(left, began_at=began_at)

        try:
            returned = yield _RUN
            is_done = succeeded(returned)
        except BaseException as error:
            yield from _release(claim)
            if not isinstance(error, LeaseLostError):
                raise
            yield _outcome("lease_lost", 409, event)
            return Answer(409, retry_after=RETRY_AFTER_FAILURE_SECONDS)
        if not is_done:
            yield from _release(claim)
            return Answer(200, returned=returned)

        try:
            left = yield from _complete(claim)
        except NotCommittedError:
            raise
        except Exception as error:
            answers = self._runs_when_store_fails and not claim.in_transaction
            yield _outcome("store_failed", 200 if answers else 503, event, error)
            return Answer(200, returned=returned) if answers else _UNAVAILABLE
        if left == 0:
            return Answer(200, returned=returned)
        claim.was_taken = True
        yield _outcome("lease_lost", 200 if left == DONE else 409, event)
        return Answer(200) if left == DONE else _in_progress(left)

    # Operations of the store. None takes longer than the timeout.

    def perform(self, claim: Claim, operation: _Operation) -> Any:
        """Do an operation of a blocking store."""
        if self._never_blocks:
            return self._do(claim, operation)
        future = self._submit(partial(self._do, claim, operation))
        try:
            return future.result(self._timeout)
        except FutureTimeoutError:
            if future.done():  # The store itself raised it.
                raise
            future.cancel()
            raise self._too_slow() from None

    async def perform_async(self, claim: Claim, operation: _Operation) -> Any:
        """Do an operation of any store. After a claim, cancelling the caller doesn't undo it."""
        if self._never_blocks:
            return self._do(claim, operation)
        call = partial(self._do, claim, operation)
        trio = running_trio()
        if trio is not None:
            with trio.CancelScope(shield=operation is not _CLAIM):
                if not self.is_async:
                    return await trio.to_thread.run_sync(self.perform, claim, operation)
                with trio.move_on_after(self._timeout):
                    return await call()
                raise self._too_slow()
        task = asyncio.ensure_future(self._within_timeout(call))
        if operation is _CLAIM:
            return await task
        self._shielded.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    async def _within_timeout(self, call: Callable[[], Any]) -> Any:
        awaited = call() if self.is_async else asyncio.wrap_future(self._submit(call))
        future = asyncio.ensure_future(awaited)
        future.add_done_callback(self._forget)
        try:
            # `wait_for` ignores a cancellation that arrives with the result, before Python 3.12.
            await asyncio.wait([future], timeout=self._timeout)
            if not future.done():
                raise self._too_slow()
            return future.result()
        finally:
            future.cancel()

    def _too_slow(self) -> TimeoutError:
        return TimeoutError(f"the store took more than {self._timeout} s")

    def _forget(self, task: asyncio.Future[Any]) -> None:
        self._shielded.discard(task)
        # So that asyncio doesn't log an exception that nobody awaited.
        if not task.cancelled():
            task.exception()

    def _do(self, claim: Claim, operation: _Operation) -> Any:
        if operation is _CLAIM:
            return self.store.claim(claim.key, claim.token, claim.lease)
        if operation is _COMPLETE:
            return self.store.complete(claim.key, claim.token, claim.keep)
        return self.store.release(claim.key, claim.token)

    def _submit(self, call: Callable[[], Any]) -> Future[Any]:
        with self._pool_lock:
            # A forked process has none of the threads.
            if self._pool is None or self._process != os.getpid():
                self._pool = ThreadPoolExecutor(_MAX_THREADS, "pivotal-webhooks-store")
                self._process = os.getpid()
            return self._pool.submit(contextvars.copy_context().run, call)

    # Renewals

    def renew(self, claim: Claim, *, waits: bool) -> Callable[[], object]:
        """Renew a claim each time that a third of its lease has passed; return what stops that.

        :param waits: Wait at the end for a renewal that has begun. Otherwise it may reach the store
            after a release, and then claims the event for one more lease.
        """
        if self.is_async:
            return self._renew_async(claim)
        self._renewals.start(claim)
        return partial(self._renewals.stop, claim, waits=waits)

    def _renew(self, claim: Claim, finish: Callable[[bool], None]) -> None:
        """Renew the claim, and then tell whether to go on with it."""
        began_at = time.monotonic()

        def take(future: Future[int]) -> None:
            try:
                claim.took(future.result(), began_at=began_at)
            except Exception as error:
                _log_renewal(error)
                finish(True)
            else:
                finish(not claim.was_taken)

        # Many claims are renewed at a time: one after the other, a slow store would take longer for
        # all of them than their leases last.
        try:
            future = self._submit(partial(self._do, claim, _CLAIM))
        except RuntimeError as error:  # The interpreter ends.
            _log_renewal(error)
            finish(True)
        else:
            future.add_done_callback(take)

    def _renew_async(self, claim: Claim) -> Callable[[], object]:
        trio = running_trio()
        seconds = claim.lease / 3000

        async def renew(sleep: Callable[[float], Awaitable[object]]) -> None:
            while not claim.was_taken:
                await sleep(seconds)
                began_at = time.monotonic()
                try:
                    left = await self.perform_async(claim, _CLAIM)
                except Exception as error:
                    _log_renewal(error)
                else:
                    claim.took(left, began_at=began_at)

        if trio is None:
            return asyncio.get_running_loop().create_task(renew(asyncio.sleep)).cancel
        scope = trio.CancelScope()

        async def in_scope() -> None:
            with scope:
                await renew(trio.sleep)

        trio.lowlevel.spawn_system_task(in_scope)
        return scope.cancel  # type: ignore[no-any-return]


class Flow:
    """One event on its way through the steps, for hosts whose handler runs between two calls."""

    def __init__(
        self,
        once: Once,
        event: _Event,
        succeeded: Callable[[Any], bool],
        lease: int | None,
    ) -> None:
        self.claim: Final = Claim(
            once.store,
            event.idempotency_key,
            lease=once._lease if lease is None else lease,  # pyright: ignore[reportPrivateUsage]
            keep=once._keep,  # pyright: ignore[reportPrivateUsage]
        )
        self._once = once
        self._steps = once.steps(event, succeeded, self.claim)
        self._resume: Callable[[Any], _Step] = self._steps.send
        self._result: Any = None
        self._renews = lease is None

    def begin(self, report: Callable[[Outcome], object]) -> Answer | None:
        """Claim the event; return the answer if the handler must not run."""
        return self._advance(report)

    def end(self, report: Callable[[Outcome], object]) -> Answer:
        """Complete or release the event, and return the answer.

        :raises BaseException: The handler raised it.
        """
        answer = self._advance(report)
        assert answer is not None
        return answer

    async def begin_async(self, report: Callable[[Outcome], Awaitable[object]]) -> Answer | None:
        """Do as `begin` does."""
        return await self._advance_async(report)

    async def end_async(self, report: Callable[[Outcome], Awaitable[object]]) -> Answer:
        """Do as `end` does."""
        answer = await self._advance_async(report)
        assert answer is not None
        return answer

    def returned(self, returned: object) -> None:
        """Take what the handler returned."""
        self._resume, self._result = self._steps.send, returned

    def failed(self, error: BaseException) -> None:
        """Take what the handler raised."""
        self._resume, self._result = self._steps.throw, error

    def running(self, *, waits: bool = False) -> _Running:
        """Let `current_claim` find the claim, and renew it, while the handler runs.

        :param waits: As of `Once.renew`; it blocks for at most the timeout of the store.
        """
        return _Running(self._once if self._renews else None, self.claim, waits=waits)

    def _advance(self, report: Callable[[Outcome], object]) -> Answer | None:
        while True:
            try:
                step = self._resume(self._result)
            except StopIteration as end:
                return _answer(end)
            if isinstance(step, _Run):
                self._renews = self._renews and step is _RUN
                return None
            try:
                if isinstance(step, Outcome):
                    result = report(step)
                else:
                    result = self._once.perform(self.claim, step)
            except BaseException as error:
                self.failed(error)
            else:
                self.returned(result)

    async def _advance_async(self, report: Callable[[Outcome], Awaitable[object]]) -> Answer | None:
        while True:
            try:
                step = self._resume(self._result)
            except StopIteration as end:
                return _answer(end)
            if isinstance(step, _Run):
                self._renews = self._renews and step is _RUN
                return None
            try:
                if isinstance(step, Outcome):
                    result = await report(step)
                else:
                    result = await self._once.perform_async(self.claim, step)
            except BaseException as error:
                self.failed(error)
            else:
                self.returned(result)


class _Running:
    """The time in which a handler runs.

    :param once: What renews the claim, if it is renewed.
    """

    __slots__ = ("_claim", "_once", "_previous", "_stop", "_waits")

    def __init__(self, once: Once | None, claim: Claim, *, waits: bool) -> None:
        self._once = once
        self._claim = claim
        self._waits = waits

    def __enter__(self) -> None:
        self._previous = CURRENT.set(self._claim)
        self._stop = (
            None if self._once is None else self._once.renew(self._claim, waits=self._waits)
        )

    def __exit__(self, *_: object) -> None:
        try:
            if self._stop is not None:
                self._stop()
        finally:
            CURRENT.reset(self._previous)


class _Renewals:
    """The claims of one process that one thread has renewed in time.

    :param interval: Seconds between two renewals of a claim.
    :param timeout: Seconds to wait for a renewal that has begun.
    :param renew: Begins a renewal, and calls back when it has ended with whether to go on.
    """

    def __init__(
        self,
        interval: float,
        timeout: float,
        renew: Callable[[Claim, Callable[[bool], None]], None],
    ) -> None:
        self._interval = interval
        self._timeout = timeout
        self._renew = renew
        # In the order of their next renewals, as the interval is the same for all.
        self._due: dict[Claim, float] = {}
        self._renewing: Counter[Claim] = Counter()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None
        self._process = 0

    def start(self, claim: Claim) -> None:
        """Renew this claim from now on."""
        with self._lock:
            self._due[claim] = time.monotonic() + self._interval
            # A forked process has no such thread. One that runs needs no wake-up: it never waits
            # for longer than the interval.
            if self._thread is None or self._process != os.getpid():
                self._process = os.getpid()
                name = "pivotal-webhooks-renewals"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()

    def stop(self, claim: Claim, *, waits: bool) -> None:
        """Renew this claim no more."""
        with self._lock:
            self._due.pop(claim, None)
            if waits and claim in self._renewing:
                self._changed.wait_for(lambda: claim not in self._renewing, self._timeout)

    def _run(self) -> None:
        is_idle = False
        while True:
            with self._lock:
                claim, due = next(iter(self._due.items()), (None, 0.0))
                if claim is None:
                    if is_idle:
                        self._thread = None
                        return
                    is_idle = True
                    self._changed.wait(self._interval)
                    continue
                is_idle = False
                wait = due - time.monotonic()
                if wait > 0:
                    self._changed.wait(wait)
                    continue
                self._due[claim] = self._due.pop(claim) + self._interval
                self._renewing[claim] += 1
            self._renew(claim, partial(self._finish, claim))

    def _finish(self, claim: Claim, goes_on: bool) -> None:
        with self._lock:
            self._renewing[claim] -= 1
            if self._renewing[claim] == 0:
                del self._renewing[claim]
            if not goes_on:
                self._due.pop(claim, None)
            self._changed.notify_all()


class _Operation(Enum):
    """An operation of the store on the claim of the flow."""

    CLAIM = auto()
    COMPLETE = auto()
    RELEASE = auto()


class _Run(Enum):
    """The handler runs now."""

    RENEWED = auto()
    UNCLAIMED = auto()


# Names of this module, as looking up a member of an enumeration takes longer.
_CLAIM: Final = _Operation.CLAIM
_COMPLETE: Final = _Operation.COMPLETE
_RELEASE: Final = _Operation.RELEASE
_RUN: Final = _Run.RENEWED
_RUN_UNCLAIMED: Final = _Run.UNCLAIMED

_Step: TypeAlias = _Operation | _Run | Outcome

_UNAVAILABLE: Final = Answer(503, retry_after=RETRY_AFTER_FAILURE_SECONDS)


def _complete(claim: Claim) -> Generator[_Step, Any, int]:
    """Mark the event as done. Return 0 if this worker did it, otherwise what a claim gives.

    :raises NotCommittedError: The handler's own transaction was not committed.
    """
    if claim.in_transaction:
        left: int = yield _CLAIM
        if left == 0:
            yield from _release(claim)
            raise NotCommittedError(
                "the handler called `complete_in` and returned, but the event is not done: commit "
                "the transaction before the handler returns"
            )
        return 0 if left == DONE and not claim.was_taken else left
    # Twice, as the worker that has the claim may release it in between.
    for _ in range(2):
        if (yield _COMPLETE):
            return 0
        left = yield _CLAIM
        if left != 0:
            return left
    return claim.lease


def _release(claim: Claim) -> Generator[_Step, Any, None]:
    try:
        yield _RELEASE
    except Exception:
        logger.warning("a claim could not be released: it ends with its lease", exc_info=True)


def _outcome(result: Any, status: int, event: _Event, error: Exception | None = None) -> Outcome:
    signed = event.delivery
    return Outcome(
        result,
        None,
        status,
        signed.scheme,
        signed.skew,
        signed.label,
        len(event.raw),
        None,
        event,
        signed.id,
        error,
    )


def _in_progress(left: int) -> Answer:
    return Answer(409, retry_after=-(-left // 1000))


def _answer(end: StopIteration) -> Answer:
    answer: Answer = end.value
    return answer


def _log_renewal(error: Exception) -> None:
    logger.warning("a claim could not be renewed: %s", type(error).__name__, exc_info=error)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
