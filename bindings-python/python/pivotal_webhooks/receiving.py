"""The way from a request to an event, without a framework.

Every adapter of this package is this and a few lines around it: where its framework keeps the
headers and the body, and how it answers. An adapter for another framework is as short.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeAlias, TypeVar

from pivotal_webhooks import Webhook, WebhookVerificationError
from pivotal_webhooks._core import body_compressed, body_too_large

if TYPE_CHECKING:
    from pivotal_webhooks.codes import ErrorCode
    from pivotal_webhooks.events import PivotalEvent, PivotEvent

EventT = TypeVar("EventT", bound="PivotalEvent | PivotEvent")

ANSWERS: Final[Mapping[int, str]] = MappingProxyType(
    {
        200: "ok",
        400: "invalid payload",
        401: "invalid signature",
        405: "method not allowed",
        413: "payload too large",
        500: "internal error",
    }
)
"""All that a sender is told, by status: the same for every reason, which goes to the log."""


class Outcome(NamedTuple):
    """What became of a delivery, for logs and metrics: nothing in it is text from the request."""

    code: ErrorCode | None
    """Why it was refused; `None` for one that was accepted."""
    status: int
    """The HTTP status of the answer, as far as verification decides it."""
    scheme: str | None
    """The header scheme of an accepted delivery."""
    skew: int | None
    """Seconds from the signed time to the clock, negative for a time that is ahead."""
    label: str | None
    """The label of the secret that signed an accepted delivery."""
    body_bytes: int
    """How much of the body was read."""


OutcomeHook: TypeAlias = Callable[[Outcome], object]
"""What is told of every outcome. It must not raise: that would be an error of the receiver."""

logger = logging.getLogger("pivotal_webhooks")


def log_outcome(outcome: Outcome) -> None:
    """Log an outcome to the logger `pivotal_webhooks`, as receivers do unless told otherwise.

    Accepted deliveries are logged as information, refused ones as warnings, a fault of the receiver
    as an error. The fields of the `Outcome` are attributes of the record, each behind `webhook_`.
    """
    details = {f"webhook_{name}": value for name, value in outcome._asdict().items()}
    if outcome.code is None:
        logger.info("webhook accepted (%s)", outcome.scheme, extra=details)
    elif outcome.status >= 500:
        logger.error("webhook failed (%s)", outcome.code, extra=details)
    else:
        logger.warning("webhook refused (%s)", outcome.code, extra=details)


class RawBodyGoneError(TypeError):
    """Something read the body before the receiver could: a fault of this program."""


class Receiver(Generic[EventT]):
    """One webhook, and what every request to it goes through.

    :param webhook: The endpoint, made once.
    :param on_outcome: Told of every outcome; `log_outcome` by default.
    """

    def __init__(self, webhook: Webhook[EventT], *, on_outcome: OutcomeHook = log_outcome) -> None:
        self.webhook = webhook
        self.on_outcome = on_outcome

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
        :param body: The raw body in pieces. None is taken beyond the one that is too many.
        :param encoding: The value of the header `content-encoding`, if there is one.
        :param length: The value of the header `content-length`, if there is one.
        :raises WebhookVerificationError: As `Webhook.unwrap`; `payload_too_large` while reading,
            `header_malformed` for a compressed body.
        """
        reading = self._begin(encoding, length)
        for piece in body:
            reading.add(piece)
        return reading.event(headers)

    async def receive_async(
        self,
        headers: Any,
        body: AsyncIterable[bytes],
        *,
        encoding: str | None = None,
        length: str | None = None,
    ) -> EventT:
        """Read a request's body as it arrives and return its event; otherwise as `receive`."""
        reading = self._begin(encoding, length)
        async for piece in body:
            reading.add(piece)
        return reading.event(headers)

    def _begin(self, encoding: str | None, length: str | None) -> _Reading[EventT]:
        reading = _Reading(self)
        if encoding is not None and encoding.strip().lower() not in ("", "identity"):
            raise reading.refused(body_compressed())
        # What a sender announces is not believed, but spares reading it.
        if length is not None and length.isdecimal() and int(length[:20]) > self.webhook.max_body:
            raise reading.refused(body_too_large())
        return reading


class _Reading(Generic[EventT]):
    """The body of one request while it is read."""

    def __init__(self, receiver: Receiver[EventT]) -> None:
        self.receiver = receiver
        self.pieces: list[bytes] = []
        self.size = 0

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self.receiver.webhook.max_body:
            raise self.refused(body_too_large())
        self.pieces.append(piece)

    def event(self, headers: Any) -> EventT:
        body = self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)
        try:
            event = self.receiver.webhook.unwrap(body, headers)
        except WebhookVerificationError as error:
            self.refused(error)
            raise
        delivery = event.delivery
        self.tell(None, 200, delivery.scheme, delivery.skew, delivery.label)
        return event

    def refused(self, error: WebhookVerificationError) -> WebhookVerificationError:
        self.tell(error.code, error.status, None, error.skew, None)
        return error

    def tell(
        self,
        code: ErrorCode | None,
        status: int,
        scheme: str | None,
        skew: int | None,
        label: str | None,
    ) -> None:
        self.receiver.on_outcome(Outcome(code, status, scheme, skew, label, self.size))
