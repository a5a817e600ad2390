"""The cases of test-vectors/, read and run with the standard library alone."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from pivotal_webhooks import (
    DumpError,
    Webhook,
    WebhookConfigurationError,
    WebhookError,
    WebhookVerificationError,
    restore_trusted,
)
from pivotal_webhooks.events import Event, UnknownEvent, UnknownPivotEvent

DIRECTORY = Path(__file__).resolve().parents[2] / "test-vectors"

STATUS = {
    "payload_too_large": 413,
    "payload_malformed": 400,
    "event_malformed": 400,
    "event_type_mismatch": 400,
    "secret_empty": 500,
    "secret_malformed": 500,
    "secret_weak": 500,
    "config_invalid": 500,
    "internal": 500,
}
"""The status of every code that is not 401."""

Case = Mapping[str, Any]
Headers = list[tuple[str, str]]


def load() -> list[Case]:
    """Every case of every file, in order."""
    files = sorted((DIRECTORY / "vectors").glob("*.json"))
    return [case for file in files for case in json.loads(file.read_bytes())["cases"]]


def text(form: Any) -> str:
    """Spell out a TEXT form."""
    return form if isinstance(form, str) else "".join(piece * times for piece, times in form)


def body(form: Any) -> bytes:
    """Spell out a BODY form."""
    return text(form["utf8"]).encode() if "utf8" in form else bytes.fromhex(form["hex"])


def headers(case: Case) -> Headers:
    return [(name, text(value)) for name, value in case.get("headers", [])]


class Items:
    """A mapping that is no dict: all that it has is `items`."""

    def __init__(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        self.pairs = tuple(pairs)

    def items(self) -> Iterator[tuple[Any, Any]]:
        return iter(self.pairs)


def body_shapes(plain: bytes) -> Iterator[tuple[str, Any]]:
    """The same body in every type that has bytes."""
    yield "bytes", plain
    yield "bytearray", bytearray(plain)
    yield "memoryview", memoryview(b"<" + plain + b">")[1:-1]
    with contextlib.suppress(UnicodeDecodeError):
        yield "str", plain.decode()


def header_shapes(pairs: Headers) -> Iterator[tuple[str, Any]]:
    """The same headers in every type that can hold them."""
    yield "list of pairs", pairs
    yield "tuple of lists", tuple([name, value] for name, value in pairs)
    yield "iterator", iter(pairs)
    yield "mapping", Items(pairs)
    yield "bytes pairs", [(name.encode(), value.encode()) for name, value in pairs]
    if len(dict(pairs)) == len(pairs):
        yield "dict", dict(pairs)
        yield "dict of bytes", {name.encode(): value.encode() for name, value in pairs}
    # Names beyond ASCII stay: the upper case of a long s is "S", and that is another name.
    shouted = {name.upper() if name.isascii() else name: value for name, value in pairs}
    if len(shouted) == len(pairs):
        yield "upper-case dict", shouted
        if not any("_" in name for name in shouted):
            keys = {f"HTTP_{name.replace('-', '_')}": value for name, value in shouted.items()}
            yield "WSGI environ", {"wsgi.version": (1, 0), "REQUEST_METHOD": "POST", **keys}


def secrets(given: list[Mapping[str, Any]]) -> Any:
    """One secret as itself, labelled ones as a mapping, others as a list."""
    texts = [secret["secret"] for secret in given]
    if any("label" in secret for secret in given):
        return Items((secret.get("label"), own) for secret, own in zip(given, texts, strict=True))
    return texts[0] if len(texts) == 1 else texts


def webhook(case: Case) -> Webhook[Event]:
    """Construct what the case describes."""
    options = dict(case["webhook"])
    secret = secrets(options.pop("secrets"))
    if "ignore_timestamp" in options:
        options["dangerously_ignore_timestamp"] = options.pop("ignore_timestamp")
    if "now" in case:
        options["clock"] = lambda: case["now"]
    if options.pop("endpoint") == "pivot":
        return Webhook.pivot(secret, **options)
    return Webhook(secret, **options)


def outcome(case: Case, given_body: Any = None, given_headers: Any = None) -> dict[str, Any]:
    """What the package does with the case, in the words of the case's `expect`."""
    try:
        return {"ok": accepted(case, webhook(case), given_body, given_headers)}
    except WebhookError as error:
        return {"error": refused(error)}
    except DumpError as error:
        assert case["do"] == "restore"
        assert str(error).endswith(f" ({error.code})")
        assert error.help
        return {"error": {"code": error.code}}


def accepted(
    case: Case, endpoint: Webhook[Event], given_body: Any, given_headers: Any
) -> dict[str, object]:
    if case["do"] == "construct":
        return {}
    raw = body(case["body"]) if given_body is None else given_body
    if case["do"] == "restore":
        return restored(raw, case["webhook"]["endpoint"], case["expect"].get("ok"))
    if case["do"] == "sign":
        sign = case["sign"]
        signature = endpoint.sign(sign["id"], sign["timestamp"], raw, scheme=sign.get("scheme"))
        return {"signature": signature}
    pairs = headers(case) if given_headers is None else given_headers
    sent = raw.encode() if isinstance(raw, str) else bytes(raw)
    if case["do"] == "verify":
        assert same(endpoint.verify(raw, pairs), json.loads(sent) if sent else None)
        return {}
    if case["do"] == "unwrap":
        event = endpoint.unwrap(raw, pairs)
        assert event.raw == sent
        facts = event_facts(event, json.loads(sent), case["expect"]["ok"])
        assert restored(event.dump(), case["webhook"]["endpoint"], facts) == facts
        return facts
    verified = endpoint.verify_signature(raw, pairs)
    return {
        "scheme": verified.scheme,
        "id": verified.id,
        "timestamp": verified.timestamp,
        "label": verified.label,
        "event_type": verified.unauthenticated.event_type,
        "delivery_id": verified.unauthenticated.delivery_id,
    }


def restored(dump: Any, endpoint: Any, expected: Mapping[str, Any] | None) -> dict[str, object]:
    """What the dump of an event comes to. The event must give the same dump again."""
    event = restore_trusted(dump, endpoint)
    assert expected is not None
    assert event.delivery.is_restored
    assert event.dump() == (dump.encode() if isinstance(dump, str) else bytes(dump))
    return event_facts(event, json.loads(event.raw), expected)


EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def event_facts(
    event: Event, sent: dict[str, Any], expected: Mapping[str, Any]
) -> dict[str, object]:
    """Compare the values of an event with the body, and return the rest as `expect` writes it."""
    data = sent["data"]
    assert same(event.data, data)
    record = {"data": data, "data.object": data.get("object")}[expected["object"]]
    names = expected["renamed"]
    assert same(event.object, {names.get(name, name): value for name, value in record.items()})
    previous = data["previous_attributes"] if expected["previous_attributes"] else None
    assert same(event.previous_attributes, previous)
    assert same(event.subject, sent["subject"] if expected["subject"] else None)
    assert same(event.extra, {name: sent[name] for name in expected["extra"]})
    happened = event.created_at
    assert happened is None or happened.utcoffset() == timedelta()
    return {
        "type": event.type,
        "listed": not isinstance(event, UnknownEvent | UnknownPivotEvent),
        "id": event.id,
        "idempotency_key": event.idempotency_key,
        "created_at": expected["created_at"] if happened else None,
        "created_at_micros": happened and (happened - EPOCH) // timedelta(microseconds=1),
        "org_id": event.org_id,
        "space_id": event.space_id,
        "livemode": event.livemode,
        "api_version": event.api_version,
        "subject": event.subject and {name: event.subject[name] for name in ("type", "id")},
        "object": expected["object"],
        "renamed": names,
        "previous_attributes": event.previous_attributes is not None,
        "extra": list(event.extra),
    }


def same(one: object, other: object) -> bool:
    """Equal in every value and its type, and in the order of names."""
    return repr(one) == repr(other) and type(one) is type(other)


CONFIGURATION = {"secret_empty", "secret_malformed", "secret_weak", "config_invalid"}
"""The codes of `WebhookConfigurationError`."""


def refused(error: WebhookError) -> dict[str, object]:
    configuration = error.code in CONFIGURATION
    expected = WebhookConfigurationError if configuration else WebhookVerificationError
    assert type(error) is expected
    assert error.status == STATUS.get(error.code, 401)
    assert error.help.endswith(f"#{error.code}")
    assert str(error).endswith(f" ({error.code})")
    details = {
        "header": error.header,
        "path": error.path,
        "reason": error.reason,
        "skew": error.skew,
        "tolerance": error.tolerance,
    }
    present = {name: value for name, value in details.items() if value is not None}
    return {"code": error.code, **present}
