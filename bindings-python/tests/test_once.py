"""The flow of an event through a store: what is answered, run, marked and reported."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import signing
import trio
import wire
from pivotal_webhooks import Webhook, restore_trusted
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.idempotency import (
    DONE,
    AsyncStore,
    LeaseLostError,
    MemoryStore,
    Once,
    Store,
    current_claim,
)
from pivotal_webhooks.idempotency.claim import Claim
from pivotal_webhooks.receiving import Answer, Outcome, Receiver, Request
from signing import BODY, NOW, SECRET

WEBHOOK = Webhook(SECRET, clock=lambda: NOW)
KEY = WEBHOOK.unwrap(BODY, signing.svix()).idempotency_key
Handle = Callable[[PivotalEvent], object]


class Awaited:
    """A blocking store, as an async one."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def claim(self, key: str, token: str, lease: int) -> int:
        return self.store.claim(key, token, lease)

    async def complete(self, key: str, token: str, keep: int) -> bool:
        return self.store.complete(key, token, keep)

    async def release(self, key: str, token: str) -> bool:
        return self.store.release(key, token)


class Blocking:
    """The memory store, called in a thread as a store that blocks is."""

    def __init__(self, store: Store) -> None:
        self.claim = store.claim
        self.complete = store.complete
        self.release = store.release


class Switched:
    """A store with a switch for its faults."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.is_down = False
        self.hangs = False
        self.hung = threading.Event()

    def claim(self, key: str, token: str, lease: int) -> int:
        self._fail()
        return self.store.claim(key, token, lease)

    def complete(self, key: str, token: str, keep: int) -> bool:
        self._fail()
        return self.store.complete(key, token, keep)

    def release(self, key: str, token: str) -> bool:
        self._fail()
        return self.store.release(key, token)

    def _fail(self) -> None:
        if self.is_down:
            raise ConnectionRefusedError("the store is down")
        if self.hangs:
            self.hung.wait(60)


class AsyncSwitched(Awaited):
    """An async store with the same switch."""

    def __init__(self, store: Switched) -> None:
        super().__init__(store.store)
        self.switch = store

    async def claim(self, key: str, token: str, lease: int) -> int:
        await self._fail()
        return await super().claim(key, token, lease)

    async def complete(self, key: str, token: str, keep: int) -> bool:
        await self._fail()
        return await super().complete(key, token, keep)

    async def release(self, key: str, token: str) -> bool:
        await self._fail()
        return await super().release(key, token)

    async def _fail(self) -> None:
        if self.switch.is_down:
            raise ConnectionRefusedError("the store is down")
        if self.switch.hangs:
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                await trio.sleep_forever()
            await asyncio.sleep(60)


class Host:
    """A receiver with a store, called in one of the ways in which hosts call it."""

    def __init__(self, kind: str, **options: Any) -> None:
        self.kind = kind
        # Its leases don't end.
        self.memory = MemoryStore(clock=lambda: 1000)
        self.switch = Switched(self.memory)
        self.outcomes: list[Outcome] = []
        store: Store | AsyncStore = self.switch
        if kind.endswith("async store"):
            store = AsyncSwitched(self.switch)
        elif kind.endswith("memory"):
            store = self.memory
        # A busy machine may take its time.
        defaults = {"store_timeout": 0.9 * options.get("lease", 60)}
        self.receiver = Receiver(
            WEBHOOK, on_outcome=self.outcomes.append, once=Once(store, **{**defaults, **options})
        )

    @property
    def results(self) -> list[str]:
        return [outcome.result for outcome in self.outcomes]

    def send(self, handle: Handle) -> Answer:
        if self.kind.startswith("sync"):
            return self.receiver.respond(Request(signing.svix(), iter([BODY])), handle)
        run: Any = trio.run if self.kind.startswith("trio") else _asyncio_run
        answer: Answer = run(self.receiver.respond_async, Request(signing.svix(), body()), handle)
        return answer


def _asyncio_run(function: Any, *arguments: Any) -> Any:
    return asyncio.run(function(*arguments))


async def body() -> AsyncIterator[bytes]:
    yield BODY


HOSTS = [
    "sync, memory",
    "sync, blocking store",
    "asyncio, memory",
    "asyncio, blocking store",
    "asyncio, async store",
    "trio, blocking store",
    "trio, async store",
]
WITH_SWITCH = [kind for kind in HOSTS if not kind.endswith("memory")]


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> Host:
    return Host(request.param)


def nothing(_: PivotalEvent) -> None: ...


def test_an_event_runs_once(host: Host) -> None:
    runs: list[str] = []

    def handle(event: PivotalEvent) -> str:
        runs.append(event.id)
        return "returned"

    assert host.send(handle) == Answer(200, returned="returned")
    assert host.send(handle) == Answer(200)
    assert runs == ["evt_1"]
    assert host.results == ["accepted", "accepted", "duplicate"]
    assert host.memory.claim(KEY, "other", 1000) == DONE


def test_an_async_handler_runs_once() -> None:
    for kind in HOSTS[2:]:
        runs: list[str] = []

        async def handle(event: PivotalEvent, runs: list[str] = runs) -> None:
            runs.append(event.id)

        host = Host(kind)
        assert [host.send(handle).status for _ in range(2)] == [200, 200]
        assert runs == ["evt_1"]


def test_an_event_in_progress_is_answered_409(host: Host) -> None:
    assert host.memory.claim(KEY, "another worker", 30_000) == 0
    answer = host.send(lambda _: pytest.fail("it ran beside another worker"))
    assert answer.status == 409
    assert answer.retry_after == 30
    assert answer.headers()["retry-after"] == str(answer.retry_after)
    assert host.results == ["accepted", "in_progress"]


def test_a_handler_that_raises_releases_the_event(host: Host) -> None:
    def handle(_: PivotalEvent) -> None:
        raise LookupError("no such customer")

    with pytest.raises(LookupError, match="no such customer"):
        host.send(handle)
    assert host.memory.claim(KEY, "another worker", 1000) == 0
    assert host.results == ["accepted"]


def test_a_worker_that_lost_its_lease_overwrites_nothing(host: Host) -> None:
    def handle(_: PivotalEvent) -> None:
        # What the store has after the lease has ended and another worker has claimed.
        claim = current_claim()
        assert host.memory.release(claim.key, claim.token)
        assert host.memory.claim(claim.key, "another worker", 30_000) == 0

    answer = host.send(handle)
    assert (answer.status, answer.retry_after) == (409, 30)
    assert host.results == ["accepted", "lease_lost"]
    assert host.memory.claim(KEY, "another worker", 30_000) == 0


def test_a_worker_that_is_overtaken_answers_as_the_other(host: Host) -> None:
    def handle(_: PivotalEvent) -> None:
        claim = current_claim()
        assert host.memory.release(claim.key, claim.token)
        assert host.memory.complete(claim.key, "another worker", 30_000)

    assert host.send(handle) == Answer(200)
    assert host.results == ["accepted", "lease_lost"]


def test_a_handler_can_say_that_it_lost_its_lease(host: Host) -> None:
    def handle(_: PivotalEvent) -> None:
        raise LeaseLostError("found in the handler's own transaction")

    assert host.send(handle).status == 409
    assert host.results == ["accepted", "lease_lost"]


@pytest.mark.parametrize("kind", WITH_SWITCH)
@pytest.mark.parametrize("fault", ["is_down", "hangs"])
def test_a_store_that_fails_is_answered_503(kind: str, fault: str) -> None:
    host = Host(kind, store_timeout=0.05)
    setattr(host.switch, fault, True)
    answer = host.send(lambda _: pytest.fail("it ran without a claim"))
    host.switch.hung.set()
    assert (answer.status, answer.retry_after) == (503, 5)
    assert host.results == ["accepted", "store_failed"]
    assert isinstance(host.outcomes[-1].store_error, ConnectionError | TimeoutError)
    assert host.outcomes[-1].status == 503


@pytest.mark.parametrize("kind", WITH_SWITCH)
def test_a_hanging_store_takes_half_a_second_at_most(kind: str) -> None:
    host = Host(kind)
    assert host.receiver.once is not None
    host.receiver.once = Once(host.receiver.once.store)
    host.switch.hangs = True
    start = time.monotonic()
    assert host.send(nothing).status == 503
    # The store itself would hang for a minute.
    assert 0.5 <= time.monotonic() - start < 30
    host.switch.hung.set()


@pytest.mark.parametrize("kind", WITH_SWITCH)
def test_a_store_that_fails_after_the_handler_is_answered_503(kind: str) -> None:
    host = Host(kind)

    def handle(_: PivotalEvent) -> None:
        host.switch.is_down = True

    assert host.send(handle).status == 503
    assert host.results == ["accepted", "store_failed"]
    # The claim stays: the event runs again when the lease has ended.
    assert host.memory.claim(KEY, "another worker", 1000) > 0


@pytest.mark.parametrize("kind", WITH_SWITCH)
def test_failing_open_has_a_name_that_says_so(kind: str) -> None:
    host = Host(kind, dangerously_run_when_store_fails=True)
    runs: list[str] = []

    def handle(event: PivotalEvent) -> str:
        runs.append(event.id)
        return "returned"

    host.switch.is_down = True
    assert [host.send(handle) for _ in range(2)] == [Answer(200, returned="returned")] * 2
    assert runs == ["evt_1"] * 2
    assert host.results == ["accepted", "store_failed"] * 2
    assert host.outcomes[-1].status == 200


@pytest.mark.parametrize("kind", WITH_SWITCH)
def test_a_store_that_fails_to_release_costs_a_lease(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    host = Host(kind)

    def handle(_: PivotalEvent) -> None:
        host.switch.is_down = True
        raise LookupError("no such customer")

    with pytest.raises(LookupError, match="no such customer"):
        host.send(handle)
    assert "could not be released" in caplog.text


@pytest.mark.parametrize("kind", HOSTS)
def test_a_lease_is_renewed_while_the_handler_runs(kind: str) -> None:
    host = Host(kind, lease=1.5)
    renewals: list[int] = []
    renewed = threading.Event()
    claim = host.memory.claim

    def counted(key: str, token: str, lease: int) -> int:
        renewals.append(lease)
        if len(renewals) == 4:
            renewed.set()
        return claim(key, token, lease)

    host.memory.claim = counted  # type: ignore[method-assign]

    def handle(_: PivotalEvent) -> None:
        # The first is the claim; three renewals take as long as one lease.
        assert renewed.wait(60)

    start = time.monotonic()
    assert host.send(handle).status == 200
    assert time.monotonic() - start >= 1.4
    assert set(renewals) == {1500}
    assert host.results == ["accepted"]
    assert host.memory.claim(KEY, "another worker", 1000) == DONE


@pytest.mark.parametrize("kind", HOSTS)
def test_a_long_handler_sees_that_its_lease_is_lost(kind: str) -> None:
    host = Host(kind, lease=1)

    def handle(_: PivotalEvent) -> None:
        claim = current_claim()
        assert host.memory.release(claim.key, claim.token)
        assert host.memory.claim(claim.key, "another worker", 60_000) == 0
        until(lambda: claim.is_lost)

    assert host.send(handle).status == 409


def test_nothing_is_renewed_after_the_handler() -> None:
    host = Host("sync, blocking store", lease=1)
    for _ in range(3):
        with pytest.raises(LookupError):
            host.send(raising)
    assert host.receiver.once is not None
    assert host.receiver.once._renewals._due == {}


def raising(_: PivotalEvent) -> None:
    raise LookupError("no such customer")


def until(condition: Callable[[], bool]) -> None:
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it never happened")


def test_the_claims_of_many_handlers_are_renewed_at_a_time() -> None:
    count = 8
    together, renewed = threading.Barrier(count), threading.Event()
    memory = MemoryStore(clock=lambda: 1000)
    claimed: set[str] = set()
    renewing: set[str] = set()

    class Slow(Blocking):
        def __init__(self) -> None:
            super().__init__(memory)
            self.claim = self.renewed_together

        def renewed_together(self, key: str, token: str, lease: int) -> int:
            # Only the first renewal of each claim waits, so that no claim counts twice.
            if token in claimed and token not in renewing:
                renewing.add(token)
                together.wait(wire.TIMEOUT)
                renewed.set()
            claimed.add(token)
            return memory.claim(key, token, lease)

    # The store may take its time on a busy machine, but the renewals begin soon.
    once = Once(Slow(), lease=1000, store_timeout=2 * wire.TIMEOUT)
    once._renewals._interval = 0.1
    receiver = Receiver(WEBHOOK, on_outcome=lambda _: None, once=once)

    def send(number: int) -> int:
        event = BODY.replace(b"evt_1", b"evt_%d" % number)
        request = Request(signing.svix(event), iter([event]))
        return receiver.respond(request, lambda _: renewed.wait(wire.TIMEOUT)).status

    with ThreadPoolExecutor(count) as pool:
        assert list(pool.map(send, range(count))) == [200] * count
    assert renewed.is_set()


def test_a_cancelled_handler_releases_the_event() -> None:
    host = Host("asyncio, blocking store")

    async def cancel() -> None:
        async def handle(_: PivotalEvent) -> None:
            started.set()
            await asyncio.Event().wait()

        started = asyncio.Event()
        request = Request(signing.svix(), body())
        task = asyncio.create_task(host.receiver.respond_async(request, handle))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert host.memory.claim(KEY, "another worker", 1000) == 0


@pytest.mark.parametrize(
    "kind", ["asyncio, memory", "asyncio, blocking store", "asyncio, async store"]
)
def test_a_cancelled_request_holds_its_claim_until_the_thread_of_its_handler_ends(
    kind: str,
) -> None:
    host = Host(kind)
    started, goes_on = threading.Event(), threading.Event()
    runs: list[str] = []

    def handle(event: PivotalEvent) -> None:
        started.set()
        assert goes_on.wait(wire.TIMEOUT)
        runs.append(event.id)

    async def respond() -> Answer:
        return await host.receiver.respond_async(Request(signing.svix(), body()), handle)

    async def cancel() -> None:
        task = asyncio.create_task(respond())
        await asyncio.to_thread(started.wait, wire.TIMEOUT)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        assert (await respond()).status == 409
        goes_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        while (answer := await respond()).status == 409:
            await asyncio.sleep(0.01)  # the store is still told that the event is done
        assert answer.status == 200

    asyncio.run(asyncio.wait_for(cancel(), wire.TIMEOUT))
    assert runs == ["evt_1"]


def test_a_cancel_while_the_store_answers_runs_nothing_and_releases_the_event() -> None:
    host = Host("asyncio, async store")
    assert host.receiver.once is not None
    store: Any = host.receiver.once.store
    claim = store.claim

    async def cancel() -> None:
        async def claimed_and_cancelled(key: str, token: str, lease: int) -> int:
            result: int = await claim(key, token, lease)
            task.cancel()
            return result

        store.claim = claimed_and_cancelled
        request = Request(signing.svix(), body())
        task = asyncio.create_task(
            host.receiver.respond_async(request, lambda _: pytest.fail("it ran"))
        )
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert host.memory.claim(KEY, "another worker", 1000) == 0


def test_many_deliveries_at_once_run_one_handler() -> None:
    host = Host("sync, blocking store")
    running: list[int] = []

    def handle(_: PivotalEvent) -> None:
        running.append(1)
        time.sleep(0.05)

    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(host.send(handle).status))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert running == [1]
    assert len(statuses) == 20
    assert set(statuses) <= {200, 409}


def test_a_forged_message_claims_nothing() -> None:
    host = Host("sync, memory")
    forged = Request({**signing.svix(), "svix-signature": "v1," + "A" * 43 + "="}, iter([BODY]))
    assert host.receiver.respond(forged, nothing).status == 401
    assert len(host.memory) == 0
    assert host.send(nothing).status == 200


def test_endpoints_that_share_a_store_have_sources_of_their_own() -> None:
    store = MemoryStore()
    runs: list[str] = []
    for source in ("crm", "billing", "crm"):
        webhook = Webhook(SECRET, clock=lambda: NOW, source=source)
        receiver = Receiver(webhook, once=store)
        receiver.respond(
            Request(signing.svix(), iter([BODY])),
            lambda event: runs.append(event.idempotency_key.rsplit("_", 1)[0]),
        )
    assert runs == ["crm", "billing"]


def test_an_event_is_never_returned_without_a_claim() -> None:
    receiver = Receiver(WEBHOOK, once=MemoryStore())
    with pytest.raises(TypeError, match="has a store"):
        receiver.receive(signing.svix(), [BODY])
    with pytest.raises(TypeError, match="has a store"):
        asyncio.run(receiver.receive_async(signing.svix(), body()))


def test_options_that_break_the_promise_are_refused() -> None:
    store = MemoryStore()
    wide = Webhook(SECRET, tolerance=3600)
    with pytest.raises(ValueError, match="at least 7200 seconds, twice the tolerance"):
        Receiver(wide, once=Once(store, keep=7199))
    Receiver(wide, once=Once(store, keep=7200))
    for lease, keep in ((0, 600), (43_201, 600), (60, 90 * 86_400 + 1), (60, 0)):
        with pytest.raises(ValueError, match="seconds"):
            Once(store, lease=lease, keep=keep)
    with pytest.raises(ValueError, match="store_timeout"):
        Once(store, store_timeout=0)
    with pytest.raises(TypeError, match="not a store"):
        Receiver(WEBHOOK, once=object())  # type: ignore[arg-type]


def test_a_plain_host_refuses_an_async_store() -> None:
    from pivotal_webhooks.wsgi import WebhookApp

    with pytest.raises(TypeError, match="is async"):
        WebhookApp(WEBHOOK, nothing, once=Awaited(MemoryStore()))


def test_there_is_no_claim_outside_of_a_handler() -> None:
    with pytest.raises(LookupError, match="no handler"):
        current_claim()
    Host("sync, memory").send(nothing)
    with pytest.raises(LookupError, match="no handler"):
        current_claim()


@pytest.mark.parametrize(
    ("result", "level", "text"),
    [
        ("duplicate", logging.INFO, "not handled again"),
        ("in_progress", logging.INFO, "another worker has the event"),
        ("lease_lost", logging.WARNING, "another worker claimed"),
        ("store_failed", logging.ERROR, "store failed"),
    ],
)
def test_the_log_tells_what_the_store_said(
    result: Any, level: int, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    from pivotal_webhooks.receiving import log_outcome

    event = WEBHOOK.unwrap(BODY, signing.svix())
    error = ConnectionRefusedError("down") if result == "store_failed" else None
    with caplog.at_level(logging.INFO):
        log_outcome(
            Outcome(
                result,
                None,
                200,
                "svix",
                0,
                None,
                9,
                event=event,
                delivery_id="msg_1",
                store_error=error,
            )
        )
    (record,) = caplog.records
    assert record.levelno == level
    assert text in record.message
    assert "evt_1" in record.message
    assert (record.exc_info is not None) == (error is not None)


def test_a_claim_is_lost_when_its_lease_has_ended_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long handler must not wait for a renewal to learn it: the store may be down."""
    claim = Claim(MemoryStore(), "key", lease=60_000, keep=60_000)
    began_at = time.monotonic()
    seen = [claim.is_lost]

    def look(left: int | None, seconds: float) -> None:
        now = began_at + seconds
        monkeypatch.setattr(time, "monotonic", lambda: now)
        if left is not None:
            claim.took(left, began_at=now)
        seen.append(claim.is_lost)

    for left, seconds in [(0, 0), (None, 59), (None, 60), (0, 61), (None, 120), (5, 121)]:
        look(left, seconds)
    assert seen == [False, False, False, True, False, False, True]


def test_a_worker_passes_a_restored_event() -> None:
    event = restore_trusted(WEBHOOK.unwrap(BODY, signing.svix()).dump())
    store = Switched(MemoryStore(clock=lambda: 1000))
    once = Once(store)
    ran: list[str] = []

    def handle(event: PivotalEvent) -> None:
        ran.append(event.type)
        # The job is there twice, and another worker has the other one.
        assert once.run(event, handle) == Answer(409, retry_after=60)

    def fail(_: PivotalEvent) -> None:
        raise LookupError

    store.is_down = True
    assert once.run(event, handle) == Answer(503, retry_after=5)
    store.is_down = False
    with pytest.raises(LookupError):
        once.run(event, fail)
    assert once.run(event, handle) == Answer(200)
    assert once.run(event, handle) == Answer(200)

    async def again() -> Answer:
        async def handle_async(event: PivotalEvent) -> None:
            handle(event)

        return await once.run_async(event, handle_async)

    assert asyncio.run(again()) == Answer(200)
    assert ran == ["customer.at_risk"]
