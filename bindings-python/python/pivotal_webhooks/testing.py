"""Makes signed requests for a receiver's tests, genuine ones and ones that it must refuse.

    request = signed_request(sample_event("customer.at_risk"), secret)
    assert client.post("/webhooks/pivotal", **request.httpx()).status_code == 200
    assert client.post("/webhooks/pivotal", **request.tampered().httpx()).status_code == 401

A request gives the arguments for the test clients of FastAPI, Starlette, Flask and Django, for
httpx and for AWS Lambda; no framework is imported. With pytest the fixtures `webhook`,
`webhook_secret`, `webhook_clock` and `webhook_request` need no import.

`ControlledStore` is a store for the option `once`, with a clock to set and faults to switch on.
`event("customer.at_risk")` makes an event for the unit test of a handler, without a request.
"""

from __future__ import annotations

import base64
import gzip
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeAlias, TypedDict, cast

from pivotal_webhooks import Webhook
from pivotal_webhooks._controlled_store import ControlledStore
from pivotal_webhooks._core import Event, sent_headers
from pivotal_webhooks._event_overloads import event
from pivotal_webhooks._samples import Sample, compact_json, new_secret, rfc3339, sample_event
from pivotal_webhooks.events import _CLASSES  # pyright: ignore[reportPrivateUsage]
from pivotal_webhooks.schemes import Scheme

__all__ = [
    "ControlledStore",
    "FrozenClock",
    "RequestSigner",
    "SignedRequest",
    "event",
    "new_secret",
    "sample_event",
    "signed_request",
]

KeyFormat: TypeAlias = Literal["auto", "base64", "text"]
Payload: TypeAlias = Event | Mapping[str, Any] | bytes | str

BEYOND_ANY_TOLERANCE = 3601
"""Seconds: `tolerance` is 3600 at most."""
BEYOND_ANY_EVENT_AGE = 31_536_001
"""Seconds: `max_event_age` is 31536000 at most."""


def signed_request(
    event: Payload,
    secret: str | Sequence[str],
    *,
    at: float | datetime | None = None,
    scheme: Scheme | None = None,
    id: str | None = None,
    key: KeyFormat | None = None,
) -> SignedRequest:
    """Sign a request as its sender would.

    :param event: What to send. A mapping becomes compact JSON in UTF-8; of an event that `unwrap`
        returned, the verified bytes are sent again; bytes and text are sent as they are. A sample
        whose time was not changed gets the time `at` as the time when it happened.
    :param secret: The endpoint's signing secret. With several of them the request is signed with
        each, as senders do while one is rotated.
    :param at: When it is signed, in Unix seconds or as a datetime with a time zone; now by default.
        The scheme `pivot` signs no time.
    :param scheme: The header scheme; by default `pivot` for an event of Pivot, else `svix`. For
        bytes and text the default is `svix`.
    :param id: The delivery's id; a new one by default. The scheme `pivotal` sends it unsigned, and
        `pivot` sends none.
    :param key: The argument `key` of the endpoint's `Webhook`, if it has one.
    :raises WebhookConfigurationError: A secret is refused, as by `Webhook`.
    :raises WebhookVerificationError: The id or the time is refused, as by `Webhook.sign`.
    :raises TypeError: `at` is a datetime without a time zone, or `event` is of another type.
    :raises ValueError: The mapping holds NaN or an infinite number, which JSON doesn't have.
    """
    scheme = _scheme(event) if scheme is None else scheme
    delivery = _Delivery(
        webhook=_endpoint(secret, scheme, key),
        scheme=scheme,
        id=f"msg_{uuid.uuid4().hex}" if id is None else id,
        at=time.time() if at is None else _unix_seconds(at),
    )
    body = _bytes(event, delivery.at)
    headers = delivery.headers(body) | {"content-type": "application/json"}
    return SignedRequest(headers, body, delivery)


class RequestSigner:
    """Signs requests for one endpoint by one clock; the pytest fixture `webhook_request` is one.

    :param secret: The endpoint's signing secret, or several of them.
    :param clock: A function that returns the time to sign, in Unix seconds, for calls without `at`.
    """

    def __init__(self, secret: str | Sequence[str], clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock

    def __call__(
        self,
        event: Payload,
        *,
        at: float | datetime | None = None,
        scheme: Scheme | None = None,
        id: str | None = None,
        key: KeyFormat | None = None,
    ) -> SignedRequest:
        """Sign a request as `signed_request` does."""
        at = self._clock() if at is None else at
        return signed_request(event, self._secret, at=at, scheme=scheme, id=id, key=key)


class _HttpxArguments(TypedDict):
    content: bytes
    headers: list[tuple[str, str]]


class _FlaskArguments(TypedDict):
    data: bytes
    headers: list[tuple[str, str]]


class _DjangoArguments(TypedDict):
    data: bytes
    content_type: str
    headers: dict[str, str]


@dataclass(frozen=True)
class SignedRequest:
    """A request as it reaches a receiver, or a copy of it with a fault.

    The methods that return arguments for a test client don't include the address. The methods that
    make a fault return a changed copy; each names the code with which a receiver refuses it.
    """

    headers: dict[str, str]
    """The headers, with names in lower case."""
    body: bytes
    """The raw body."""
    _delivery: _Delivery = field(repr=False, compare=False)

    # Arguments for test clients

    def httpx(self) -> _HttpxArguments:
        """Return arguments for httpx, and for FastAPI's and Starlette's `TestClient`.

        Write `client.post(url, **request.httpx())`.
        """
        return {"content": self.body, "headers": [*self.headers.items()]}

    def flask(self) -> _FlaskArguments:
        """Return arguments for Flask's and Werkzeug's test client.

        Write `client.post(path, **request.flask())`.
        """
        return {"data": self.body, "headers": [*self.headers.items()]}

    def django(self) -> _DjangoArguments:
        """Return arguments for Django's test clients and request factories, sync and async.

        Write `client.post(path, **request.django())`. Repeated headers are joined, as servers do.
        """
        headers = self._joined()
        content_type = headers.pop("content-type", "")
        return {"data": self.body, "content_type": content_type, "headers": headers}

    def lambda_event(
        self,
        version: Literal["2.0", "1.0", "alb"] = "2.0",
        *,
        path: str = "/",
        base64_encoded: bool = False,
    ) -> dict[str, Any]:
        """Return the event that an AWS Lambda function receives.

        :param version: `"2.0"` or `"1.0"` of the payload of API Gateway, of which function URLs use
            `"2.0"`; `"alb"` for an Application Load Balancer.
        :param path: The path of the request.
        :param base64_encoded: Encode the body. Compressed ones, and those that are not UTF-8, are
            encoded in any case, as AWS does.
        """
        content = {"body": base64.b64encode(self.body).decode(), "isBase64Encoded": True}
        if not base64_encoded:
            with suppress(UnicodeDecodeError):
                content = {"body": self.body.decode(), "isBase64Encoded": False}
        names = {name.lower() for name in self.headers}
        lines = {name: self._lines(name) for name in names}
        last = {name: texts[-1] for name, texts in lines.items()}
        if version == "2.0":
            http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
            return {
                "version": "2.0",
                "routeKey": "$default",
                "rawPath": path,
                "rawQueryString": "",
                "headers": self._joined(),
                "requestContext": {"http": http, "routeKey": "$default", "stage": "$default"},
                **content,
            }
        if version == "1.0":
            return {
                "version": "1.0",
                "resource": path,
                "path": path,
                "httpMethod": "POST",
                "headers": last,
                "multiValueHeaders": lines,
                "queryStringParameters": None,
                "multiValueQueryStringParameters": None,
                "pathParameters": None,
                "stageVariables": None,
                "requestContext": {"httpMethod": "POST", "path": path, "stage": "$default"},
                **content,
            }
        group = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/receiver/0"
        return {
            "requestContext": {"elb": {"targetGroupArn": group}},
            "httpMethod": "POST",
            "path": path,
            "queryStringParameters": {},
            "headers": last,
            **content,
        }

    # A retry

    def again(self, seconds: float = 0) -> SignedRequest:
        """Sign the same event as a retry does, with another delivery id.

        :param seconds: How much later it is signed.
        """
        delivery = self._delivery
        return self._signed_again(
            delivery._replace(id=f"msg_{uuid.uuid4().hex}", at=delivery.at + seconds)
        )

    # Copies with a fault

    def stale(self, seconds: float | None = None) -> SignedRequest:
        """Sign it earlier: `timestamp_too_old`.

        The scheme `pivot` signs no time. With it, this sets the event's own `timestamp` back, and a
        webhook with `max_event_age` refuses the event.

        :param seconds: How much earlier; by default more than any `Webhook` accepts.
        :raises ValueError: The scheme is `pivot`, and the body has no RFC 3339 `timestamp`.
        """
        return self._later(-seconds if seconds is not None else None, -1)

    def future(self, seconds: float | None = None) -> SignedRequest:
        """Sign it later: `timestamp_too_new`. Everything else is as in `stale`.

        :param seconds: How much later; by default more than any `Webhook` accepts.
        :raises ValueError: As `stale`.
        """
        return self._later(seconds, 1)

    def tampered(self) -> SignedRequest:
        """Change one byte of the body: `signature_mismatch`."""
        middle = len(self.body) // 2
        changed = bytes([self.body[middle] ^ 1]) if self.body else b" "
        return replace(self, body=self.body[:middle] + changed + self.body[middle + 1 :])

    def with_wrong_secret(self) -> SignedRequest:
        """Sign it with a new random secret: `signature_mismatch`."""
        webhook = _endpoint(new_secret(), self._delivery.scheme)
        return self._signed_again(self._delivery._replace(webhook=webhook))

    def reserialised(self) -> SignedRequest:
        """Parse the body and write its JSON again, as some middlewares do: `signature_mismatch`.

        :raises ValueError: The body is not JSON, or is the same when it is written again.
        """
        value = json.loads(self.body)
        for separators in ((", ", ": "), (",", ":")):
            body = json.dumps(value, separators=separators).encode()
            if body != self.body:
                return replace(self, body=body)
        raise ValueError("this JSON is the same when it is written again")

    def with_duplicate_header(self) -> SignedRequest:
        """Send a header of the scheme twice, with different values: `header_duplicated`.

        If a server joins the lines of one name, as WSGI servers and AWS do, the code is
        `header_malformed`. A load balancer of AWS passes the last line only: the code is
        `signature_mismatch`.
        """
        name, text = next(iter(self.headers.items()))
        return replace(self, headers={**self.headers, name.title(): f"{text}0"})

    def without_header(self) -> SignedRequest:
        """Leave out a header of the scheme: `header_missing`."""
        (_, *rest) = self.headers.items()
        return replace(self, headers=dict(rest))

    def compressed(self) -> SignedRequest:
        """Compress the body, as a proxy might: `signature_mismatch`.

        The receivers of this package refuse the header `content-encoding`: `header_malformed`.
        """
        body = gzip.compress(self.body, mtime=0)
        return replace(self, body=body, headers={**self.headers, "content-encoding": "gzip"})

    def oversized(self, max_body: int | None = None) -> SignedRequest:
        """Sign it with a body one byte too long, spaces at its end: `payload_too_large`.

        :param max_body: The receiver's limit, in bytes; by default that of `Webhook`.
        """
        limit = self._delivery.webhook.max_body if max_body is None else max_body
        return replace(self, body=self.body.ljust(limit + 1))._signed_again(self._delivery)

    def _later(self, seconds: float | None, sign: int) -> SignedRequest:
        if self._delivery.scheme != "pivot":
            seconds = sign * BEYOND_ANY_TOLERANCE if seconds is None else seconds
            return self._signed_again(self._delivery._replace(at=self._delivery.at + seconds))
        seconds = sign * BEYOND_ANY_EVENT_AGE if seconds is None else seconds
        try:
            event = json.loads(self.body)
            at = datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00"))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ValueError("the scheme pivot signs no time, and the body has none") from None
        event["timestamp"] = rfc3339((at + timedelta(seconds=seconds)).timestamp())
        return replace(self, body=compact_json(event))._signed_again(self._delivery)

    def _signed_again(self, delivery: _Delivery) -> SignedRequest:
        headers = self.headers | delivery.headers(self.body)
        return SignedRequest(headers, self.body, delivery)

    def _lines(self, name: str) -> list[str]:
        return [text for written, text in self.headers.items() if written.lower() == name]

    def _joined(self) -> dict[str, str]:
        return {name.lower(): ",".join(self._lines(name.lower())) for name in self.headers}


class FrozenClock:
    """A clock that only `advance` moves: `Webhook(secret, clock=clock)`.

    :param at: Unix seconds, or a datetime with a time zone; now by default.
    """

    def __init__(self, at: float | datetime | None = None) -> None:
        self._seconds = time.time() if at is None else _unix_seconds(at)

    def __call__(self) -> float:
        """Return the time, in Unix seconds."""
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Add these seconds to the time; a negative number sets the clock back."""
        self._seconds += seconds

    def __repr__(self) -> str:
        return f"FrozenClock({self._seconds!r})"


class _Delivery(NamedTuple):
    """How to sign a request. The secret is inside the webhook, which never prints it."""

    webhook: Webhook[Any]
    scheme: Scheme
    id: str
    at: float

    def headers(self, body: bytes) -> dict[str, str]:
        return dict(sent_headers(self.webhook, self.id, self.at, body, self.scheme))


def _endpoint(
    secret: str | Sequence[str], scheme: Scheme, key: KeyFormat | None = None
) -> Webhook[Any]:
    if scheme == "pivot":
        return Webhook.pivot(secret, key=key)
    return Webhook(secret, schemes=[scheme], key=key)


def _scheme(event: object) -> Scheme:
    if isinstance(event, Event):
        listed, other = _CLASSES["pivot"]
        return "pivot" if isinstance(event, (*listed.values(), other)) else "svix"
    if isinstance(event, Mapping) and "type" not in event:
        return "pivot" if "event_type" in event or "eventType" in event else "svix"
    return "svix"


def _bytes(event: object, at: float) -> bytes:
    if isinstance(event, Event):
        return event.raw
    if isinstance(event, bytes):
        return event
    if isinstance(event, str):
        return event.encode()
    if isinstance(event, Sample):
        return compact_json(event.at(at))
    if isinstance(event, Mapping):
        return compact_json(dict(cast("Mapping[str, Any]", event)))
    raise TypeError(f"event must be a mapping, bytes, text or an Event, not {type(event).__name__}")


def _unix_seconds(at: float | datetime) -> float:
    if not isinstance(at, datetime):
        return at
    if at.tzinfo is None:
        raise TypeError("at must have a time zone, or be Unix seconds")
    return at.timestamp()
