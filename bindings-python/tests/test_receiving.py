"""The flow that all receivers share: handlers, hooks, the body, the log."""

from __future__ import annotations

import asyncio
import functools
import logging
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

import pytest
import signing
import wire
from pivotal_webhooks import (
    Webhook,
    WebhookVerificationError,
    asgi,
    aws_lambda,
    django,
    fastapi,
    flask,
    litestar,
    receiving,
    starlette,
    wsgi,
)
from pivotal_webhooks import aiohttp as for_aiohttp
from pivotal_webhooks.idempotency import MemoryStore
from pivotal_webhooks.receiving import (
    BodyTimeoutError,
    Outcome,
    RawBodyGoneError,
    Receiver,
    Request,
    SenderGoneError,
)
from signing import BODY, NOW, SECRET

webhook = Webhook(SECRET, clock=lambda: NOW)
outcomes: list[Outcome] = []
receiver = Receiver(webhook, on_outcome=outcomes.append)


@pytest.fixture(autouse=True)
def _no_outcomes() -> None:
    outcomes.clear()


async def later(_: Any) -> None: ...


def plain(_: Any) -> None: ...


class Later:
    async def __call__(self, _: Any) -> None: ...

    async def method(self, _: Any) -> None: ...


ASYNC = [later, Later(), Later().method, functools.partial(later), functools.partial(Later())]

Maker = Callable[[Any, Any, Any], object]
SYNC: dict[str, Maker] = {
    "wsgi": lambda webhook, handle, hook: wsgi.WebhookApp(webhook, handle, on_outcome=hook),
}
BOTH: dict[str, Maker] = {
    "asgi": lambda webhook, handle, hook: asgi.WebhookApp(webhook, handle, on_outcome=hook),
    "aiohttp": lambda webhook, handle, hook: for_aiohttp.WebhookReceiver(
        webhook, on_outcome=hook
    ).handler(handle),
    "lambda": lambda webhook, handle, hook: aws_lambda.WebhookReceiver(
        webhook, on_outcome=hook
    ).handler(handle),
    "flask": lambda webhook, handle, hook: flask.WebhookReceiver(webhook, on_outcome=hook).view(
        handle
    ),
    "django": lambda webhook, handle, hook: django.WebhookReceiver(webhook, on_outcome=hook).view(
        handle
    ),
    "django method": lambda webhook, handle, hook: django.WebhookReceiver(
        webhook, on_outcome=hook
    ).method(handle),
    "starlette": lambda webhook, handle, hook: starlette.WebhookReceiver(
        webhook, on_outcome=hook
    ).handler(handle),
    "litestar": lambda webhook, handle, hook: litestar.WebhookReceiver(
        webhook, on_outcome=hook
    ).handler(handle),
}
RECEIVERS: list[Any] = [
    for_aiohttp.WebhookReceiver,
    aws_lambda.WebhookReceiver,
    fastapi.WebhookReceiver,
    flask.WebhookReceiver,
    litestar.WebhookReceiver,
    starlette.WebhookReceiver,
    django.WebhookReceiver,
    lambda webhook: asgi.WebhookApp(webhook, plain),
    lambda webhook: wsgi.WebhookApp(webhook, plain),
    Receiver,
]


@pytest.mark.parametrize("handle", ASYNC)
def test_a_sync_host_refuses_an_async_handler(handle: Any) -> None:
    with pytest.raises(TypeError, match=r"handle must not be async.*write `def`"):
        SYNC["wsgi"](webhook, handle, plain)


@pytest.mark.parametrize("host", BOTH)
@pytest.mark.parametrize("handle", [*ASYNC, plain])
def test_other_hosts_take_both_kinds_of_handlers(host: str, handle: Any) -> None:
    BOTH[host](webhook, handle, plain)


@pytest.mark.parametrize("host", BOTH)
@pytest.mark.parametrize("hook", [*ASYNC, plain])
def test_other_hosts_take_both_kinds_of_hooks(host: str, hook: Any) -> None:
    BOTH[host](webhook, plain, hook)


@pytest.mark.parametrize("hook", ASYNC)
def test_a_sync_host_refuses_an_async_hook(hook: Any) -> None:
    with pytest.raises(TypeError, match="on_outcome must not be async"):
        SYNC["wsgi"](webhook, plain, hook)


@pytest.mark.parametrize("host", [*SYNC, *BOTH])
def test_what_cant_be_called_is_refused(host: str) -> None:
    make = (SYNC | BOTH)[host]
    with pytest.raises(TypeError, match="handle must be a function, not str"):
        make(webhook, "handle", plain)
    with pytest.raises(TypeError, match="on_outcome must be a function, not int"):
        make(webhook, plain, 1)


@pytest.mark.parametrize("host", ["asgi", "wsgi"])
def test_a_generator_function_is_refused_as_it_would_run_nothing(host: str) -> None:
    def generator(_: Any) -> Iterator[None]:
        yield

    with pytest.raises(TypeError, match="must not be a generator function"):
        (SYNC | BOTH)[host](webhook, generator, plain)


@pytest.mark.parametrize("make", RECEIVERS)
def test_a_secret_in_the_place_of_a_webhook_is_refused_and_not_shown(make: Any) -> None:
    with pytest.raises(TypeError, match=r"webhook must be a Webhook.*not str") as caught:
        make(SECRET)
    assert SECRET not in str(caught.value)


def given(body: Any = None, **facts: Any) -> Request[Any]:
    return Request(signing.svix(), [BODY] if body is None else body, **facts)


def test_an_awaitable_that_comes_back_is_an_error_and_no_200() -> None:
    with pytest.raises(TypeError, match="the handler returned an awaitable"):
        receiver.respond(given(), lambda event: later(event))


def test_a_plain_handler_of_an_async_flow_runs_in_a_thread() -> None:
    async def run() -> Any:
        return await receiver.respond_async(given(arriving([BODY])), lambda event: event.id)

    assert asyncio.run(run()).returned == "evt_1"


def test_a_generator_that_comes_back_is_an_error_and_no_200() -> None:
    def generator(_: Any) -> Iterator[str]:
        yield "never"

    async def async_generator(_: Any) -> AsyncIterator[str]:
        yield "never"

    def wrapped(make: Callable[[Any], object]) -> Callable[[Any], object]:
        return lambda event: make(event)

    for handle in (wrapped(generator), wrapped(async_generator)):
        with pytest.raises(TypeError, match="the handler returned a generator"):
            receiver.respond(given(), handle)
        run = receiver.respond_async(given(arriving([BODY])), handle)
        with pytest.raises(TypeError, match="the handler returned a generator"):
            asyncio.run(run)


def test_flask_streams_a_generator_but_not_beside_a_store() -> None:
    def generator(_: Any) -> Iterator[str]:
        yield "streamed"

    respond = flask.WebhookReceiver(webhook).respond
    assert list(cast("Any", respond(given(), generator).returned)) == ["streamed"]
    respond = flask.WebhookReceiver(webhook, once=MemoryStore()).respond
    for _ in range(2):
        with pytest.raises(TypeError, match="the handler returned a generator"):
            respond(given(), generator)


def test_a_handler_in_a_thread_that_raises_stop_iteration_ends() -> None:
    def handle(_: Any) -> None:
        next(iter(()))

    run = receiver.respond_async(given(arriving([BODY])), handle)
    with pytest.raises(RuntimeError, match="raised StopIteration"):
        asyncio.run(asyncio.wait_for(run, wire.TIMEOUT))


async def arriving(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def failing_hook(_: Outcome) -> None:
    raise LookupError("no metrics")


async def failing_async_hook(_: Outcome) -> None:
    raise LookupError("no metrics")


def test_a_failing_hook_is_logged_and_changes_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    failing = Receiver(webhook, on_outcome=failing_hook)
    assert failing.respond(given(), plain).status == 200
    assert failing.respond(given([b"{}"]), plain).status == 401
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 2


@pytest.mark.parametrize("hook", [failing_hook, failing_async_hook])
def test_an_async_flow_awaits_its_hook(hook: Any, caplog: pytest.LogCaptureFixture) -> None:
    failing = Receiver(webhook, on_outcome=hook)
    run = failing.respond_async(given(arriving([BODY])), plain)
    assert asyncio.run(run).status == 200
    assert "on_outcome failed" in caplog.text
    assert "no metrics" in caplog.text


def test_a_sync_flow_loses_no_async_hook() -> None:
    with pytest.raises(TypeError, match="on_outcome is async"):
        Receiver(webhook, on_outcome=later).receive(signing.svix(), [BODY])


def test_one_byte_pieces_take_no_more_memory_than_the_body() -> None:
    body = BODY.ljust(webhook.max_body)
    headers = signing.svix(body)
    tracemalloc.start()
    try:
        # Two bytes, as CPython keeps all bytes objects of one byte.
        pieces = (body[start : start + 2] for start in range(0, len(body), 2))
        event = receiver.receive(headers, pieces)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert event.raw == body
    assert peak < 4 * len(body)


def test_empty_pieces_take_none() -> None:
    tracemalloc.start()
    try:
        event = receiver.receive(signing.svix(), (b"" if n else BODY for n in range(200_000)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert event.raw == BODY
    assert peak < 2**17


@pytest.mark.parametrize("facts", [{"length": str(len(BODY))}, {"chunked": True}])
def test_a_missing_body_is_an_error_of_the_program(facts: dict[str, Any]) -> None:
    for pieces in ([], [b""]):
        with pytest.raises(RawBodyGoneError):
            receiver.respond(given(pieces, **facts), plain)
    assert outcomes == []
    # Without a genuine sender's headers it is refused as anything else.
    assert receiver.respond(Request({}, [], **facts), plain).status == 401


def hung_up() -> Iterator[bytes]:
    yield BODY[:9]
    raise ConnectionResetError("reset by peer")


def test_a_sender_that_hangs_up_is_aborted() -> None:
    answer = receiver.respond(given(hung_up()), plain)
    assert answer.aborted
    assert outcomes[0][:7] == ("aborted", None, 400, None, None, None, 9)
    with pytest.raises(SenderGoneError):
        receiver.receive(signing.svix(), hung_up())


def test_the_host_keeps_what_was_read() -> None:
    kept: list[bytes] = []
    for body in (BODY, b"[]", b" " * (webhook.max_body + 1)):
        receiver.respond(given([body], keep=kept.append), plain)
    receiver.respond(given(hung_up(), keep=kept.append), plain)
    assert kept == [BODY, b"[]", b"", BODY[:9]]


def test_a_refused_body_is_read_away_up_to_a_limit() -> None:
    sizes: list[int] = []

    def pieces(count: int) -> Iterator[bytes]:
        for number in range(count):
            sizes.append(number)
            yield b" " * 2**16

    assert receiver.respond(given(pieces(64)), plain) == (413, False, False, False, None, None)
    assert len(sizes) == 64
    sizes.clear()
    assert receiver.respond(given(pieces(1000)), plain) == (413, False, True, False, None, None)
    assert len(sizes) < 100


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[bytes, dict[str, str]], Any]:
    def receive(body: bytes, headers: dict[str, str]) -> Any:
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="pivotal_webhooks"):
            Receiver(webhook).respond(Request(headers, [body]), plain)
        (record,) = caplog.records
        shown = {**vars(record), "message": record.getMessage()}
        for text in (SECRET, headers.get("svix-signature", SECRET), "Ren"):
            assert not any(text in str(value) for value in shown.values())
        return record

    return receive


def test_an_accepted_delivery_is_logged_with_its_event(logged: Any) -> None:
    record = logged(BODY, signing.svix())
    expected = "webhook accepted (svix) type='customer.at_risk' id='evt_1'"
    assert (record.levelname, record.getMessage()) == ("INFO", expected)
    assert (record.webhook_event_type, record.webhook_event_id) == ("customer.at_risk", "evt_1")
    assert (record.webhook_result, record.webhook_delivery_id) == ("accepted", signing.ID)


def test_a_refused_delivery_is_logged_with_its_reason(logged: Any) -> None:
    body = b'{"id":"evt_1","data":{}}'
    record = logged(body, signing.svix(body))
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith("webhook refused (event_malformed) path='type' reason=")
    assert record.webhook_path == "type"
    assert record.webhook_reason is not None
    assert record.webhook_help
    assert record.webhook_delivery_id == signing.ID
    assert record.getMessage().endswith(f" help={record.webhook_help!a}")
    late = logged(BODY, signing.svix(timestamp=NOW - 422))
    assert late.getMessage().startswith("webhook refused (timestamp_too_old) skew=422 help=")
    record = logged(BODY, {})
    assert (record.webhook_header is None, record.webhook_delivery_id) == (False, None)
    assert "header=" in record.getMessage()


def test_a_sender_that_hung_up_is_logged_with_every_possible_cause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def nothing() -> Iterator[bytes]:
        yield b""
        raise ConnectionResetError

    with caplog.at_level(logging.INFO, logger="pivotal_webhooks"):
        for body in (hung_up(), nothing()):
            Receiver(webhook).respond(given(body), plain)
    some, none = caplog.records
    assert some.getMessage() == "webhook aborted: the sender hung up body_bytes=9"
    assert vars(some)["webhook_help"] is None
    hint = vars(none)["webhook_help"]
    assert none.getMessage() == (
        "webhook aborted: the sender hung up, or something read the body before the receiver "
        f"body_bytes=0 help={hint!a}"
    )
    assert "look for a middleware" in hint
    assert (some.levelname, none.levelname) == ("INFO", "WARNING")


def test_an_outcome_has_the_error_and_the_facts_of_an_authentic_delivery() -> None:
    labelled = Webhook({"2026": SECRET}, clock=lambda: NOW)
    with pytest.raises(WebhookVerificationError) as caught:
        Receiver(labelled, on_outcome=outcomes.append).receive(signing.svix(b"[]"), [b"[]"])
    outcome = outcomes[0]
    assert (outcome.scheme, outcome.skew, outcome.label) == ("svix", 0, "2026")
    assert outcome.error is caught.value
    assert outcome.event is None


@pytest.mark.parametrize("host", [flask, django, aws_lambda])
def test_a_host_that_reads_in_one_call_refuses_a_timeout(host: Any) -> None:
    with pytest.raises(TypeError, match="set the timeout of the server"):
        host.WebhookReceiver(webhook, body_timeout=1)


@pytest.mark.parametrize("seconds", [0, -1, 3601, float("nan"), float("inf")])
def test_a_timeout_has_a_range(seconds: float) -> None:
    with pytest.raises(ValueError, match="more than 0 seconds, and at most 3600"):
        Receiver(webhook, body_timeout=seconds)


@pytest.mark.parametrize("seconds", ["1", True])
def test_a_timeout_is_a_number(seconds: Any) -> None:
    with pytest.raises(TypeError, match="body_timeout must be a number of seconds"):
        Receiver(webhook, body_timeout=seconds)


def test_a_read_that_blocks_takes_no_timeout() -> None:
    with pytest.raises(TypeError, match="can't be interrupted"):
        Receiver(webhook, body_timeout=1).receive(signing.svix(), iter([BODY]))


def test_a_timeout_ends_the_reading_and_leaves_no_task(caplog: pytest.LogCaptureFixture) -> None:
    closed: list[bool] = []

    async def stopping() -> AsyncIterator[bytes]:
        try:
            yield BODY[:9]
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async def receive() -> None:
        limited = Receiver(webhook, body_timeout=0.01)
        with pytest.raises(BodyTimeoutError):
            await limited.receive_async(signing.svix(), stopping())
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(receive())
    assert closed == [True]
    (record,) = caplog.records
    assert (record.levelno, vars(record)["webhook_body_bytes"]) == (logging.WARNING, 9)
    assert "webhook timed out: its body did not arrive in time" in record.message
    assert "raise `body_timeout`" in vars(record)["webhook_help"]


def test_the_rest_of_a_refused_body_is_discarded_for_a_time_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(receiving, "MAX_DISCARD_SECONDS", 0.01)

    async def stopping() -> AsyncIterator[bytes]:
        yield b" " * (webhook.max_body + 1)
        await asyncio.Event().wait()

    async def respond() -> receiving.Answer:
        request = Request[AsyncIterator[bytes]](signing.svix(), stopping())
        return await receiver.respond_async(request, plain)

    answer = asyncio.run(respond())
    assert (answer.status, answer.close) == (413, True)
    assert outcomes.pop().code == "payload_too_large"


def test_a_timeout_of_the_host_is_a_sender_that_hangs_up() -> None:
    async def failing() -> AsyncIterator[bytes]:
        yield BODY[:9]
        raise TimeoutError

    with pytest.raises(SenderGoneError):
        asyncio.run(receiver.receive_async(signing.svix(), failing()))
