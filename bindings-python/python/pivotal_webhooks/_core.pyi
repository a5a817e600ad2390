from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import GenericAlias
from typing import Any, Generic, Literal, Protocol, TypeAlias, final, overload

from typing_extensions import Buffer, Never, Self, TypeVar, disjoint_base

from pivotal_webhooks.errors import WebhookVerificationError
from pivotal_webhooks.events import PivotalEvent, PivotEvent, Subject

__all__ = [
    "Event",
    "Unauthenticated",
    "Verified",
    "Webhook",
    "__version__",
    "body_compressed",
    "body_too_large",
    "catalogue",
    "sent_headers",
]

__version__: str

_Body: TypeAlias = Buffer | str
_Pairs: TypeAlias = Iterable[tuple[str | bytes, str | bytes | None] | list[str] | list[bytes]]

class _Mapping(Protocol):
    def items(self) -> Iterable[tuple[str | bytes, str | bytes | None]]: ...

class _Labelled(Protocol):
    def items(self) -> Iterable[tuple[str, str | None]]: ...

_Headers: TypeAlias = _Mapping | _Pairs
_Secret: TypeAlias = str | Sequence[str | None] | _Labelled | None
_KeyFormat: TypeAlias = Literal["auto", "base64", "text"]
_E = TypeVar("_E", default=PivotalEvent, covariant=True)

@final
class Webhook(Generic[_E]):
    """A Pivotal endpoint: its secrets, prepared once, and what it accepts.

    Make it when the receiver starts, share it between threads, and call it once per delivery. It
    can't be pickled or copied, as it holds secrets.

    For type checkers it is generic in the events that it gives: `Webhook` alone is Pivotal's, one
    of Pivot's is a `Webhook[PivotEvent]`.
    """

    def __new__(
        cls,
        secret: _Secret = None,
        *,
        schemes: Sequence[Literal["svix", "pivotal"]] | None = None,
        tolerance: float | None = None,
        dangerously_ignore_timestamp: bool = False,
        max_body: float | None = None,
        key: _KeyFormat | None = None,
        clock: Callable[[], float] | None = None,
        whsecret: _Secret = None,
    ) -> Webhook[PivotalEvent]:
        """Prepare the endpoint, or raise `WebhookConfigurationError`.

        :param secret: The signing secret; up to eight of them while one is rotated, in a sequence
            or in a mapping from label to secret. `None` and `""` are refused, so a variable that
            is not set can't become a key.
        :param schemes: The header schemes to accept; by default both that Pivotal documents.
        :param tolerance: Seconds between the signed time and the clock, 0 to 3600; 300 by default.
        :param dangerously_ignore_timestamp: Accept deliveries of any age, replays included.
        :param max_body: Bytes; 1 MiB by default. Longer bodies are refused before they are hashed.
        :param key: How a secret's text becomes a key, where `"auto"` is not right.
        :param clock: Unix seconds, for tests; asked once per delivery.
        :param whsecret: Instead of `secret`: the name that Svix's own library gives it.
        """

    @classmethod
    def pivot(
        cls,
        secret: _Secret,
        *,
        tolerance: float | None = None,
        max_event_age: float | None = None,
        max_body: float | None = None,
        key: _KeyFormat | None = None,
        clock: Callable[[], float] | None = None,
    ) -> Webhook[PivotEvent]:
        """Prepare a Pivot endpoint.

        Pivot signs the body alone: a captured delivery stays valid for ever unless `max_event_age`
        is set.

        :param max_event_age: Seconds since the time that the event's own `timestamp` tells.
        """

    def unwrap(self, body: _Body, headers: _Headers) -> _E:
        """Verify a delivery and return its event, in the class of its type.

        A type that the catalogue doesn't list is no error: it is an `UnknownEvent`, or an
        `UnknownPivotEvent`. Fields that it doesn't list are kept.

        :param body: The raw bytes of the request, before any parser read them.
        :param headers: The request's headers, as the framework hands them over: any mapping in any
            letter case, pairs of text or bytes, a WSGI environ.
        :raises WebhookVerificationError: It is not authentic, not fresh, or no event:
            `payload_malformed` if the body is not strict JSON, or empty; `event_malformed` if a
            field of the envelope is missing or of a wrong type; `event_type_mismatch` if an
            unsigned header says another type.
        """

    @overload
    def verify(self, body: _Body, headers: _Headers) -> Any:
        """Verify a delivery and return its parsed JSON: a dict, or `None` for an empty body.

        :param body: The raw bytes of the request, before any parser read them.
        :param headers: The request's headers, as for `unwrap`.
        :raises WebhookVerificationError: It is not authentic, not fresh or not strict JSON.
        """

    @overload
    def verify(self, *, data: _Body, headers: _Headers = ...) -> Any:
        """Verify a delivery, with the body under the name that Svix's own library uses.

        The headers are as necessary as above.
        """

    def verify_signature(self, body: _Body, headers: _Headers) -> Verified:
        """Verify a delivery's signature and time, whatever its body is.

        :raises WebhookVerificationError: It is not authentic or not fresh.
        """

    def sign(
        self,
        msg_id: str,
        timestamp: float | datetime,
        data: _Body,
        *,
        scheme: Literal["svix", "pivotal", "pivot"] | None = None,
    ) -> str:
        """Sign a delivery as its sender would, for tests: the value of the signature header.

        :param timestamp: Unix seconds, or a datetime with a time zone.
        :param scheme: One that this endpoint accepts; the first of them by default.
        """

    def __class_getitem__(cls, key: Any) -> GenericAlias:
        """Say which events it gives, in an annotation."""
    @property
    def sender(self) -> Literal["pivotal", "pivot"]:
        """Whose deliveries arrive."""

    @property
    def max_body(self) -> int:
        """The longest body that is hashed, in bytes."""

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Refuse with `TypeError`: a pickle or a copy would carry the secret away."""

@disjoint_base
class Event:
    """An authentic event. Only `Webhook.unwrap` makes one, of a subclass in `events`.

    Its attributes can't be set. The dicts are plain ones: what you change in them, you alone see.
    It can't be pickled or copied: keep `raw`.
    """

    def __new__(cls, _: Never, /) -> Self:
        """Refuse with `TypeError`."""
    @property
    def type(self) -> str:
        """What happened. An open set: senders add types."""
    @property
    def id(self) -> str | None:
        """The same on every retry and replay of the event. Pivot's events have none."""
    @property
    def created_at(self) -> datetime | None:
        """When it happened, not when it was sent, in UTC.

        Digits beyond microseconds are cut off; a leap second is the one before it.
        """
    @property
    def org_id(self) -> str | None:
        """The organisation that it happened in."""
    @property
    def space_id(self) -> str | None:
        """The space that it happened in; of Pivot alone."""
    @property
    def subject(self) -> Subject | None:
        """What it is about: a room or a space; of Pivot alone."""
    @property
    def livemode(self) -> bool | None:
        """`False` for test events; of Pivotal alone."""
    @property
    def api_version(self) -> str | None:
        """The version of the payload; of Pivotal alone."""
    @property
    def object(self) -> Mapping[str, Any]:
        """The record that it is about: a dict, whose fields the subclasses name.

        Where Pivot writes a field in camelCase, it is here under its snake_case name.
        """
    @property
    def previous_attributes(self) -> Mapping[str, Any] | None:
        """The values that the changed fields had before: a dict, or `None` if it tells none."""
    @property
    def data(self) -> dict[str, Any]:
        """The envelope's `data`, which holds the record, as it came."""
    @property
    def extra(self) -> dict[str, Any]:
        """Whatever else stands in the envelope, by name."""
    @property
    def raw(self) -> bytes:
        """The bytes that were verified; the very object that was passed, if it was `bytes`."""
    @property
    def delivery(self) -> Verified:
        """How it came, and what its signature covered."""
    def __reduce__(self) -> str | tuple[Any, ...]:
        """Refuse with `TypeError`: a copy would be an event that nobody verified."""

@final
class Verified:
    """What a signature vouches for, and nothing else. Only verification makes one."""

    @property
    def scheme(self) -> Literal["svix", "pivotal", "pivot"]:
        """The header scheme that the delivery was signed in."""
    @property
    def id(self) -> str | None:
        """The signed delivery id, where the scheme signs one."""
    @property
    def timestamp(self) -> int | None:
        """When it was signed, in Unix seconds, where the scheme signs a time."""
    @property
    def skew(self) -> int | None:
        """Seconds from then to the clock; negative for a signed time that is ahead."""
    @property
    def label(self) -> str | None:
        """The label of the secret that made the signature."""
    @property
    def unauthenticated(self) -> Unauthenticated:
        """What unsigned headers say: fit for a log, not for a decision."""

@final
class Unauthenticated:
    """What headers outside the signature say. Anyone on the way may have written it."""

    @property
    def event_type(self) -> str | None:
        """The event's type."""
    @property
    def delivery_id(self) -> str | None:
        """The delivery's id."""

def body_too_large() -> WebhookVerificationError:
    """Return the error for a body that grew beyond `max_body` while an adapter read it."""

def body_compressed() -> WebhookVerificationError:
    """Return the error for a body with a content coding, which adapters refuse."""

def sent_headers(
    webhook: Webhook[Any],
    msg_id: str,
    timestamp: float | datetime,
    data: _Body,
    scheme: Literal["svix", "pivotal", "pivot"],
) -> list[tuple[str, str]]:
    """Return the headers that a sender would add to a delivery, for `testing`.

    The names are in lower case. Those that are not signed come last.

    :raises WebhookVerificationError: `config_invalid` if the webhook doesn't accept the scheme,
        `header_malformed` for an id and `timestamp_malformed` for a time that it would refuse.
    """

def catalogue() -> str:
    """Return the core's header names, schemes and errors as JSON, for this package's tests."""
