"""The flow of a webhook request, from its headers and body to the answer, without a framework.

The adapters of this package translate their framework's request into a `Request`, and an `Answer`
into the framework's response. `Receiver` does the rest: it reads the body up to its limit, verifies
it, calls the handler and decides the answer. An adapter for another framework needs the same two
translations.
"""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Mapping,
)
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Final,
    Generic,
    Literal,
    NamedTuple,
    TypeAlias,
    TypeVar,
    cast,
)

from pivotal_webhooks import Webhook, WebhookVerificationError
from pivotal_webhooks._core import announced_length, answers, body_too_large
from pivotal_webhooks.codes import AUTHENTIC_CODES, ErrorCode

if TYPE_CHECKING:
    from types import ModuleType

    from pivotal_webhooks.diagnosis import Diagnosis, Finding
    from pivotal_webhooks.events import PivotalEvent, PivotEvent
    from pivotal_webhooks.idempotency.once import Once
    from pivotal_webhooks.idempotency.store import AnyStore

EventT = TypeVar("EventT", bound="PivotalEvent | PivotEvent")
BodyT_co = TypeVar("BodyT_co", covariant=True)

ANSWERS: Final[Mapping[int, str]] = MappingProxyType(
    {
        200: "ok",
        405: "method not allowed",
        408: "request timeout",
        409: "event in progress",
        422: "unexpected event type",
        503: "try again later",
        **answers(),
    }
)
"""The text of the answer to the sender, by status. The reason of a refusal goes to the log only."""

MAX_DISCARDED_BYTES: Final = 4 * 2**20
"""How much of a refused body is read and thrown away, so that the sender gets to read the answer.
A connection with more on it is closed, where the server allows it."""

BODY_TIMEOUT_SECONDS: Final = 15
"""How long an async receiver waits for a body by default. No sender waits longer for an answer."""

MAX_DISCARD_SECONDS: Final = 2
"""How long an async receiver discards the rest of a refused body, if its sender stalls."""


class Outcome(NamedTuple):
    """The result of one request, for logs and metrics.

    `error` and `event` are whole objects: read from them what you need, and don't write
    `event.object` or `event.raw` to a log.
    """

    result: Literal[
        "accepted",
        "refused",
        "aborted",
        "timed_out",
        "duplicate",
        "in_progress",
        "lease_lost",
        "store_failed",
    ]
    """The last four follow an `"accepted"` of the same request, in a receiver with the option
    `once`. `"duplicate"`: the event was done before. `"in_progress"`: another worker has it.
    `"lease_lost"`: the handler ran, and meanwhile another worker claimed or completed the event.
    `"store_failed"`: the store gave no answer in time.

    `"aborted"` if the sender hung up before the end of the body. If `body_bytes` is 0 then, the
    cause may also be something that read the body before the receiver: an ASGI server that has no
    more of it waits until the sender hangs up, or until the time for the body has ended.

    `"timed_out"` if the body was not complete when the `body_timeout` of the receiver had ended."""
    code: ErrorCode | None
    """Why it was refused, otherwise `None`."""
    status: int
    """The HTTP status that verification decides: 200, or that of the error. 400 if aborted, 408
    if timed out. For the results of the store, the status of the answer; if the handler answers,
    200."""
    scheme: str | None
    """The header scheme, if the signature is genuine."""
    skew: int | None
    """Seconds from the signed time to the clock; negative if the signed time is ahead."""
    label: str | None
    """The label of the secret that made the signature, if the signature is genuine."""
    body_bytes: int
    """How many bytes of the body were read."""
    error: WebhookVerificationError | None = None
    """The reason of a refusal, otherwise `None`."""
    event: PivotalEvent | PivotEvent | None = None
    """The event of an accepted delivery, otherwise `None`."""
    delivery_id: str | None = None
    """The signed id of the delivery, if the signature is genuine and covers one."""
    store_error: Exception | None = None
    """What the store raised, if the result is `"store_failed"`."""


OutcomeHook: TypeAlias = Callable[[Outcome], object]
"""A function that is called once per request, when verification has decided and before the handler
runs; with the option `once` it is called a second time if this request did not complete the event
as usual. It may be async, except under WSGI. An error in it is logged and changes no answer."""

logger = logging.getLogger("pivotal_webhooks")


def log_outcome(outcome: Outcome) -> None:
    """Log an outcome to the logger `pivotal_webhooks`: the default `on_outcome`.

    Accepted and aborted deliveries have level INFO. Refused ones, those that timed out, and aborted
    ones of which no byte could be read, have level WARNING, and `help` in the line says what to do.
    Internal errors have level ERROR.

    The record has these attributes: `webhook_result`, `webhook_code`, `webhook_status`,
    `webhook_scheme`, `webhook_skew`, `webhook_label`, `webhook_body_bytes`, `webhook_delivery_id`,
    `webhook_event_type`, `webhook_event_id`, `webhook_header`, `webhook_path`, `webhook_reason` and
    `webhook_help`. None of them holds a secret, a signature or a part of the body other than the
    event's type and id.
    """
    error, event = outcome.error, outcome.event
    fields: dict[str, object] = {
        name: value
        for name, value in outcome._asdict().items()
        if name not in ("error", "event", "store_error")
    }
    for name in ("header", "path", "reason", "help"):
        fields[name] = getattr(error, name, None)
    shown: dict[str, object] = {}
    if event is not None:
        shown = {"type": event.type, "id": event.id}
    for name in ("type", "id"):
        fields[f"event_{name}"] = shown.get(name)
    if outcome.result == "accepted":
        level, title = logging.INFO, f"webhook accepted ({outcome.scheme})"
    elif outcome.result == "aborted":
        level, title = logging.INFO, "webhook aborted: the sender hung up"
        shown = {"body_bytes": outcome.body_bytes}
        if outcome.body_bytes == 0:
            level = logging.WARNING
            title += ", or something read the body before the receiver"
            shown["help"] = fields["help"] = _NOTHING_READ
    elif outcome.result == "timed_out":
        level, title = logging.WARNING, "webhook timed out: its body did not arrive in time"
        fields["help"] = _TIMED_OUT if outcome.body_bytes else _NOTHING_READ
        shown = {"body_bytes": outcome.body_bytes, "help": fields["help"]}
    elif outcome.result != "refused":
        level, title = _STORE_RESULTS[outcome.result]
    else:
        failed = outcome.status >= 500
        level = logging.ERROR if failed else logging.WARNING
        title = f"webhook {'failed' if failed else 'refused'} ({outcome.code})"
        shown = {name: fields[name] for name in ("header", "path", "reason", "skew")}
        shown |= {"delivery": outcome.delivery_id, "help": fields["help"]}
    # `ascii` keeps what a sender wrote on one line.
    details = [f"{name}={value!a}" for name, value in shown.items() if value is not None]
    record = {f"webhook_{name}": value for name, value in fields.items()}
    cause = outcome.store_error
    logger.log(level, "%s", " ".join([title, *details]), exc_info=cause, extra=record)


def log_finding(outcome: Outcome, finding: Finding | None) -> None:
    """Log why a delivery was refused to the logger `pivotal_webhooks`, with level WARNING.

    The record has the attributes `webhook_finding`, `webhook_finding_message` and
    `webhook_finding_help`. None of them holds a secret, a signature or a part of the body.

    :param finding: The first finding of a diagnosis; `None` if no known accident fits.
    """
    if finding is not None:
        code, message, help = finding.code, finding.message, finding.help
    elif outcome.code not in AUTHENTIC_CODES:
        code, message, help = None, "no known accident fits", _NO_FINDING
    else:
        return  # the signature is right, and the error says what is wrong with the event
    record = {"finding": code, "finding_message": message, "finding_help": help}
    extra = {f"webhook_{name}": value for name, value in record.items()}
    title = "" if code is None else f" ({code})"
    logger.warning("webhook diagnosed%s: %s; help=%a", title, message, help, extra=extra)


_NO_FINDING: Final = (
    "the secret belongs to another endpoint, or the content was changed; if there are other "
    "secrets, pass them to the diagnosis as `other_secrets`"
)


_STORE_RESULTS: Final[Mapping[str, tuple[int, str]]] = {
    "duplicate": (logging.INFO, "webhook not handled again: the event is done"),
    "in_progress": (logging.INFO, "webhook not handled now: another worker has the event"),
    "lease_lost": (
        logging.WARNING,
        "webhook handled, but another worker claimed the event meanwhile",
    ),
    "store_failed": (logging.ERROR, "webhook store failed"),
}


_NOTHING_READ: Final = (
    "if this happens to deliveries that their sender did not break off, look for a middleware that "
    "reads the body before the receiver: in ASGI it must pass on a `receive` that gives the same "
    "messages again"
)


_TIMED_OUT: Final = (
    "no supported sender is this slow: look for a slow proxy, or for a caller that is not the "
    "sender; raise `body_timeout` if your deliveries really need longer"
)


class RawBodyGoneError(TypeError):
    """Something read the request's body before the receiver: a fault of this program.

    The outcome hook is not called, and the host answers with 500.
    """


class SenderGoneError(ConnectionResetError):
    """The sender hung up before the end of the body. It can't read any answer."""


class BodyTimeoutError(TimeoutError):
    """The body was not complete when the receiver's `body_timeout` had ended."""


class Answer(NamedTuple):
    """What to answer to the sender."""

    status: int
    """The HTTP status."""
    allow: bool = False
    """Add the header `Allow: POST`."""
    close: bool = False
    """The rest of the body is unread: add `Connection: close` where the host and HTTP version
    allow it."""
    aborted: bool = False
    """The sender hung up: nobody reads this answer."""
    returned: Any = None
    """What the handler returned, if it ran."""
    retry_after: int | None = None
    """In how many seconds the sender should try again."""

    @property
    def text(self) -> str:
        """The body of the answer, one constant text per status."""
        return ANSWERS[self.status]

    def headers(self) -> dict[str, str]:
        """Return the headers `allow`, `retry-after` and `connection`, as far as they are needed."""
        headers = {"allow": "POST"} if self.allow else {}
        if self.retry_after is not None:
            headers["retry-after"] = str(self.retry_after)
        return headers | ({"connection": "close"} if self.close else {})


class RefusedError(Exception):
    """The request was refused, or its body did not arrive; `answer` is what to send.

    Its `__cause__` is the `WebhookVerificationError`, a `SenderGoneError` or a `BodyTimeoutError`.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


def _discard(_: bytes) -> None: ...


async def in_one_piece(body: bytes) -> AsyncIterator[bytes]:
    """Give a body that the host has already, as the `body` of an async `Request`."""
    yield body


@dataclass(frozen=True)
class Request(Generic[BodyT_co]):
    """One request, as its host describes it."""

    headers: Any
    """The headers, in any shape that `Webhook.unwrap` takes."""
    body: BodyT_co
    """The raw body in pieces of bytes: an iterable, or an async one for the async methods. It
    raises `OSError` if the sender hangs up. It reads from the host even after `keep`, so that the
    rest of a refused body can be discarded."""
    method: str = "POST"
    encoding: str | None = None
    """The value of the header `content-encoding`, if there is one."""
    length: str | None = None
    """The value of the header `content-length`, if there is one."""
    chunked: bool = False
    """Whether the request has the header `transfer-encoding`."""
    keep: Callable[[bytes], object] = field(default=_discard)
    """Called once with what was read of the body, or `b""` if it was too large, before anything
    else runs. A host stores it where its request object returns the body from."""
    gone: str = "something read the request's body before the receiver; let the receiver come first"
    """The text of the `RawBodyGoneError` for a body that is missing."""
    arrived: Callable[[], int] | None = None
    """How many bytes of the body arrived, if the host counts them."""


class Receiver(Generic[EventT]):
    """A webhook, and the flow of every request to it.

    :param webhook: The endpoint, made once.
    :param on_outcome: Called with the `Outcome` of every request; `log_outcome` by default.
    :param once: A store of `pivotal_webhooks.idempotency`, or a `Once` around it with options: each
        event is handled to completion once.
    :param on_failure: For development: a `Diagnosis` of `pivotal_webhooks.diagnosis`. After a
        refusal the first finding is logged; what the sender gets stays the same.
    :param body_timeout: How long the async methods wait for the whole body, in seconds: 15 by
        default. The other methods can't interrupt a read, and refuse a receiver with this option.
    :raises TypeError: `webhook` is not a `Webhook`, or `on_failure` not a `Diagnosis`, or
        `on_outcome` can't be called, or it or the store is async and this receiver isn't, or
        `body_timeout` is not a number or was passed to a receiver of a sync host.
    :raises ValueError: The store would keep events for less than twice the webhook's tolerance, or
        `body_timeout` is not more than 0 and at most 3600.
    """

    _awaits: ClassVar[bool] = True
    """Whether the flow of this host is async: it can run async hooks, handlers and stores."""
    _runs_async: ClassVar[bool] = False
    """Whether the sync flow of this host can wait for an async hook, by `_run_async`."""
    _streams: ClassVar[bool] = False
    """Whether the host runs a generator that a handler returned, after the receiver is done."""

    def __init__(
        self,
        webhook: Webhook[EventT],
        *,
        on_outcome: OutcomeHook = log_outcome,
        once: AnyStore | Once | None = None,
        on_failure: Diagnosis | None = None,
        body_timeout: float | None = None,
    ) -> None:
        check_webhook(webhook)
        runs_async = self._awaits or self._runs_async
        check_callable("on_outcome", on_outcome, awaits=runs_async)
        self.once = None if once is None else _once(once)
        if self.once is not None:
            self.once.check(webhook, awaits=self._awaits)
        if on_failure is not None:
            _check_diagnosis(on_failure)
        if body_timeout is not None:
            _check_timeout(body_timeout, awaits=self._awaits)
        self.body_timeout = body_timeout
        self.webhook = webhook
        self.on_outcome = on_outcome
        self.on_failure = on_failure
        self._on_outcome_is_async = is_async(on_outcome)

    def receive(
        self,
        headers: Any,
        body: Iterable[bytes],
        *,
        encoding: str | None = None,
        length: str | None = None,
    ) -> EventT:
        """Read a request's body and return its event.

        :param headers: The headers, in any shape that `Webhook.unwrap` takes.
        :param body: The raw body in pieces. Reading stops at the webhook's `max_body`.
        :param encoding: The value of the header `content-encoding`, if there is one.
        :param length: The value of the header `content-length`, if there is one.
        :raises WebhookVerificationError: As `Webhook.unwrap`; `payload_too_large` while reading,
            `header_malformed` for a compressed body.
        :raises SenderGoneError: `body` raised an `OSError`.
        :raises RawBodyGoneError: `length` announces more than `body` gave, and the signature
            doesn't match.
        :raises TypeError: This receiver has a store, which an event alone doesn't reach, or a
            `body_timeout`.
        """
        try:
            return self.take(Request(headers, body, encoding=encoding, length=length))
        except RefusedError as refused:
            raise _cause(refused) from None

    async def receive_async(
        self,
        headers: Any,
        body: AsyncIterable[bytes],
        *,
        encoding: str | None = None,
        length: str | None = None,
    ) -> EventT:
        """Read a request's body as it arrives and return its event; otherwise as `receive`.

        :raises BodyTimeoutError: The body was not complete after `body_timeout` seconds.
        """
        try:
            return await self.take_async(Request(headers, body, encoding=encoding, length=length))
        except RefusedError as refused:
            raise _cause(refused) from None

    def respond(
        self, request: Request[Iterable[bytes]], handle: Callable[[EventT], object]
    ) -> Answer:
        """Receive a request, call the handler with its event, and return the answer.

        :raises Exception: The handler raised it. The host answers with 500, and the sender tries
            again.
        :raises TypeError: The handler returned an awaitable, which nothing here can wait for.
        :raises RawBodyGoneError: Something read the body before the receiver.
        """
        return self._respond(request, handle)

    def _respond(
        self,
        request: Request[Iterable[bytes]],
        handle: Callable[[EventT], object],
        *,
        lease: int | None = None,
    ) -> Answer:
        if request.method != "POST":
            return Answer(405, allow=True)
        try:
            event = self._take(request)
        except RefusedError as refused:
            return refused.answer
        return self._complete(event, handle, lease=lease)

    async def respond_async(
        self, request: Request[AsyncIterable[bytes]], handle: Callable[[EventT], object]
    ) -> Answer:
        """Receive a request as `respond` does, with a handler that may be async.

        A handler that isn't async runs in a thread, so that it doesn't block the event loop.
        """
        if request.method != "POST":
            return Answer(405, allow=True)
        try:
            event = await self._take_async(request)
        except RefusedError as refused:
            return refused.answer
        return await self._complete_async(event, handle)

    # Everything between a verified event and its answer happens in these two.

    def _complete(
        self, event: EventT, handle: Callable[[EventT], object], *, lease: int | None = None
    ) -> Answer:
        def run(event: EventT) -> object:
            return self._has_run(_not_awaitable("the handler", handle(event)))

        if self.once is None:
            return Answer(200, returned=run(event))
        return self.once.run(
            event, run, succeeded=self._succeeded, report=self._report, lease=lease
        )

    async def _complete_async(self, event: EventT, handle: Callable[[EventT], object]) -> Answer:
        async def run(event: EventT) -> object:
            if is_async(handle):
                returned = handle(event)
            else:
                returned = await in_thread(handle, event, waits=self.once is not None)
            return self._has_run(await returned if inspect.isawaitable(returned) else returned)

        if self.once is None:
            return Answer(200, returned=await run(event))
        return await self.once.run_async(
            event, run, succeeded=self._succeeded, report=self._report_async
        )

    def _has_run(self, returned: object) -> object:
        """Return what a handler returned, unless the handler's code has not run yet.

        :raises TypeError: It is a generator that this host does not run, or runs only after the
            event has been marked as done.
        """
        if inspect.isgenerator(returned):
            if self._streams and self.once is None:
                return returned
            returned.close()
        elif not inspect.isasyncgen(returned):
            return returned
        raise TypeError(
            "the handler returned a generator, whose code has not run: use no `yield` in it"
        )

    def _succeeded(self, returned: Any) -> bool:
        """Tell whether what a handler returned is answered with a status of 2xx.

        :raises TypeError: It is a response whose body runs later, as `check_complete` says.
        """
        return True

    def take(self, request: Request[Iterable[bytes]]) -> EventT:
        """Read a request's body and return its event.

        :raises RefusedError: The delivery is refused, or its sender hung up.
        :raises RawBodyGoneError: Something read the body before the receiver.
        :raises TypeError: This receiver has a store, which an event alone doesn't reach.
        """
        self._check_no_store()
        return self._take(request)

    async def take_async(self, request: Request[AsyncIterable[bytes]]) -> EventT:
        """Read a request's body as it arrives and return its event; otherwise as `take`."""
        self._check_no_store()
        return await self._take_async(request)

    _with_store: ClassVar[str] = "`respond` or `respond_async`"
    """What calls a handler through the store, for the text of an error."""

    def _check_no_store(self) -> None:
        if self.once is not None:
            raise TypeError(
                "this receiver has a store (`once`), and an event that is returned here would be "
                f"handled without a claim: use {self._with_store}"
            )

    def _take(self, request: Request[Iterable[bytes]]) -> EventT:
        if self._on_outcome_is_async and not self._runs_async:
            raise TypeError("on_outcome is async: use `receive_async`, or pass a plain function")
        if self.body_timeout is not None:
            raise TypeError(
                "this receiver has a `body_timeout`, and a read that blocks can't be interrupted: "
                "use `receive_async` or `respond_async`, or set the timeout of the server"
            )
        reading = _Reading(self.webhook, request)
        pieces = iter(request.body)
        try:
            try:
                if not reading.refused_by_headers():
                    reading.complete = not any(reading.is_refused_by(piece) for piece in pieces)
            except OSError as error:
                reading.abort(error)
            request.keep(reading.body)
            outcome = reading.decide()
            self._report(outcome)
            if outcome.event is not None:
                return cast("EventT", outcome.event)
            self._diagnose(reading, outcome)
            with suppress(OSError):
                while reading.has_rest():
                    reading.discard(next(pieces, None))
            raise reading.refusal() from reading.cause
        finally:
            if isinstance(pieces, Generator):
                pieces.close()

    async def _take_async(self, request: Request[AsyncIterable[bytes]]) -> EventT:
        reading = _Reading(self.webhook, request)
        pieces = aiter(request.body)
        try:
            if not await self._in_time(reading.read(pieces), self.body_timeout):
                reading.cause = BodyTimeoutError("the body did not arrive in time")
            request.keep(reading.body)
            outcome = reading.decide()
            await self._report_async(outcome)
            if outcome.event is not None:
                return cast("EventT", outcome.event)
            self._diagnose(reading, outcome)
            await self._in_time(reading.discard_rest(pieces), MAX_DISCARD_SECONDS)
            raise reading.refusal() from reading.cause
        finally:
            # Without it, trio warns of a generator that was left behind.
            if close := getattr(pieces, "aclose", None):
                await close()

    async def _in_time(self, reading: Coroutine[Any, Any, None], seconds: float | None) -> bool:
        """Read, unless it takes longer; whether it has ended.

        A sync host reads without waiting in the event loop, where nothing could interrupt it.
        """
        if not self._awaits:
            await reading
            return True
        seconds = BODY_TIMEOUT_SECONDS if seconds is None else seconds
        trio = running_trio()
        if trio is not None:
            with trio.move_on_after(seconds) as scope:
                await reading
            return not scope.cancelled_caught
        import asyncio

        # In this task, unlike `asyncio.wait_for` before Python 3.12: under hypercorn a task of its
        # own left an endless body unanswered.
        task, is_late = asyncio.current_task(), False

        def end() -> None:
            nonlocal is_late
            is_late = True
            if task is not None:
                task.cancel()

        timer = asyncio.get_running_loop().call_later(seconds, end)
        try:
            await reading
        except asyncio.CancelledError:
            if not is_late:
                raise
            if sys.version_info >= (3, 11) and task is not None and task.uncancel() > 0:
                raise  # somebody else has cancelled it too
            return False
        finally:
            timer.cancel()
        return True

    def _report(self, outcome: Outcome) -> None:
        try:
            returned = self.on_outcome(outcome)
            if inspect.isawaitable(returned):
                self._run_async(returned)
        except Exception:
            logger.exception("on_outcome failed; the answer stays the same")

    def _run_async(self, awaitable: Awaitable[object]) -> object:
        """Wait for what an async hook or handler returned, in the sync flow.

        :raises TypeError: This host can't.
        """
        return _not_awaitable("on_outcome", awaitable)

    async def _report_async(self, outcome: Outcome) -> None:
        try:
            returned = self.on_outcome(outcome)
            if inspect.isawaitable(returned):
                await returned
        except Exception:
            logger.exception("on_outcome failed; the answer stays the same")

    def _diagnose(self, reading: _Reading[EventT], outcome: Outcome) -> None:
        # A body that was not read to its end explains nothing.
        if self.on_failure is None or outcome.error is None or not reading.complete:
            return
        try:
            findings = self.on_failure.diagnose(reading.body, reading.request.headers)
            log_finding(outcome, findings[0] if findings else None)
        except Exception:
            logger.exception("webhook diagnosis failed; the answer stays the same")


class _Reading(Generic[EventT]):
    """The body of one request while it is read, and then the decision about the request."""

    def __init__(self, webhook: Webhook[EventT], request: Request[Any]) -> None:
        self.webhook = webhook
        self.request = request
        self.size = 0
        self.discarded = 0
        self.complete = False
        """Whether the whole body was read, discarded bytes included."""
        self.cause: WebhookVerificationError | SenderGoneError | BodyTimeoutError | None = None
        self._buffer: bytes | bytearray = b""
        self._announced = 0

    @property
    def body(self) -> bytes:
        if isinstance(self._buffer, bytearray):
            self._buffer = bytes(self._buffer)
        return self._buffer

    def refused_by_headers(self) -> bool:
        length = self.request.length or ""
        facts = (("content-encoding", self.request.encoding or ""), ("content-length", length))
        try:
            self._announced = announced_length(self.webhook, facts) or 0
        except WebhookVerificationError as error:
            self.cause = error
            # How much there is to discard; no more than 20 digits, as `int` has a limit.
            self._announced = int(length[:20]) if length.isascii() and length.isdecimal() else 0
        return self.cause is not None

    async def read(self, pieces: AsyncIterator[bytes]) -> None:
        try:
            if not self.refused_by_headers():
                async for piece in pieces:
                    if self.is_refused_by(piece):
                        break
                else:
                    self.complete = True
        except OSError as error:
            self.abort(error)

    async def discard_rest(self, pieces: AsyncIterator[bytes]) -> None:
        with suppress(OSError):
            while self.has_rest():
                self.discard(await anext(pieces, None))

    def is_refused_by(self, piece: bytes) -> bool:
        self.size += len(piece)
        if self.size > self.webhook.max_body:
            self._buffer = b""
            self.cause = body_too_large()
            return True
        if isinstance(self._buffer, bytearray):
            self._buffer += piece
        elif not self._buffer:
            self._buffer = bytes(piece)  # no copy of bytes
        elif piece:
            self._buffer = bytearray(self._buffer)
            self._buffer += piece
        return False

    def abort(self, error: OSError) -> None:
        self.cause = SenderGoneError("the sender hung up before the end of the body")
        self.cause.__cause__ = error

    def decide(self) -> Outcome:
        if self.cause is None:
            try:
                event = self.webhook.unwrap(self.body, self.request.headers)
            except WebhookVerificationError as error:
                self._blame_the_program(error)
                self.cause = error
            else:
                signed = event.delivery
                facts = (signed.scheme, signed.skew, signed.label, self.size)
                return Outcome("accepted", None, 200, *facts, None, event, signed.id)
        if isinstance(self.cause, SenderGoneError):
            return Outcome("aborted", None, 400, None, None, None, self.size)
        if isinstance(self.cause, BodyTimeoutError):
            return Outcome("timed_out", None, 408, None, None, None, self.size)
        refusal, skew = self.cause, self.cause.skew
        scheme = label = delivery_id = None
        if refusal.code in AUTHENTIC_CODES:
            with suppress(WebhookVerificationError):
                signed = self.webhook.verify_signature(self.body, self.request.headers)
                scheme, label, delivery_id = signed.scheme, signed.label, signed.id
                skew = signed.skew
        return Outcome(
            "refused",
            refusal.code,
            refusal.status,
            scheme,
            skew,
            label,
            self.size,
            refusal,
            None,
            delivery_id,
        )

    def _blame_the_program(self, error: WebhookVerificationError) -> None:
        """Raise if the signature doesn't match because the body was read before.

        A request without signature headers is refused in any case, so that strangers can't raise
        this error.
        """
        request = self.request
        announced = self._announced if request.arrived is None else request.arrived()
        missing = self.size < announced or (request.chunked and self.size == 0)
        if missing and error.code == "signature_mismatch":
            raise RawBodyGoneError(request.gone) from error

    def has_rest(self) -> bool:
        return (
            not self.complete
            and isinstance(self.cause, WebhookVerificationError)
            and self.discarded <= MAX_DISCARDED_BYTES
            and self._announced - self.size <= MAX_DISCARDED_BYTES
        )

    def discard(self, piece: bytes | None) -> None:
        if piece is None:
            self.complete = True
        else:
            self.discarded += len(piece)

    def refusal(self) -> RefusedError:
        if isinstance(self.cause, WebhookVerificationError):
            return RefusedError(Answer(self.cause.status, close=not self.complete))
        if isinstance(self.cause, BodyTimeoutError):
            return RefusedError(Answer(408, close=True))
        return RefusedError(Answer(400, close=True, aborted=True))


def check_webhook(webhook: object) -> None:
    """Refuse anything but a `Webhook`, for receivers.

    :raises TypeError: It is something else. The text doesn't show it, because it may be a secret.
    """
    if not isinstance(webhook, Webhook):
        raise TypeError(
            "webhook must be a Webhook, as in "
            'WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"])), '
            f"not {type(webhook).__name__}"
        )


def _check_diagnosis(on_failure: object) -> None:
    # Imported here, so that receivers without a diagnosis load nothing of it.
    from pivotal_webhooks.diagnosis import Diagnosis

    if not isinstance(on_failure, Diagnosis):
        raise TypeError(
            "on_failure must be a Diagnosis, as in on_failure=Diagnosis(secret) with the Diagnosis "
            f"of pivotal_webhooks.diagnosis, not {type(on_failure).__name__}"
        )


def _check_timeout(seconds: object, *, awaits: bool) -> None:
    if not awaits:
        raise TypeError(
            "this host reads the body in one blocking call, which no `body_timeout` can interrupt: "
            "set the timeout of the server, or of the proxy before it"
        )
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"body_timeout must be a number of seconds, not {type(seconds).__name__}")
    if not 0 < seconds <= 3600:
        raise ValueError("body_timeout must be more than 0 seconds, and at most 3600")


def check_callable(
    name: str, value: object, *, awaits: bool, instead: str = "", generators: bool = True
) -> None:
    """Refuse a handler or hook that the host can't run.

    :param name: The parameter's name, for the text.
    :param awaits: Whether the host can run async functions.
    :param instead: What to write instead of an async function.
    :param generators: Whether the host can use what a generator function returns.
    :raises TypeError: It can't be called, or it is async or a generator function and the host can't
        run those.
    """
    if not callable(value):
        raise TypeError(f"{name} must be a function, not {type(value).__name__}")
    if not awaits and is_async(value):
        instead = instead or (
            f"write `def` instead of `async def`, or pass `lambda arg: asyncio.run({name}(arg))`"
        )
        raise TypeError(f"{name} must not be async, as nothing here would await it: {instead}")
    called = _called(value)
    if inspect.isasyncgenfunction(called) or (
        not generators and inspect.isgeneratorfunction(called)
    ):
        raise TypeError(
            f"{name} must not be a generator function, which runs nothing when it is called: "
            "use no `yield` in it"
        )


def is_async(function: object) -> bool:
    """Tell whether calling this gives a coroutine: functions, methods, partials, objects."""
    return inspect.iscoroutinefunction(_called(function))


def _called(function: Any) -> Any:
    """What runs when this is called: the `__call__` of an object that is no function itself."""
    while isinstance(function, partial):
        function = function.func
    if isinstance(function, type) or inspect.isroutine(function):
        return function
    return getattr(function, "__call__", function)  # noqa: B004


def check_complete(*, is_streamed: bool) -> None:
    """Refuse a response whose body runs after the event has been marked as done.

    :raises TypeError: The response is streamed.
    """
    if is_streamed:
        raise TypeError(
            "the response is streamed, so that its body would run after the event is done, and a "
            "failure in it would lose the event: do the work first, and return a whole response"
        )


def without_parameter(handle: Callable[..., Any], index: int) -> inspect.Signature:
    """Return a handler's signature without its event, for the view that is made of it.

    Frameworks read a view's parameters, and would take the event for one of the request's.
    """
    try:
        signature = inspect.signature(handle, eval_str=True)
    except Exception:  # an annotation that exists for type checkers only
        signature = inspect.signature(handle)
    parameters = [*signature.parameters.values()]
    if index < len(parameters) and parameters[index].kind is not inspect.Parameter.VAR_POSITIONAL:
        del parameters[index]
    return signature.replace(parameters=parameters)


def _not_awaitable(name: str, returned: object) -> object:
    """Return what a function returned, unless it must be awaited.

    :raises TypeError: It is an awaitable. Nothing here awaits it, so its work did not run.
    """
    if not inspect.isawaitable(returned):
        return returned
    if inspect.iscoroutine(returned):
        returned.close()
    raise TypeError(f"{name} returned an awaitable, and nothing here awaits it: it did not run")


def running_trio() -> ModuleType | None:
    """Return trio if it runs the caller, `None` if asyncio does.

    :raises RuntimeError: Neither of them does.
    """
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        trio = sys.modules.get("trio")
        if trio is None:
            raise
        return trio
    return None


async def in_thread(function: Callable[[EventT], object], event: EventT, *, waits: bool) -> object:
    """Call a handler in a thread.

    :param waits: If the caller is cancelled, wait for the handler, whose thread can't be stopped,
        and let its result decide about its claim. The cancellation is raised afterwards.
    """

    def call() -> object:
        try:
            return function(event)
        except StopIteration as stop:
            # Before Python 3.13 a future that gets a StopIteration never ends.
            raise RuntimeError("the handler raised StopIteration") from stop

    trio = running_trio()
    if trio is not None:
        return cast("object", await trio.to_thread.run_sync(call))
    import asyncio

    if not waits:
        return await asyncio.to_thread(call)
    thread = asyncio.ensure_future(asyncio.to_thread(call))
    caller = asyncio.current_task()
    is_cancelled = False
    while not thread.done():
        try:
            await asyncio.wait([thread])
        except asyncio.CancelledError:
            is_cancelled = True
            if sys.version_info >= (3, 11) and caller is not None:
                caller.uncancel()
    if is_cancelled and caller is not None:
        caller.cancel()
    return thread.result()


def _once(given: AnyStore | Once) -> Once:
    # Imported here, so that receivers without a store load nothing of it.
    from pivotal_webhooks.idempotency.once import Once

    return given if isinstance(given, Once) else Once(given)


def _cause(refused: RefusedError) -> BaseException:
    assert refused.__cause__ is not None
    return refused.__cause__
