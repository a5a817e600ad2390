from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import GenericAlias
from typing import Any, Generic, Literal, Protocol, TypeAlias, final, overload

from typing_extensions import Buffer, Never, Self, TypeVar, disjoint_base

from pivotal_webhooks.errors import WebhookVerificationError
from pivotal_webhooks.events import PivotalEvent, PivotEvent, Subject
from pivotal_webhooks.findings import FindingCode
from pivotal_webhooks.schemes import PivotalScheme, Scheme

__all__ = [
    "Event",
    "RememberedEvents",
    "Unauthenticated",
    "Verified",
    "Webhook",
    "__version__",
    "announced_length",
    "answers",
    "body_compressed",
    "body_too_large",
    "catalogue",
    "diagnose",
    "restore_trusted",
    "sent_headers",
]

__version__: str

_Body: TypeAlias = Buffer | str
_Line: TypeAlias = str | bytes | None
_Lines: TypeAlias = _Line | list[str] | list[bytes] | tuple[str | bytes, ...]
_Pairs: TypeAlias = Iterable[tuple[str | bytes, _Lines] | list[str] | list[bytes]]

class _Mapping(Protocol):
    def items(self) -> Iterable[tuple[str | bytes, _Lines]]: ...

class _SecretStr(Protocol):
    """`SecretStr` of pydantic."""
    def get_secret_value(self) -> str: ...

class _HiddenText(Protocol):
    """`Secret` of Starlette."""

    _value: str
    def __bool__(self) -> bool: ...

_OneSecret: TypeAlias = str | _SecretStr | _HiddenText | None

class _Labelled(Protocol):
    def items(self) -> Iterable[tuple[str, _OneSecret]]: ...

_Headers: TypeAlias = _Mapping | _Pairs
_Secrets: TypeAlias = _OneSecret | Iterable[_OneSecret] | _Labelled
_Secret: TypeAlias = _Secrets | Callable[[], _Secrets]
_KeyFormat: TypeAlias = Literal["auto", "base64", "text"]
_E = TypeVar("_E", default=PivotalEvent, covariant=True)

@final
class Webhook(Generic[_E]):
    """A Pivotal endpoint: its secrets, prepared once, and what it accepts.

    Make it when the receiver starts, share it between threads, and call it once per delivery. It
    can't be pickled or copied, as it holds secrets.

    For type checkers it is generic in the events that it returns: `Webhook` alone means Pivotal's
    events, `Webhook[PivotEvent]` Pivot's.
    """

    def __new__(
        cls,
        secret: _Secret = None,
        *,
        schemes: Sequence[PivotalScheme] | None = None,
        tolerance: float | None = None,
        dangerously_ignore_timestamp: bool = False,
        max_body: float | None = None,
        key: _KeyFormat | None = None,
        source: str | None = None,
        clock: Callable[[], float] | None = None,
        whsecret: _Secret = None,
    ) -> Webhook[PivotalEvent]:
        """Prepare the endpoint.

        :param secret: The signing secret as the sender shows it; up to eight of them while one is
            rotated, in a list or in a dict from label to secret; or a function that returns one of
            these, which is called at the first use. `None` in a list or a dict is left out.
            `SecretStr` of pydantic and `Secret` of Starlette are read. An empty secret, or none, is
            refused.
        :param schemes: The names of the header schemes to accept, `"svix"`, `"pivotal"` or both; by
            default both.
        :param tolerance: The largest distance between the signed time and the clock, in seconds: a
            whole number from 0 to 3600, 300 by default.
        :param dangerously_ignore_timestamp: Accept deliveries of any age, replays included.
        :param max_body: The longest body to hash, in bytes: a whole number from 1 to 1073741824,
            1048576 by default.
        :param key: How the text of a secret becomes a key; `"auto"` by default.
        :param source: The name of this endpoint in `Event.idempotency_key`: 1 to 64 of the
            characters a-z, 0-9, `_` and `-`; the sender's name by default.
        :param clock: A function that returns Unix seconds, called once per delivery; the system's
            clock by default.
        :param whsecret: `secret` under the name that Svix's own library uses.
        :raises WebhookConfigurationError: `secret_empty`, `secret_malformed`, `secret_weak` or
            `config_invalid`.
        :raises TypeError: An argument has another type.
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
        source: str | None = None,
        clock: Callable[[], float] | None = None,
    ) -> Webhook[PivotEvent]:
        """Prepare a Pivot endpoint.

        Pivot signs the body alone: a captured delivery stays valid for ever unless `max_event_age`
        is set. The other arguments are those of `Webhook`.

        :param max_event_age: The oldest event to accept, in seconds since the event's own
            `timestamp`: a whole number from 1 to 31536000.
        :raises WebhookConfigurationError: As `Webhook`.
        """

    def unwrap(self, body: _Body, headers: _Headers) -> _E:
        """Verify a delivery and return its event, as an instance of the class of its type.

        An event of a type that the catalogue doesn't list is an `UnknownEvent` or an
        `UnknownPivotEvent`. Fields that the catalogue doesn't list are kept.

        :param body: The raw body of the request: `bytes`, another object with the buffer protocol,
            or a `str` that was decoded from UTF-8.
        :param headers: The headers of the request, as the framework provides them: a mapping, pairs
            of name and value, or a WSGI environ. Names in any letter case; names and values are
            `str` or `bytes`. A list of values is several lines of one header.
        :raises WebhookVerificationError: The delivery is not authentic, not fresh, or not an event:
            `payload_malformed` if the body is not strict JSON, or empty; `event_malformed` if a
            field of the envelope is missing or has a wrong type; `event_type_mismatch` if an
            unsigned header names another type.
        :raises WebhookConfigurationError: The secret comes from a function, this is its first use,
            and it is not usable.
        :raises TypeError: `body` or `headers` is something else than described.
        """

    @overload
    def verify(self, body: _Body, headers: _Headers) -> Any:
        """Verify a delivery and return its parsed JSON: a dict, or `None` for an empty body.

        :param body: The raw body of the request, as for `unwrap`.
        :param headers: The headers of the request, as for `unwrap`.
        :param data: The body under the name that Svix's own library uses, instead of `body`.
        :raises WebhookVerificationError: The delivery is not authentic, not fresh, or not strict
            JSON.
        :raises WebhookConfigurationError: As `unwrap`.
        :raises TypeError: As `unwrap`.
        """

    @overload
    def verify(self, *, data: _Body, headers: _Headers = ...) -> Any:
        """Verify a delivery, with the body under the name that Svix's own library uses.

        `headers` is required here too.
        """

    def verify_signature(self, body: _Body, headers: _Headers) -> Verified:
        """Verify a delivery's signature and time. The body may contain any bytes.

        :param body: The raw body of the request, as for `unwrap`.
        :param headers: The headers of the request, as for `unwrap`.
        :raises WebhookVerificationError: The delivery is not authentic or not fresh.
        :raises WebhookConfigurationError: As `unwrap`.
        :raises TypeError: As `unwrap`.
        """

    def sign(
        self,
        msg_id: str,
        timestamp: float | datetime,
        data: _Body,
        *,
        scheme: Scheme | None = None,
    ) -> str:
        """Sign a delivery as its sender would, for tests, and return the signature header's value.

        :param msg_id: The delivery's id.
        :param timestamp: Unix seconds, or a datetime with a time zone.
        :param data: The raw body, as for `unwrap`.
        :param scheme: A scheme that this endpoint accepts; the first of them by default.
        :raises WebhookConfigurationError: `config_invalid` if the scheme is not accepted, and as
            `unwrap`.
        :raises WebhookVerificationError: `header_malformed` for an id, `timestamp_malformed` for a
            time that a receiver would refuse.
        """

    def __class_getitem__(cls, key: Any) -> GenericAlias:
        """Support annotations such as `Webhook[PivotEvent]`."""
    @property
    def sender(self) -> Literal["pivotal", "pivot"]:
        """The sender of the deliveries that this endpoint accepts."""

    @property
    def tolerance(self) -> int | None:
        """The largest distance between signed time and clock, in seconds; `None` for no limit."""
    @property
    def max_body(self) -> int:
        """The longest body that is hashed, in bytes."""

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Refuse with `TypeError`: a pickle or a copy would contain the secret."""

@disjoint_base
class Event:
    """An authentic event: the base class of the events in `pivotal_webhooks.events`.

    `Webhook.unwrap` makes it, and `restore_trusted` of its dump. Its attributes can't be set. The
    dicts in it are plain dicts that no other event shares. Two events are equal if their classes
    and their `raw` bytes are.

    A copy has the same `delivery`. A pickle contains the event's dump: the `delivery` of an
    unpickled event says that it `is_restored`, because that process verified no signature.
    """

    def __new__(cls, _: Never, /) -> Self:
        """Refuse with `TypeError`."""
    @property
    def type(self) -> str:
        """The name of the type, such as `customer.at_risk`. Senders may add types."""
    @property
    def id(self) -> str | None:
        """The event's id, the same on every retry and replay. `None` for Pivot's events."""
    @property
    def created_at(self) -> datetime | None:
        """The time of the event, in UTC. The sender may have sent it later.

        Digits beyond microseconds are cut off; a leap second is the second before it.
        """
    @property
    def org_id(self) -> str | None:
        """The organisation in which it happened."""
    @property
    def space_id(self) -> str | None:
        """The space in which it happened; Pivot only."""
    @property
    def subject(self) -> Subject | None:
        """What the event is about, a room or a space; Pivot only."""
    @property
    def livemode(self) -> bool | None:
        """`False` for test events; Pivotal only."""
    @property
    def api_version(self) -> str | None:
        """The version of the payload; Pivotal only."""
    @property
    def object(self) -> Mapping[str, Any]:
        """The record that the event is about: a dict, whose fields the subclasses name.

        A field that Pivot writes in camelCase has its snake_case name here.
        """
    @property
    def previous_attributes(self) -> Mapping[str, Any] | None:
        """The previous values of the changed fields: a dict, or `None` if the event has none."""
    @property
    def data(self) -> dict[str, Any]:
        """The envelope's `data`, which contains the record, unchanged."""
    @property
    def extra(self) -> dict[str, Any]:
        """All other fields of the envelope, by name."""
    @property
    def raw(self) -> bytes:
        """The verified bytes; if `bytes` were passed, the same object."""
    @property
    def idempotency_key(self) -> str:
        """The name of the event in a store of handled events, and of its job in a queue.

        It is the same on every retry and replay, and different for each event and each `source` of
        a `Webhook`. It consists of the source, `_` and 32 hex digits of the SHA-256 of the event's
        id, or of `raw` if the event has no id.
        """
    @property
    def delivery(self) -> Verified:
        """The facts that the signature of its delivery covers."""
    def dump(self) -> bytes:
        """Return the event as bytes for a queue, of which `restore_trusted` makes the event again.

        They are the facts of the delivery as one line of JSON, and behind it the bytes of `raw`.
        All of it is UTF-8, so that a queue of texts can take it decoded.
        """
    def __eq__(self, other: Any, /) -> bool:
        """Return self==value."""
    def __hash__(self) -> int:
        """Return hash(self)."""
    def __copy__(self) -> Self:
        """Return an event with the same dicts."""
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self:
        """Return an event with copies of the dicts."""
    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the dump: an unpickled event is one that `restore_trusted` returns."""

@final
class Verified:
    """The facts that a signature covers. Only `Webhook` and `restore_trusted` make this object."""

    @property
    def scheme(self) -> Scheme:
        """The header scheme that the delivery was signed in."""
    @property
    def id(self) -> str | None:
        """The signed delivery id, where the scheme signs one."""
    @property
    def timestamp(self) -> int | None:
        """When it was signed, in Unix seconds, where the scheme signs a time."""
    @property
    def skew(self) -> int | None:
        """Seconds from the signed time to the clock; negative if the signed time is ahead."""
    @property
    def label(self) -> str | None:
        """The label of the secret that made the signature."""
    @property
    def is_restored(self) -> bool:
        """Whether the facts come from a dump of the event. Another process has then verified the
        delivery, and this one trusts the queue that the dump came through.
        """
    @property
    def unauthenticated(self) -> Unauthenticated:
        """The values of unsigned headers. Use them in logs only."""
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...

@final
class Unauthenticated:
    """The values of headers that no signature covers. Any sender or proxy can write them."""

    @property
    def event_type(self) -> str | None:
        """The event's type."""
    @property
    def delivery_id(self) -> str | None:
        """The delivery's id."""

@final
class RememberedEvents:
    """What `MemoryStore` remembers. Times are milliseconds; `now` is seconds of a monotonic clock.

    :param capacity: How many events it remembers, 1 or more.
    :param remembers_tokens: For how long the token of a completion is remembered at least.
    """

    def __new__(cls, capacity: int, remembers_tokens: int) -> Self: ...
    def claim(self, key: str, token: str, lease: int, now: float) -> int:
        """Do `Store.claim`.

        :raises StoreFullError: It remembers `capacity` events.
        :raises ValueError: `now` is negative or not finite.
        """

    def complete(self, key: str, token: str, keep: int, now: float) -> bool:
        """Do `Store.complete`, with the errors of `claim`."""

    def release(self, key: str, token: str, now: float) -> bool:
        """Do `Store.release`, with the errors of `claim`."""

    def __len__(self) -> int: ...

def announced_length(
    webhook: Webhook[Any], headers: Iterable[tuple[str | bytes, str | bytes]]
) -> int | None:
    """Return the length of the body that the headers announce, or `None`, for `receiving`.

    :param headers: Pairs of name and value, each `str` or `bytes`; others than `content-encoding`
        and `content-length` are ignored.
    :raises WebhookVerificationError: `header_malformed` for a body with a content coding,
        `payload_too_large` for a length above the webhook's `max_body`.
    """

def answers() -> dict[int, str]:
    """Return the body of the answer to a sender, by status: one constant text for each."""

def body_too_large() -> WebhookVerificationError:
    """Return the error for a body that grew beyond `max_body` while a receiver read it."""

def body_compressed() -> WebhookVerificationError:
    """Return the error for a body with a content coding."""

def sent_headers(
    webhook: Webhook[Any],
    msg_id: str,
    timestamp: float | datetime,
    data: _Body,
    scheme: Scheme,
) -> list[tuple[str, str]]:
    """Return the headers that a sender would add to a delivery, for `testing`.

    The names are in lower case. Those that are not signed come last.

    :raises WebhookConfigurationError: `config_invalid` if the webhook doesn't accept the scheme.
    :raises WebhookVerificationError: `header_malformed` for an id and `timestamp_malformed` for a
        time that a receiver would refuse.
    """

def diagnose(
    secrets: _Secrets,
    body: _Body,
    headers: _Headers,
    now: float | datetime | None,
    other_secrets: _Secrets,
    previous_secrets: _Secrets,
    pivot: bool,
    options: dict[str, Any],
) -> list[tuple[FindingCode, str, str]]:
    """Return the accidents behind a refused delivery, for `diagnosis`: codes, messages and help.

    :param options: The keyword arguments of `Webhook` or of `Webhook.pivot`, without `clock`.
    :raises WebhookConfigurationError: `config_invalid`.
    """

@overload
def restore_trusted(dump: _Body, sender: Literal["pivotal"] = "pivotal") -> PivotalEvent:
    """Return the event of a dump, with all its types.

    No signature is verified: the dump must come from a queue that only receivers write to, which
    have verified the delivery. `event.delivery.is_restored` is true.

    :param dump: What `Event.dump` returned, or its text, also from a receiver in another language.
    :param sender: The sender of the events that the queue contains.
    :raises DumpError: The dump is damaged, or of another version, or of no event of this sender.
    :raises TypeError: `dump` is neither bytes nor text.
    :raises ValueError: There is no such sender.
    """

@overload
def restore_trusted(dump: _Body, sender: Literal["pivot"]) -> PivotEvent: ...
def catalogue() -> str:
    """Return the core's header names, schemes and errors as JSON, for this package's tests."""
