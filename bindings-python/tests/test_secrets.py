"""S1: nothing that Python prints, logs or pickles holds the secret or a piece of the key."""

from __future__ import annotations

import base64
import copy
import gc
import io
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pivotal_webhooks
import pytest
import signing
from pivotal_webhooks import (
    Webhook,
    WebhookConfigurationError,
    WebhookError,
    WebhookVerificationError,
)
from test_errors import ERRORS

KEY = bytes(range(0x21, 0x41))  # printable, so that a leak of raw bytes would be found as text
TEXT = base64.b64encode(KEY).decode()
SECRET = f"whsec_{TEXT}"
NOW = signing.NOW
EVENT = b'{"id":"evt_1"}'


def windows(data: bytes) -> Iterator[bytes]:
    return (data[start : start + 8] for start in range(len(data) - 7))


def needles() -> set[bytes]:
    """The secret as text, and every 8-byte window of the key in each form it may be printed in."""
    found = {window for text in (SECRET, TEXT) for window in windows(text.encode())}
    for window in windows(KEY):
        hexadecimal = window.hex().encode()
        found |= {window, hexadecimal, hexadecimal.upper(), repr(window).encode()[2:-1]}
        # Three alignments; the ends depend on the neighbours, so only the middle is certain.
        found |= {base64.b64encode(b"\0" * shift + window)[4:8] for shift in range(3)}
    return found


NEEDLES = needles()


class Opaque:
    """Holds a construction that a captured local variable can't show."""

    def __init__(self, construct: Callable[[], Webhook]) -> None:
        self.construct = construct

    def __repr__(self) -> str:
        return "<opaque>"


def construction(secret: Any, **options: Any) -> Opaque:
    return Opaque(lambda: Webhook(secret, **options))


def endpoint(now: float = NOW, **options: Any) -> Webhook:
    return Webhook(SECRET, **{"clock": lambda: now, **options})


def signed(**changes: Any) -> dict[str, Any]:
    return {**signing.svix(EVENT, secret=SECRET), **changes}


BROKEN: dict[str, list[Opaque]] = {
    "secret_empty": [construction([SECRET, ""])],
    "secret_malformed": [
        construction(f"{SECRET}!"),
        construction(f"{SECRET[:20]} {SECRET[20:]}"),
        construction([SECRET, SECRET.upper()]),
        construction(SECRET + "\ud800"),
    ],
    "secret_weak": [construction([SECRET, base64.b64encode(KEY[:15]).decode()])],
    "config_invalid": [
        construction({"new": SECRET, "old": SECRET}),
        construction(SECRET, key="hex"),
        construction(SECRET, tolerance=-1),
    ],
}
REFUSED: dict[str, list[tuple[Webhook, bytes | str, dict[str, Any]]]] = {
    "payload_too_large": [(endpoint(max_body=3), EVENT, signed())],
    "header_missing": [(endpoint(), EVENT, {})],
    "header_duplicated": [(endpoint(), EVENT, signed(**{"Svix-Id": "msg_2"}))],
    "header_malformed": [(endpoint(), EVENT, signed(**{"svix-id": "."}))],
    "timestamp_malformed": [(endpoint(), EVENT, signed(**{"svix-timestamp": "now"}))],
    "too_many_signatures": [(endpoint(), EVENT, signed(**{"svix-signature": "v1,a " * 33}))],
    "signature_mismatch": [
        (endpoint(), EVENT + b" ", signed()),
        (endpoint(), "\ud800", signed()),
    ],
    "timestamp_too_old": [(endpoint(NOW + 301), EVENT, signed())],
    "timestamp_too_new": [(endpoint(NOW - 301), EVENT, signed())],
    "payload_malformed": [(endpoint(), b"[]", signing.svix(b"[]", secret=SECRET))],
    "event_malformed": [(endpoint(), EVENT, signed())],
    "event_type_mismatch": [
        (endpoint(), signing.BODY, signing.pivotal(secret=SECRET, event="customer.churned"))
    ],
    "internal": [(endpoint(-1), EVENT, signed())],
}


def raised(code: str) -> Iterator[WebhookError]:
    """An error of this code, with a traceback whose frames hold no secret of their own."""
    for opaque in BROKEN.get(code, []):
        try:
            opaque.construct()
        except WebhookConfigurationError as error:
            # The frame of the lambda is the caller's own; what it holds is not ours to hide.
            assert error.__traceback__ is not None
            yield error.with_traceback(None)
    for webhook, body, headers in REFUSED.get(code, []):
        try:
            webhook.unwrap(body, headers)
        except WebhookVerificationError as error:
            yield error


def log(error: Exception) -> str:
    stream = io.StringIO()
    logger = logging.Logger("receiver")
    logger.addHandler(logging.StreamHandler(stream))
    logger.error("refused: %s %r", error, error, exc_info=error)
    return stream.getvalue()


def assert_clean(shown: str | bytes) -> None:
    data = shown.encode(errors="surrogatepass") if isinstance(shown, str) else shown
    assert data
    assert not [needle for needle in NEEDLES if needle in data]


def test_the_search_finds_what_it_looks_for() -> None:
    for leak in (SECRET, TEXT, KEY, KEY.hex(), repr(KEY), f"x{SECRET[10:18]}x", KEY[5:13]):
        with pytest.raises(AssertionError):
            assert_clean(leak)


def test_every_code_is_covered() -> None:
    assert sorted({**BROKEN, **REFUSED}) == sorted(ERRORS)


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_shows_no_secret(code: str) -> None:
    errors = list(raised(code))
    assert [error.code for error in errors] == [code] * len(errors)
    assert len(errors) == len(BROKEN.get(code, [])) + len(REFUSED.get(code, []))
    for error in errors:
        captured = traceback.TracebackException.from_exception(error, capture_locals=True)
        for shown in (
            str(error),
            repr(error),
            f"{error}",
            "".join(captured.format()),
            log(error),
            pickle.dumps(error),
            repr(error.args),
            error.help,
        ):
            assert_clean(shown)


def test_a_webhook_shows_no_secret() -> None:
    webhook = Webhook({"new": SECRET})
    for shown in (
        str(webhook),
        repr(webhook),
        f"{webhook}",
        ascii(webhook),
        pprint.pformat(webhook),
    ):
        assert shown == "<Webhook schemes=svix,pivotal>"
    assert repr(Webhook(SECRET, schemes=["pivotal"])) == "<Webhook schemes=pivotal>"
    assert repr(Webhook.pivot(SECRET)) == "<Webhook schemes=pivot>"


@pytest.mark.parametrize(
    "take",
    [copy.copy, copy.deepcopy, *(lambda w, p=p: pickle.dumps(w, p) for p in range(6))],
)
def test_a_webhook_can_not_be_taken_along(take: Callable[[Webhook], object]) -> None:
    with pytest.raises(TypeError, match="holds a secret") as caught:
        take(Webhook(SECRET))
    assert_clean(str(caught.value))


def test_a_webhook_holds_nothing_that_python_can_reach() -> None:
    webhook: Any = endpoint()
    assert not hasattr(webhook, "__dict__")
    with pytest.raises(AttributeError):
        webhook.secret = SECRET
    with pytest.raises(TypeError):
        vars(webhook)
    assert not any(isinstance(found, str | bytes) for found in gc.get_referents(webhook))
    for name in dir(webhook):
        assert_clean(repr(getattr(webhook, name)))


def test_a_webhook_can_not_be_subclassed() -> None:
    base: Any = Webhook
    with pytest.raises(TypeError):
        type("Spy", (base,), {})


@pytest.mark.parametrize("secret", [KEY, [KEY], {"new": KEY}, {SECRET: 3}, object()])
def test_a_type_error_shows_no_secret(secret: Any) -> None:
    with pytest.raises(TypeError) as caught:
        Webhook(secret)
    assert_clean(str(caught.value))
    assert_clean(repr(caught.value))


class OtherText(str):
    """Shows another text than it is made of."""

    def __str__(self) -> str:
        return "whsec_" + "A" * 32

    def encode(self, *_: object, **__: object) -> bytes:
        return b"whsec_" + b"A" * 32

    def strip(self, *_: object) -> str:
        return str(self)


def test_what_a_subclass_of_text_shows_is_not_read_as_a_secret() -> None:
    webhook = Webhook(OtherText(signing.SECRET), clock=lambda: signing.NOW)
    assert webhook.verify_signature(signing.BODY, signing.svix()).scheme == "svix"
    several = Webhook({"new": OtherText(signing.SECRET)}, clock=lambda: signing.NOW)
    assert several.verify_signature(signing.BODY, signing.svix()).label == "new"


def test_the_base_class_of_events_is_not_at_the_top_of_the_package() -> None:
    assert not hasattr(pivotal_webhooks, "Event")
