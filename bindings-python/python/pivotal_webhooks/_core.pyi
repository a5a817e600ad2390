from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias, final

from typing_extensions import Buffer

__all__ = ["Unauthenticated", "Verified", "Webhook", "__version__", "catalogue"]

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

@final
class Webhook:
    """A Pivotal endpoint: its secrets, prepared once, and what it accepts.

    Make it when the receiver starts, share it between threads, and call it once per delivery. It
    can't be pickled or copied, as it holds secrets.
    """

    def __new__(
        cls,
        secret: _Secret,
        *,
        schemes: Sequence[Literal["svix", "pivotal"]] | None = None,
        tolerance: float | None = None,
        dangerously_ignore_timestamp: bool = False,
        max_body: float | None = None,
        key: _KeyFormat | None = None,
        clock: Callable[[], float] | None = None,
    ) -> Webhook:
        """Prepare the endpoint, or raise `WebhookVerificationError` and start nothing.

        :param secret: The signing secret; up to eight of them while one is rotated, in a sequence
            or in a mapping from label to secret. `None` and `""` are refused, so a variable that
            is not set can't become a key.
        :param schemes: The header schemes to accept; by default both that Pivotal documents.
        :param tolerance: Seconds between the signed time and the clock, 0 to 3600; 300 by default.
        :param dangerously_ignore_timestamp: Accept deliveries of any age, replays included.
        :param max_body: Bytes; 1 MiB by default. Longer bodies are refused before they are hashed.
        :param key: How a secret's text becomes a key, where `"auto"` is not right.
        :param clock: Unix seconds, for tests; asked once per delivery.
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
    ) -> Webhook:
        """Prepare a Pivot endpoint.

        Pivot signs the body alone: a captured delivery stays valid for ever unless `max_event_age`
        is set.

        :param max_event_age: Seconds since the time that the event's own `timestamp` tells.
        """

    def verify(self, body: _Body, headers: _Headers) -> Any:
        """Verify a delivery and return its parsed JSON: a dict, or `None` for an empty body.

        :param body: The raw bytes of the request, before any parser read them.
        :param headers: The request's headers, as the framework hands them over: any mapping in any
            letter case, pairs of text or bytes, a WSGI environ.
        :raises WebhookVerificationError: It is not authentic, not fresh or not usable.
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

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Refuse with `TypeError`: a pickle or a copy would carry the secret away."""

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

def catalogue() -> str:
    """Return the core's header names, schemes and errors as JSON, for this package's tests."""
