"""Svix's two libraries beside this package: what is the same, and every deliberate difference."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import signing
import standardwebhooks.webhooks
import svix.webhooks
from hypothesis import given
from hypothesis import strategies as st
from pivotal_webhooks import (
    Webhook,
    WebhookConfigurationError,
    WebhookError,
    WebhookVerificationError,
)
from signing import BODY, ID, NOW, SECRET

PAGE = Path(__file__).resolve().parents[2] / "docs" / "coming-from-svix.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
ROWS = re.findall(r"^\| ([^|*]+) \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)

Theirs = standardwebhooks.webhooks.WebhookVerificationError


@pytest.fixture(autouse=True, scope="module")
def same_time() -> Iterator[None]:
    """It is `NOW` for their libraries, which have no option for it, as it is for ours."""

    class Frozen(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Frozen:
            return cls.fromtimestamp(NOW, tz)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standardwebhooks.webhooks, "datetime", Frozen)
        yield


def ours(secret: Any = SECRET) -> Any:
    return Webhook(secret, clock=lambda: NOW)


OPEN: dict[str, Callable[..., Any]] = {
    "pivotal_webhooks": ours,
    "svix": svix.webhooks.Webhook,
    "standardwebhooks": standardwebhooks.webhooks.Webhook,
}
ALL_THREE = pytest.mark.parametrize("library", OPEN)


def branded(body: bytes = BODY, **options: Any) -> dict[str, str]:
    return signing.svix(body, **options)


def unbranded(body: bytes = BODY, **options: Any) -> dict[str, str]:
    return {
        name.replace("svix", "webhook"): text for name, text in branded(body, **options).items()
    }


def both(body: bytes = BODY, **options: Any) -> dict[str, str]:
    return branded(body, **options) | unbranded(body, **options)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


# The same code


CODE = """
def receive(secret, body, headers):
    webhook = Webhook(secret)
    try:
        webhook.verify(body, headers)
    except WebhookVerificationError:
        return False
    return True
"""
IMPORTS = (
    "from pivotal_webhooks import Webhook, WebhookVerificationError",
    "from svix.webhooks import Webhook, WebhookVerificationError",
    "from standardwebhooks.webhooks import Webhook, WebhookVerificationError",
)


@pytest.mark.parametrize("imported", IMPORTS)
def test_code_runs_when_its_import_is_changed(
    imported: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: dict[str, Any] = {}
    exec(imported + CODE, names)
    if names["Webhook"] is Webhook:
        monkeypatch.setitem(names, "Webhook", ours)
    receive = names["receive"]
    assert receive(SECRET, BODY, both())
    assert receive(SECRET, BODY.decode(), both())
    assert not receive(SECRET, BODY + b" ", both())
    assert not receive(SECRET, BODY, both(timestamp=NOW - 301))
    assert not receive(SECRET, BODY, both(timestamp=NOW + 301))
    assert not receive(SECRET, BODY, both(secret="whsec_" + signing.mac(b"other", b"")))
    for name in branded():
        headers = both()
        del headers[name], headers[name.replace("svix", "webhook")]
        assert not receive(SECRET, BODY, headers)


@ALL_THREE
def test_calls_have_the_same_names(library: str) -> None:
    webhook = OPEN[library](SECRET)
    webhook.verify(data=BODY, headers=both())
    webhook.verify(BODY, headers=both())
    expected = branded()["svix-signature"]
    assert webhook.sign(ID, at(NOW), BODY.decode()) == expected
    assert webhook.sign(msg_id=ID, timestamp=at(NOW), data=BODY.decode()) == expected


@pytest.mark.parametrize(
    "constructor", [Webhook, svix.webhooks.Webhook, standardwebhooks.webhooks.Webhook]
)
def test_the_secret_has_the_same_name(constructor: Any) -> None:
    signature = constructor(whsecret=SECRET).sign(ID, at(NOW), BODY.decode())
    assert signature == branded()["svix-signature"]


def test_an_argument_can_not_be_passed_under_both_its_names() -> None:
    webhook: Any = Webhook(SECRET)
    constructor: Any = Webhook
    with pytest.raises(TypeError, match="body or data, not both"):
        webhook.verify(BODY, both(), data=BODY)
    with pytest.raises(TypeError, match="secret or whsecret, not both"):
        constructor(SECRET, whsecret=SECRET)


def test_an_argument_can_not_be_left_out() -> None:
    webhook: Any = Webhook(SECRET)
    constructor: Any = Webhook
    for arguments in ({}, {"headers": both()}):
        with pytest.raises(TypeError, match="body must be"):
            webhook.verify(**arguments)
    for name in ("body", "data"):
        with pytest.raises(TypeError, match="headers must be"):
            webhook.verify(**{name: BODY})
    with pytest.raises(WebhookConfigurationError, match="secret_empty"):
        constructor()


# The same signatures

KEYS = st.binary(min_size=16, max_size=64).filter(any)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
IDS = st.from_regex(r"msg_[A-Za-z0-9_-]{1,40}", fullmatch=True)
TIMES = st.integers(NOW - 300, NOW + 300)


@st.composite
def secrets(draw: st.DrawFn) -> str:
    written = base64.b64encode(draw(KEYS)).decode()
    if draw(st.booleans()):
        written = written.rstrip("=")
    return draw(st.sampled_from(["whsec_", ""])) + written


@given(secrets(), IDS, TIMES, TEXTS)
def test_what_one_signs_the_others_verify(secret: str, id: str, time: int, text: str) -> None:
    webhooks = {library: construct(secret) for library, construct in OPEN.items()}
    signatures = {webhook.sign(id, at(time), text) for webhook in webhooks.values()}
    (signature,) = signatures
    body = json.dumps({"text": text}, ensure_ascii=False)
    for signer in webhooks.values():
        values = (id, str(time), signer.sign(id, at(time), body))
        headers = dict(zip(both(), [*values, *values], strict=True))
        for webhook in webhooks.values():
            assert webhook.verify(body, headers) in (json.loads(body), None)
            assert webhook.verify(body.encode(), headers) in (json.loads(body), None)
    assert signature.startswith("v1,")


@given(secrets(), IDS, TIMES, TEXTS, st.data())
def test_what_one_refuses_the_others_refuse(
    secret: str, id: str, time: int, text: str, data: st.DataObject
) -> None:
    body = json.dumps({"text": text})
    values = {"id": id, "timestamp": str(time), "signature": ours(secret).sign(id, time, body)}
    fault = data.draw(st.sampled_from(["id", "timestamp", "signature", "body", "secret", "gone"]))
    if fault == "id":
        values["id"] += "x"
    elif fault == "timestamp":
        values["timestamp"] = str(data.draw(TIMES.filter(lambda other: other != time)))
    elif fault == "signature":
        values["signature"] = f"v1,{signing.mac(b'guess', body.encode())}"
    elif fault == "body":
        body = f"{body} "
    elif fault == "secret":
        secret = base64.b64encode(
            data.draw(KEYS.filter(lambda key: key != key_of(secret)))
        ).decode()
    else:
        del values[data.draw(st.sampled_from([*values]))]
    headers = {
        f"{prefix}-{name}": values[name] for prefix in ("svix", "webhook") for name in values
    }
    for construct in OPEN.values():
        with pytest.raises((WebhookVerificationError, Theirs)):
            construct(secret).verify(body, headers)


def key_of(secret: str) -> bytes:
    return signing.key_of(secret + "==")


# The deliberate differences


class Refused(NamedTuple):
    code: str


class Difference(NamedTuple):
    call: Callable[[Any], Any]
    """Takes the library's `Webhook`."""
    here: object
    svix: object
    standardwebhooks: object


def outcome(call: Callable[[Any], Any], construct: Any) -> object:
    try:
        return call(construct)
    except WebhookError as error:
        return Refused(error.code)
    except Exception as error:
        return type(error)


def verify(body: Any = BODY, headers: Any = None, signed: bytes | None = None) -> Any:
    signed = body if signed is None else signed
    return lambda construct: construct().verify(body, both(signed) if headers is None else headers)


def sign(timestamp: Any = None, data: Any = "{}") -> Any:
    timestamp = at(NOW) if timestamp is None else timestamp
    return lambda construct: construct().sign(ID, timestamp, data)


def opens(secret: Any) -> Any:
    return lambda construct: construct(secret) is not None


def raises(construct: Any) -> Any:
    try:
        construct().verify(b"", both())
    except Exception as error:
        return hasattr(error, "status"), isinstance(error, Theirs)
    return None


def without_parsing(construct: Any) -> Any:
    webhook, body = construct(), b"no JSON"
    if hasattr(webhook, "verify_signature"):
        return webhook.verify_signature(body, both(body)).id
    if isinstance(webhook, svix.webhooks.Webhook):
        return webhook.verify(body, both(body))
    return webhook.verify(body, both(body), json_parse=False)


def subclass(construct: Any) -> Any:
    return type("Sub", (type(construct()),), {}) is not None


SIGNED = sign()(ours)
ODD_SECRET = f"{SECRET[:20]}-_.{SECRET[20:]}"
SPARE_BITS_CLEAR = base64.b64encode(bytes([7]) * 25).decode()
SPARE_BITS_SET = SPARE_BITS_CLEAR.replace("w==", "x==")
FLOAT = f"{NOW}.5"
DEEP = b"[" * 128 + b"]" * 128
LARGE = b" " * 2**20 + b"{}"
MIXED = {**unbranded(), "svix-id": ID}
del MIXED["webhook-id"]
DIFFERING = branded() | unbranded(id="msg_other")
FORGED = "v1," + signing.mac(b"guess", BODY)
GENUINE = branded()["svix-signature"]


def signatures(value: str) -> dict[str, str]:
    return {**both(), "svix-signature": value, "webhook-signature": value}


def times(value: str) -> dict[str, str]:
    return {**both(), "svix-timestamp": value, "webhook-timestamp": value}


def after(seconds: float) -> Any:
    """Verify at a time that is no whole second."""

    def call(construct: Any) -> Any:
        if construct is ours:
            return Webhook(SECRET, clock=lambda: NOW + seconds).verify(BODY, both())

        class Later(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Later:
                return cls.fromtimestamp(NOW + seconds, tz)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(standardwebhooks.webhooks, "datetime", Later)
            return construct(SECRET).verify(BODY, both())

    return call


EVENT = json.loads(BODY)
DIFFERENCES = {
    "what `verify` returns": Difference(verify(), EVENT, None, EVENT),
    "an empty body": Difference(verify(b""), None, None, json.JSONDecodeError),
    "verifying without parsing": Difference(without_parsing, ID, None, None),
    "what is raised": Difference(raises, (True, False), (False, True), (False, True)),
    "an empty secret": Difference(
        opens(""),
        Refused("secret_empty"),
        standardwebhooks.webhooks.EmptyWebhookSecretError,
        standardwebhooks.webhooks.EmptyWebhookSecretError,
    ),
    "a secret shorter than 16 bytes": Difference(
        opens(base64.b64encode(b"fifteen letters").decode()), Refused("secret_weak"), True, True
    ),
    "a secret of zeros alone": Difference(
        opens(base64.b64encode(bytes(24)).decode()), Refused("secret_weak"), True, True
    ),
    "characters that base64 doesn't have": Difference(
        lambda construct: sign()(lambda: construct(ODD_SECRET)),
        Refused("secret_malformed"),
        SIGNED,
        SIGNED,
    ),
    "base64 with spare bits set in its last character": Difference(
        lambda construct: sign()(lambda: construct(SPARE_BITS_SET)),
        Refused("secret_malformed"),
        sign()(lambda: ours(SPARE_BITS_CLEAR)),
        sign()(lambda: ours(SPARE_BITS_CLEAR)),
    ),
    "a secret of type `bytes`": Difference(
        lambda construct: sign()(lambda: construct(signing.key_of())), TypeError, SIGNED, SIGNED
    ),
    "a body that is not JSON": Difference(
        verify(b"no JSON"), Refused("payload_malformed"), None, json.JSONDecodeError
    ),
    "`NaN` and `Infinity`": Difference(
        verify(b"Infinity"), Refused("payload_malformed"), None, float("inf")
    ),
    "a key twice in the outermost object": Difference(
        verify(b'{"a":1,"a":2}'), Refused("payload_malformed"), None, {"a": 2}
    ),
    "nesting of more than 127": Difference(
        verify(DEEP), Refused("payload_malformed"), None, json.loads(DEEP)
    ),
    "a body that is not UTF-8": Difference(
        verify(b'"\xff"'), Refused("payload_malformed"), UnicodeDecodeError, UnicodeDecodeError
    ),
    "a body that a parser has read": Difference(
        verify(EVENT, signed=BODY), TypeError, AttributeError, AttributeError
    ),
    "a body of more than 1 MiB": Difference(verify(LARGE), Refused("payload_too_large"), None, {}),
    "a delivery signed in `pivotal-signature`": Difference(
        verify(headers=signing.pivotal()), EVENT, Theirs, Theirs
    ),
    "the names `svix-…`": Difference(verify(headers=branded()), EVENT, None, Theirs),
    "`svix-…` beside a different `webhook-…`": Difference(
        verify(headers=DIFFERING), Refused("header_duplicated"), None, EVENT
    ),
    "one header of `svix-…`, two of `webhook-…`": Difference(
        verify(headers=MIXED), Refused("header_missing"), None, Theirs
    ),
    "pairs instead of a mapping": Difference(
        verify(headers=[*both().items()]), EVENT, AttributeError, AttributeError
    ),
    "a timestamp with a fraction": Difference(
        verify(headers=times(FLOAT)), Refused("timestamp_malformed"), None, EVENT
    ),
    "spaces around a timestamp": Difference(
        verify(headers=times(f" {NOW} ")), Refused("timestamp_malformed"), None, EVENT
    ),
    "300.5 seconds after the signed time": Difference(after(300.5), EVENT, Theirs, Theirs),
    "an id with a full stop": Difference(
        verify(headers=both(id="msg.1")), Refused("header_malformed"), None, EVENT
    ),
    "signatures joined by a comma, as proxies join lines": Difference(
        verify(headers=signatures(f"{FORGED},{GENUINE}")), EVENT, ValueError, ValueError
    ),
    "a signature without its version": Difference(
        verify(headers=signatures(GENUINE[3:])),
        Refused("signature_mismatch"),
        ValueError,
        ValueError,
    ),
    "a signature that is not base64": Difference(
        verify(headers=signatures("v1,a")), Refused("signature_mismatch"), ValueError, ValueError
    ),
    "more than 32 signatures": Difference(
        verify(headers=signatures(f"{FORGED} " * 32 + GENUINE)),
        Refused("too_many_signatures"),
        None,
        EVENT,
    ),
    "a `datetime` without a time zone": Difference(
        sign(at(NOW).replace(tzinfo=None)), TypeError, SIGNED, SIGNED
    ),
    "Unix seconds": Difference(sign(NOW), SIGNED, AttributeError, AttributeError),
    "a subclass of `Webhook`": Difference(subclass, TypeError, True, True),
    "a copy or a pickle of a webhook": Difference(
        lambda construct: copy.copy(construct()) is not None, TypeError, True, True
    ),
}


@pytest.mark.parametrize("title", DIFFERENCES)
def test_a_difference_is_as_the_page_says(title: str) -> None:
    difference = DIFFERENCES[title]
    expected = zip(OPEN.items(), difference[1:], strict=True)
    for (library, construct), expectation in expected:
        found = outcome(difference.call, with_secret(construct))
        if isinstance(expectation, type):
            assert isinstance(found, type), (library, found)
            assert issubclass(found, expectation), library
        else:
            assert found == expectation, library


def with_secret(construct: Any) -> Any:
    if construct is ours:
        return ours
    return lambda secret=SECRET: construct(secret)


@pytest.mark.parametrize("title", DIFFERENCES)
def test_the_page_names_what_is_asserted(title: str) -> None:
    ((here, theirs),) = [(here, theirs) for named, here, theirs in ROWS if named == title]
    difference = DIFFERENCES[title]
    for cell, expectations in ((here, difference[1:2]), (theirs, difference[2:])):
        for expectation in expectations:
            if isinstance(expectation, Refused):
                assert f"`{expectation.code}`" in cell
            elif isinstance(expectation, type):
                assert f"`{expectation.__name__}`" in cell


def test_the_page_lists_every_difference_and_no_other() -> None:
    listed = [title for title, *_ in ROWS if title.strip("- ")]
    assert listed == [*DIFFERENCES]


def test_the_page_names_the_versions_that_the_tests_run() -> None:
    for library in ("svix", "standardwebhooks"):
        assert f"{library} {version(library)}" in PAGE.read_text("utf-8")


# The page's blocks


def test_the_blocks_of_the_page_run(capsys: pytest.CaptureFixture[str]) -> None:
    event = json.dumps(
        {
            "id": "evt_1",
            "type": "customer.at_risk",
            "created_at": "2026-05-26T18:42:00Z",
            "data": {"object": {"id": "cus_2N"}},
        }
    ).encode()
    names: dict[str, Any] = {
        "secret": SECRET,
        "body": event,
        "headers": branded(event, timestamp=NOW),
    }
    receive, unwrap, test = BLOCKS
    exec(receive, names)
    exec(unwrap, names)
    exec(test, names)
    assert capsys.readouterr().out == "customer.at_risk\ncus_2N 2026-05-26 18:42:00+00:00\n"
    assert names["signature"].startswith("v1,")
    exec(receive, {**names, "body": b"{}"})
    assert capsys.readouterr().out == "signature_mismatch\n"
