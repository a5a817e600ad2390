"""S1: nothing that Python prints, logs or pickles holds the secret or a piece of the key."""

from __future__ import annotations

import base64
import copy
import gc
import io
import logging
import pickle
import pprint
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pivotal_webhooks
import pytest
import signing
import vector_cases
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


def needles(text: str = TEXT, key: bytes = KEY) -> set[bytes]:
    """The secret as text, and every 8-byte window of the key in each form it may be printed in."""
    found = {window for each in (f"whsec_{text}", text) for window in windows(each.encode())}
    for window in windows(key):
        hexadecimal = window.hex().encode()
        found |= {window, hexadecimal, hexadecimal.upper(), repr(window).encode()[2:-1]}
        found.add(", ".join(map(str, window)).encode())
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


def needles_of(secret: str) -> set[bytes]:
    """What may not be shown of a vector's secret. Some of them are words, and so are messages."""
    text = secret.strip().removeprefix("whsec_").encode(errors="surrogatepass")
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    found = {*windows(text)}
    for window in windows(key):
        found |= {window, window.hex().encode(), repr(window).encode()[2:-1]}
        found.add(", ".join(map(str, window)).encode())
    return {each for each in found if not re.fullmatch(rb"[a-z ]*", each)}


def refusal(case: vector_cases.Case) -> WebhookError | None:
    """The error of a case, with a traceback whose frames hold no secret of their own."""
    try:
        endpoint = vector_cases.webhook(case)
    except WebhookError as error:
        return error.with_traceback(None)
    if case["do"] == "construct":
        return None
    body, headers = vector_cases.body(case["body"]), vector_cases.headers(case)
    call = getattr(endpoint, case["do"])
    del case
    try:
        call(body, headers)
    except WebhookError as error:
        return error
    return None


def test_no_refusal_of_the_vectors_shows_a_secret(capsys: pytest.CaptureFixture[str]) -> None:
    codes = set()
    for case in vector_cases.load():
        if case["do"] not in {"construct", "unwrap", "verify", "verify_signature"}:
            continue
        error = refusal(case)
        if error is None:
            continue
        codes.add(error.code)
        traceback.print_exception(error)
        print(error, repr(error), vars(error), error.args)
        sys.excepthook(type(error), error, error.__traceback__)
        captured = traceback.TracebackException.from_exception(error, capture_locals=True)
        printed = capsys.readouterr()
        shown = "\n".join([printed.out, printed.err, *captured.format(), log(error), error.help])
        data = shown.encode(errors="surrogatepass") + pickle.dumps(error)
        # A caller's locals show the request, and some bodies have bytes in common with a key.
        sent = repr((vector_cases.body(case["body"]), case["headers"])) if "body" in case else ""
        for secret in case["webhook"]["secrets"]:
            hidden = {
                each
                for each in needles_of(secret["secret"])
                if each not in sent.encode(errors="surrogatepass")
            }
            leaks = [needle for needle in hidden if needle in data]
            assert not leaks, (case["name"], leaks)
    assert codes == {*ERRORS}


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
