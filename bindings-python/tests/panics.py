"""Makes every entry of a build with the panic probe panic; `test_panic.py` runs it in a process."""

from __future__ import annotations

import contextlib
import copy
import sys
from collections.abc import Callable
from typing import Any

import pivotal_webhooks
import signing
from pivotal_webhooks import Webhook, WebhookVerificationError, _core

PROBE = b"pivotal-webhooks panic probe"

webhook = Webhook(signing.SECRET, clock=lambda: signing.NOW)
pivot = Webhook.pivot(signing.SECRET)
event = webhook.unwrap(signing.BODY, signing.svix())
delivery = event.delivery
unsigned = delivery.unauthenticated
dump = event.dump()
members: Any = {}
remembered = _core.RememberedEvents(10, 1000)

IN_THE_CORE: list[Callable[[], object]] = [
    lambda: webhook.verify(PROBE, {}),
    lambda: webhook.verify(bytearray(PROBE), signing.svix()),
    lambda: webhook.verify(PROBE.decode(), []),
    lambda: webhook.unwrap(PROBE, {}),
    # Without the GIL.
    lambda: webhook.unwrap(PROBE + bytes(100_000), {}),
    lambda: webhook.verify_signature(PROBE, {}),
    lambda: webhook.sign(signing.ID, signing.NOW, PROBE),
    lambda: pivot.verify(memoryview(PROBE), {}),
]
"""Calls in which the core panics, at a special body."""

ENTRIES: dict[str, Callable[[], object]] = {
    "Webhook.__new__": lambda: Webhook(signing.SECRET),
    "Webhook.__repr__": lambda: repr(webhook),
    "Webhook.pivot": lambda: Webhook.pivot(signing.SECRET),
    "Webhook.sign": lambda: webhook.sign(signing.ID, signing.NOW, b"{}"),
    "Webhook.unwrap": lambda: webhook.unwrap(signing.BODY, signing.svix()),
    "Webhook.verify": lambda: webhook.verify(signing.BODY, signing.svix()),
    "Webhook.verify_signature": lambda: webhook.verify_signature(signing.BODY, signing.svix()),
    "Event.__copy__": lambda: copy.copy(event),
    "Event.__deepcopy__": lambda: copy.deepcopy(event),
    "Event.__eq__": lambda: event == copy,
    "Event.__hash__": lambda: hash(event),
    "Event.__ne__": lambda: event != copy,
    "Event.__reduce__": lambda: event.__reduce__(),
    "Event.__repr__": lambda: repr(event),
    "Event.created_at": lambda: event.created_at,
    "Event.dump": lambda: event.dump(),
    "Event.idempotency_key": lambda: event.idempotency_key,
    "RememberedEvents.__len__": lambda: len(remembered),
    "RememberedEvents.__new__": lambda: _core.RememberedEvents(10, 1000),
    "RememberedEvents.claim": lambda: remembered.claim("claimed", "a", 1000, 0.0),
    "RememberedEvents.complete": lambda: remembered.complete("done", "a", 1000, 0.0),
    "RememberedEvents.release": lambda: remembered.release("absent", "a", 0.0),
    "Verified.__hash__": lambda: hash(delivery),
    "Verified.__repr__": lambda: repr(delivery),
    "Unauthenticated.__repr__": lambda: repr(unsigned),
    "announced_length": lambda: _core.announced_length(webhook, []),
    "answers": lambda: _core.answers(),
    "body_compressed": lambda: _core.body_compressed(),
    "body_too_large": lambda: _core.body_too_large(),
    "catalogue": lambda: _core.catalogue(),
    "diagnose": lambda: _core.diagnose(
        signing.SECRET, b"", {}, None, [], [], pivot=False, options={}
    ),
    "restore_trusted": lambda: _core.restore_trusted(dump),
    "sent_headers": lambda: _core.sent_headers(webhook, signing.ID, signing.NOW, b"{}", "svix"),
}
"""A call of each entry of the native module."""

NEW = {"RememberedEvents.__new__", "Webhook.__new__", "Webhook.pivot"}
"""Entries that return another object each time."""

STORED = {
    *(f"Webhook.{name}" for name in ("max_body", "sender", "tolerance")),
    *(f"Event.{name}" for name in ("api_version", "data", "delivery", "extra", "id", "livemode")),
    *(f"Event.{name}" for name in ("object", "org_id", "previous_attributes", "raw")),
    *(f"Event.{name}" for name in ("space_id", "subject", "type")),
    *(f"Verified.{name}" for name in ("id", "is_restored", "label", "scheme", "skew", "timestamp")),
    "Verified.unauthenticated",
    *(f"Unauthenticated.{name}" for name in ("delivery_id", "event_type")),
}
"""Properties that return what is stored."""

CONSTANT = {
    *("Webhook.__class_getitem__", "Webhook.__reduce__", "Verified.__reduce__", "Event.__new__"),
    *("Verified.__copy__", "Verified.__deepcopy__", "Verified.__eq__", "Verified.__ne__"),
}
"""Entries that always raise the same error, return their argument, or compare what is stored."""


def entries() -> set[str]:
    """The name of every function, method and property of the native module."""
    found = set()
    for name, value in vars(_core).items():
        if isinstance(value, type):
            own = {each for each in vars(value) if not is_of_every_class(each)}
            found |= {f"{name}.{each}" for each in own}
        elif callable(value):
            found.add(name)
    return found - {"arm_panic"}


def is_of_every_class(name: str) -> bool:
    # The other comparisons that CPython adds beside `__eq__`.
    return name in {"__doc__", "__module__", "__lt__", "__le__", "__gt__", "__ge__"}


def check(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception as error:
        assert type(error) is WebhookVerificationError, repr(error)
        assert (error.code, error.status) == ("internal", 500), error
        details = [error.header, error.path, error.reason, error.skew, error.tolerance]
        assert details == [None] * 5
        assert str(error).endswith("(internal)"), error
        assert error.help
    else:
        raise AssertionError("a panic passed")


def main() -> None:
    assert pivotal_webhooks.__file__.startswith(sys.argv[1]), pivotal_webhooks.__file__
    unknown = entries() ^ {*ENTRIES, *STORED, *CONSTANT}
    assert not unknown, sorted(unknown)
    arm_panic = vars(_core)["arm_panic"]
    for panic in IN_THE_CORE:
        check(panic)
    for name, call in ENTRIES.items():
        before = call()
        arm_panic()
        try:
            check(call)
        except AssertionError as error:
            raise AssertionError(name) from error
        assert repr(call()) == repr(before) or name in NEW, name
    for _ in range(1000):
        assert webhook.verify(signing.BODY, signing.svix())["id"] == "evt_1"
        assert webhook.unwrap(signing.BODY, signing.svix()).id == "evt_1"
        with contextlib.suppress(WebhookVerificationError):
            webhook.verify(signing.BODY + b" ", signing.svix())
            raise AssertionError("a tampered body passed")
    print(len(IN_THE_CORE) + len(ENTRIES), "panics, 1000 deliveries")


if __name__ == "__main__":
    main()
