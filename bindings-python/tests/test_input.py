"""The shapes in which bodies, headers, secrets and clocks reach the package."""

from __future__ import annotations

import array
import base64
import email.message
import json
import subprocess
import sys
import threading
from collections import OrderedDict, UserDict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import pytest
import signing
from django.http.request import HttpHeaders, HttpRequest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from pivotal_webhooks import Webhook, WebhookConfigurationError, WebhookVerificationError
from pydantic import SecretBytes, SecretStr
from signing import BODY, ID, NOW, SECRET
from starlette.datastructures import Headers as StarletteHeaders
from starlette.datastructures import Secret as StarletteSecret
from starlette.requests import Request as StarletteRequest
from werkzeug.datastructures import EnvironHeaders
from werkzeug.datastructures import Headers as WerkzeugHeaders
from werkzeug.wrappers import Request as WerkzeugRequest

GENUINE = signing.svix()
EVENT = json.loads(BODY)
OTHER_ID = "msg_other"
STRANGER = "whsec_" + signing.mac(b"a stranger", b"key")


def webhook(**options: Any) -> Webhook:
    return Webhook(SECRET, **{"clock": lambda: NOW, **options})


def webhook_of(secret: Any, **options: Any) -> Webhook:
    return Webhook(secret, clock=lambda: NOW, **options)


def refusal(body: Any = BODY, headers: Any = GENUINE, **options: Any) -> WebhookVerificationError:
    with pytest.raises(WebhookVerificationError) as caught:
        webhook(**options).verify(body, headers)
    return caught.value


def environ(headers: Mapping[str, str]) -> dict[str, Any]:
    keys = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json", **keys}


def message(headers: Mapping[str, str]) -> email.message.Message:
    parsed = email.message.Message()
    for name, value in headers.items():
        parsed[name] = value
    return parsed


# Bodies


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        bytearray(BODY),
        memoryview(BODY),
        memoryview(bytearray(BODY)),
        memoryview(b"<" + BODY + b">")[1:-1],
        memoryview(bytes(reversed(BODY)))[::-1],
        array.array("B", BODY),
        type("Bytes", (bytes,), {})(BODY),
        BODY.decode(),
    ],
    ids=lambda body: type(body).__name__,
)
def test_a_body_with_bytes_is_verified(body: Any) -> None:
    assert webhook().verify(body, GENUINE) == EVENT
    assert webhook().verify(body=body, headers=GENUINE) == EVENT
    assert webhook().verify_signature(body, GENUINE).id == ID


class Shown(bytes):
    """Bytes whose methods show other bytes than they have."""

    def __bytes__(self) -> bytes:
        return b"{}"

    def decode(self, *_: Any) -> str:
        return "{}"

    def __buffer__(self, _: int) -> memoryview:
        return memoryview(b"{}")


class ShownText(str):
    def encode(self, *_: Any) -> bytes:
        return b"{}"

    def __str__(self) -> str:
        return "{}"


@pytest.mark.parametrize("body", [Shown(BODY), ShownText(BODY.decode())], ids=["bytes", "str"])
def test_what_a_subclass_shows_is_not_read(body: Any) -> None:
    event = webhook().unwrap(body, GENUINE)
    assert type(event.raw) is bytes
    assert event.raw == BODY
    assert event.raw.decode() == BODY.decode()
    assert event.data["object"]["name"] == "Ren\u00e9e"
    assert webhook().verify(body, GENUINE) == EVENT
    shown: Any = Shown(b"[]") if isinstance(body, bytes) else ShownText("[]")
    assert refusal(shown).code == "signature_mismatch"


@pytest.mark.parametrize("name", GENUINE)
def test_what_a_subclass_of_a_headers_value_shows_is_not_read(name: str) -> None:
    for shown in (Shown(GENUINE[name].encode()), ShownText(GENUINE[name])):
        assert webhook().verify(BODY, {**GENUINE, name: shown}) == EVENT
    assert refusal(headers={**GENUINE, name: ShownText("{}")}).status == 401


async def coroutine() -> bytes:
    raise AssertionError("never awaited")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (EVENT, "dict"),
        ([EVENT], "list"),
        (None, "NoneType"),
        (3, "int"),
        (object(), "object"),
        (coroutine, "function"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_parsed_body_is_a_type_error_that_says_what_to_write(body: Any, named: str) -> None:
    for call in (webhook().verify, webhook().verify_signature):
        with pytest.raises(TypeError) as caught:
            call(body, GENUINE)
        assert f"not {named}:" in str(caught.value)
        assert "raw bytes" in str(caught.value)
        assert "await request.body()" in str(caught.value)


def test_a_forgotten_await_is_named() -> None:
    forgotten = coroutine()
    with pytest.raises(TypeError, match=r"not coroutine:.*await request\.body\(\)"):
        webhook().verify(forgotten, GENUINE)  # type: ignore[call-overload]
    forgotten.close()


def test_a_released_memoryview_raises_what_python_raises() -> None:
    view = memoryview(BODY)
    view.release()
    with pytest.raises(ValueError, match="released memoryview"):
        webhook().verify(view, GENUINE)


def test_a_lossily_decoded_body_does_not_verify() -> None:
    signed = b'{"name":"\xef\xbf\xbd"}'
    headers = signing.svix(signed)
    assert webhook().verify(signed.decode(), headers) == {"name": "\ufffd"}
    for sent in (b"\xff", b"\xc0", b"\xed\xa0\x80"):
        tampered = signed.replace(b"\xef\xbf\xbd", sent)
        assert refusal(tampered, headers).code == "signature_mismatch"
        assert refusal(tampered.decode(errors="surrogateescape"), headers).code == (
            "signature_mismatch"
        )


def test_a_lone_surrogate_in_a_body_is_a_mismatch() -> None:
    error = refusal('{"name":"\ud800"}')
    assert (error.code, error.status, error.header) == ("signature_mismatch", 401, None)


def test_a_bytearray_that_changes_during_the_call_is_refused_or_was_genuine() -> None:
    original = b'{"filler":"' + b"x" * 60_000 + b'"}'
    headers = signing.svix(original)
    shared = bytearray(original)
    endpoint = webhook()
    done = threading.Event()

    def flip() -> None:
        while not done.is_set():
            shared[30] ^= 1

    flipper = threading.Thread(target=flip)
    flipper.start()
    accepted = refused = 0
    try:
        for _ in range(500):
            try:
                assert endpoint.verify(shared, headers) == json.loads(original)
                accepted += 1
            except WebhookVerificationError as error:
                assert error.code == "signature_mismatch"
                refused += 1
    finally:
        done.set()
        flipper.join()
    assert accepted + refused == 500


# Headers


HEADER_SHAPES: dict[str, Any] = {
    "dict": GENUINE,
    "dict in another case": {name.title(): value for name, value in GENUINE.items()},
    "OrderedDict": OrderedDict(GENUINE),
    "UserDict": UserDict(GENUINE),
    "MappingProxyType": MappingProxyType(GENUINE),
    "pairs": list(GENUINE.items()),
    "lists": [[name, value] for name, value in GENUINE.items()],
    "generator": (pair for pair in list(GENUINE.items()) * 1),
    "dict items": GENUINE.items(),
    "ASGI pairs": [(name.encode(), value.encode()) for name, value in GENUINE.items()],
    "Starlette": StarletteHeaders(GENUINE),
    "Werkzeug": WerkzeugHeaders(GENUINE),
    "Werkzeug environ": EnvironHeaders(environ(GENUINE)),
    "Django": HttpHeaders(environ(GENUINE)),
    "multidict": CIMultiDict(GENUINE),
    "email.message": message(GENUINE),
    "WSGI environ": {"wsgi.version": (1, 0), **environ(GENUINE)},
    "Django's META under ASGI": {"wsgi.multithread": True, **environ(GENUINE)},
}


@pytest.mark.parametrize("shape", HEADER_SHAPES)
def test_headers_are_read_from(shape: str) -> None:
    assert webhook().verify(BODY, HEADER_SHAPES[shape]) == EVENT


TWICE = [*GENUINE.items(), ("Svix-Id", OTHER_ID)]


@pytest.mark.parametrize(
    "headers",
    [
        TWICE,
        dict(TWICE),
        [(name.encode(), value.encode()) for name, value in TWICE],
        StarletteHeaders(raw=[(name.lower().encode(), value.encode()) for name, value in TWICE]),
        WerkzeugHeaders(TWICE),
        CIMultiDict(TWICE),
    ],
    ids=lambda headers: type(headers).__name__,
)
def test_a_header_that_differs_from_itself_is_seen(headers: Any) -> None:
    error = refusal(headers=headers)
    assert (error.code, error.header) == ("header_duplicated", "svix-id")


def test_email_messages_keep_repeated_lines() -> None:
    headers = message(GENUINE)
    headers["SVIX-ID"] = OTHER_ID
    assert refusal(headers=headers).code == "header_duplicated"


def test_an_absent_value_is_an_absent_header() -> None:
    assert webhook().verify(BODY, {**GENUINE, "webhook-id": None}) == EVENT
    error = refusal(headers={**GENUINE, "svix-id": None})
    assert (error.code, error.header) == ("header_missing", "svix-id")


def test_an_underscore_is_not_a_hyphen() -> None:
    renamed = {name.replace("-", "_"): value for name, value in GENUINE.items()}
    assert refusal(headers=renamed).code == "header_missing"
    assert refusal(headers=environ(GENUINE)).code == "header_missing"
    assert refusal(headers=list({"wsgi.version": (1, 0), **environ(GENUINE)}.items())).code == (
        "header_missing"
    )
    smuggled = {
        "wsgi.version": (1, 0),
        **environ(GENUINE),
        "svix_id": OTHER_ID,
        "SVIX_ID": OTHER_ID,
    }
    assert webhook().verify_signature(BODY, smuggled).id == ID


def test_what_wsgi_joins_is_malformed() -> None:
    joined = {"wsgi.version": (1, 0), **environ(GENUINE), "HTTP_SVIX_ID": f"{ID},{OTHER_ID}"}
    assert refusal(headers=joined).code == "header_malformed"


@pytest.mark.parametrize("value", [5, 5.0, True, {}, object(), bytearray(b"a"), [5], [["a"]]])
def test_a_value_of_another_type_is_a_type_error_where_it_matters(value: Any) -> None:
    name = type(value[0] if isinstance(value, list) else value).__name__
    message = f"headers: the value of svix-id must be str, bytes or a list of them, not {name}"
    for headers in ({**GENUINE, "Svix-Id": value}, [*GENUINE.items(), ("SVIX-ID", value)]):
        with pytest.raises(TypeError, match=f"^{message}$"):
            webhook().verify(BODY, headers)
    irrelevant: Any = {"x-other": value, 7: value, "\udfff": "a"}
    assert webhook().verify(BODY, {**GENUINE, **irrelevant}) == EVENT


def test_a_value_without_an_encoding_is_malformed_where_it_matters() -> None:
    error = refusal(headers={**GENUINE, "Svix-Id": "\ud800"})
    assert (error.code, error.header) == ("header_malformed", "svix-id")
    assert webhook().verify(BODY, {**GENUINE, "x-other": "\ud800", "svix-id\ud800": "a"}) == EVENT


LISTS: dict[str, Any] = {name: [value] for name, value in GENUINE.items()}


@pytest.mark.parametrize("make", [dict, OrderedDict, UserDict, MappingProxyType])
def test_lists_of_values_are_lines(make: Any) -> None:
    assert webhook().verify(BODY, make(LISTS)) == EVENT
    assert webhook().verify(BODY, make({**GENUINE, "svix-id": (ID.encode(),)})) == EVENT
    assert webhook().verify(BODY, make({**LISTS, "webhook-id": [], "webhook-timestamp": [None]}))
    for lines in ([ID, None], [None, ID], (None, ID, None)):
        assert webhook().verify(BODY, make({**LISTS, "svix-id": lines})) == EVENT
    for none in (None, [], [None], [None, None]):
        error = refusal(headers=make({**LISTS, "svix-id": none}))
        assert (error.code, error.header) == ("header_missing", "svix-id")
    error = refusal(headers=make({**LISTS, "svix-id": [ID, None, ID]}))
    assert (error.code, error.header) == ("header_duplicated", "svix-id")
    error = refusal(headers=make({**LISTS, "svix-id": [ID, OTHER_ID]}))
    assert (error.code, error.header) == ("header_duplicated", "svix-id")


def test_lines_that_a_mapping_joins_in_items_are_read_as_lines() -> None:
    headers = httpx.Headers([*GENUINE.items(), ("svix-id", OTHER_ID)])
    assert ", " in dict(headers.items())["svix-id"]
    error = refusal(headers=headers)
    assert (error.code, error.header) == ("header_duplicated", "svix-id")


@pytest.mark.parametrize(
    "headers",
    [
        None,
        3,
        pytest.param(object(), id="object()"),
        "svix-id: a",
        b"svix-id",
        ["svix-id"],
        [("svix-id", "a", "b")],
        [1],
        [None],
    ],
    ids=repr,
)
def test_what_holds_no_headers_is_a_type_error(headers: Any) -> None:
    with pytest.raises(TypeError, match="headers must be a mapping, or pairs of name and value"):
        webhook().verify(BODY, headers)


def django_request() -> HttpRequest:
    request = HttpRequest.__new__(HttpRequest)  # no settings
    request.META = environ(GENUINE)
    return request


@pytest.mark.parametrize(
    "request_or_response",
    [
        StarletteRequest({"type": "http", "headers": []}),
        django_request(),
        WerkzeugRequest(environ(GENUINE)),
        httpx.Request("POST", "http://localhost", headers=GENUINE),
        httpx.Response(200, headers=GENUINE),
    ],
    ids=lambda it: f"{type(it).__module__}.{type(it).__name__}",
)
def test_a_request_in_the_headers_place_is_a_type_error(request_or_response: Any) -> None:
    name = type(request_or_response).__name__
    for call in (webhook().verify, webhook().unwrap, webhook().verify_signature):
        with pytest.raises(TypeError, match=f"not {name}: pass its `headers`"):
            call(BODY, request_or_response)


@pytest.mark.parametrize(
    "headers", [GENUINE, {}, LISTS, [*GENUINE.items()]], ids=lambda it: type(it).__name__
)
def test_a_dict_of_the_whole_request_is_a_type_error(headers: Any) -> None:
    with pytest.raises(TypeError, match='pass its entry "headers"'):
        webhook().verify(BODY, {"headers": headers, "body": BODY, "requestContext": {}})
    for absent in (None, "a header of this name"):
        assert refusal(headers={"headers": absent}).code == "header_missing"


def test_an_event_in_the_headers_place_is_a_type_error() -> None:
    wrong: Any = webhook().unwrap(BODY, GENUINE)
    with pytest.raises(TypeError, match="not CustomerAtRiskEvent"):
        webhook().unwrap(BODY, wrong)


def test_a_coroutine_in_the_headers_place_is_a_type_error() -> None:
    forgotten: Any = coroutine()
    with pytest.raises(TypeError, match="not coroutine: await it first"):
        webhook().verify(BODY, forgotten)


class Reading(Mapping[str, str]):
    """Counts what is asked of it."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers
        self.reads: list[str] = []

    def __getitem__(self, name: str) -> str:
        self.reads.append(name)
        # A second reading would find something else.
        return self.headers[name] if self.reads.count(name) == 1 else "changed"

    def __iter__(self) -> Iterator[str]:
        return iter(self.headers)

    def __len__(self) -> int:
        return len(self.headers)


def test_each_value_is_read_once() -> None:
    headers = Reading(GENUINE)
    assert webhook().verify(BODY, headers) == EVENT
    assert sorted(headers.reads) == sorted(GENUINE)


@pytest.mark.parametrize(
    "failure", [KeyError("a"), TypeError("b"), RuntimeError("c"), StopAsyncIteration()]
)
def test_what_a_mapping_raises_comes_through(failure: Exception) -> None:
    class Failing(Reading):
        def __getitem__(self, name: str) -> str:
            raise failure

    with pytest.raises(type(failure)) as caught:
        webhook().verify(BODY, Failing(GENUINE))
    assert caught.value is failure


def test_what_an_iterator_raises_comes_through() -> None:
    def pairs() -> Iterator[tuple[str, str]]:
        yield from GENUINE.items()
        raise ConnectionError("the client left")

    with pytest.raises(ConnectionError, match="the client left"):
        webhook().verify(BODY, pairs())


# Secrets and options


def test_secrets_come_alone_in_a_row_or_with_labels() -> None:
    old = "whsec_" + signing.mac(b"old", b"key")
    signed = signing.svix(secret=old)
    clock = lambda: NOW  # noqa: E731
    for secret in (old, f"  {old}\n", [SECRET, old], (SECRET, old), iter([SECRET, old])):
        assert Webhook(secret, clock=clock).verify_signature(BODY, signed).label is None
    labelled: list[Any] = [{"new": SECRET, "old": old}, MappingProxyType({"old": old})]
    for secret in labelled:
        assert Webhook(secret, clock=clock).verify_signature(BODY, signed).label == "old"


@pytest.mark.parametrize("secret", [[SECRET], {"new": SECRET}])
def test_changing_the_container_of_the_secrets_afterwards_changes_nothing(secret: Any) -> None:
    schemes: Any = ["svix"]
    endpoint = webhook_of(secret, schemes=schemes)
    secret[next(iter(secret)) if isinstance(secret, dict) else 0] = STRANGER
    schemes[0] = "pivotal"
    assert endpoint.verify(BODY, GENUINE) == EVENT
    with pytest.raises(WebhookVerificationError) as caught:
        endpoint.verify(BODY, signing.svix(secret=STRANGER))
    assert caught.value.code == "signature_mismatch"


@pytest.mark.parametrize(
    "secret", [None, "", "  ", "whsec_", [], {}, [None], {"new": None}, [SECRET, ""]]
)
@pytest.mark.parametrize("construct", [Webhook, Webhook.pivot])
def test_no_secret_is_an_empty_one(construct: Any, secret: Any) -> None:
    with pytest.raises(WebhookConfigurationError) as caught:
        construct(secret)
    assert (caught.value.code, caught.value.status) == ("secret_empty", 500)


@pytest.mark.parametrize("key", ["auto", "base64", "text"])
@pytest.mark.parametrize("secret", ["\ud800", SECRET + "\ud800", "\udc80" * 40])
def test_a_secret_without_an_encoding_is_malformed(secret: str, key: Any) -> None:
    with pytest.raises(WebhookConfigurationError) as caught:
        Webhook(secret, key=key)
    assert caught.value.code == "secret_malformed"
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("secret", [3, 3.0, b"whsec_abc", object(), [3], [b"a"], {"new": 3}, True])
def test_a_secret_of_another_type_is_a_type_error(secret: Any) -> None:
    name = type(secret).__name__
    if isinstance(secret, list | dict):
        name = type(next(iter(secret.values() if isinstance(secret, dict) else secret))).__name__
    with pytest.raises(TypeError, match=f"secret must be a str.*, not {name}$"):
        Webhook(secret)


def test_absent_secrets_are_left_out() -> None:
    old = SECRET
    shapes: list[Any] = [[None, old], (old, None), {"new": None, "old": old}, [old, old]]
    for secret in shapes:
        assert webhook_of(secret).verify(BODY, GENUINE) == EVENT
    assert webhook_of({"new": None, "old": old}).verify_signature(BODY, GENUINE).label == "old"


@pytest.mark.parametrize("label", ["\ud800", "", "a" * 65])
def test_a_label_of_another_form_is_a_config_error(label: str) -> None:
    with pytest.raises(WebhookConfigurationError) as caught:
        Webhook({label: SECRET})
    assert caught.value.code == "config_invalid"
    with pytest.raises(TypeError, match="secret: a label must be a str, not int"):
        Webhook({3: SECRET})  # type: ignore[arg-type]


@pytest.mark.parametrize("wrap", [SecretStr, StarletteSecret])
def test_secrets_of_settings_objects_are_read(wrap: Any) -> None:
    for secret in (wrap(SECRET), [None, wrap(SECRET)], {"new": wrap(SECRET)}, lambda: wrap(SECRET)):
        assert webhook_of(secret).verify(BODY, GENUINE) == EVENT
    with pytest.raises(WebhookConfigurationError, match="secret_empty"):
        Webhook(wrap(""))


def test_an_object_is_not_taken_for_its_text() -> None:
    class Secret:
        def __str__(self) -> str:
            return SECRET

    wrong: list[Any] = [Secret(), SecretBytes(SECRET.encode())]
    for secret in wrong:
        with pytest.raises(TypeError, match=r"secret must be a str.*, not (Secret|bytes)$"):
            Webhook(secret)


@pytest.mark.parametrize("option", ["tolerance", "max_body"])
@pytest.mark.parametrize(
    "value", [-1, 0.5, float("nan"), float("inf"), -float("inf"), 10**400, -(10**400)]
)
def test_a_number_out_of_range_is_a_config_error(option: str, value: float) -> None:
    with pytest.raises(WebhookConfigurationError) as caught:
        webhook(**{option: value})
    assert caught.value.code == "config_invalid"


@pytest.mark.parametrize(
    "options",
    [
        {"tolerance": "300"},
        {"tolerance": True},
        {"max_body": "1"},
        {"schemes": "svix"},
        {"schemes": [1]},
        {"key": 1},
        {"dangerously_ignore_timestamp": 1},
        {"clock": 1_614_265_330},
        {"unknown": 1},
    ],
    ids=repr,
)
def test_an_option_of_another_type_is_a_type_error(options: Any) -> None:
    with pytest.raises(TypeError):
        webhook(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerance": "300"}, "tolerance must be a number of seconds, as in 300, not str"),
        ({"tolerance": True}, "tolerance must be a number of seconds, as in 300, not bool"),
        ({"max_body": "1"}, "max_body must be a number of bytes, as in 1048576, not str"),
        ({"max_event_age": []}, "max_event_age must be a number of seconds, as in 86400, not list"),
        ({"schemes": "svix"}, 'schemes must be a list of names, as in ["svix"], not str'),
        ({"schemes": 1}, 'schemes must be a list of names, as in ["svix"], not int'),
        (
            {"schemes": [1]},
            'schemes must be a list of names, as in ["svix"], not a list with int in it',
        ),
        ({"key": 1}, 'key must be "auto", "base64" or "text", not int'),
        (
            {"dangerously_ignore_timestamp": 1},
            "dangerously_ignore_timestamp must be True or False, not int",
        ),
        ({"clock": 1_614_265_330}, "clock must be a function that returns Unix seconds, not int"),
        pytest.param(
            {"clock": coroutine},
            "clock must be a function that returns Unix seconds, not function",
            id="a coroutine",
        ),
    ],
    ids=repr,
)
def test_the_error_names_the_option_and_what_it_takes(options: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        webhook(**options)
    assert str(caught.value) == message


def test_a_pivotal_endpoint_has_no_max_event_age() -> None:
    with pytest.raises(WebhookConfigurationError, match=r"max_event_age.*config_invalid"):
        webhook(max_event_age=60)


@pytest.mark.parametrize("options", [{"schemes": ["\ud800"]}, {"key": "\ud800"}])
def test_a_name_without_an_encoding_is_an_unknown_name(options: Any) -> None:
    with pytest.raises(WebhookConfigurationError, match="config_invalid"):
        webhook(**options)


def test_numbers_of_other_types_are_numbers() -> None:
    class Seconds:
        def __float__(self) -> float:
            return 300.0

    for tolerance in (300, 300.0, Seconds()):
        endpoint: Any = webhook
        assert (
            endpoint(tolerance=tolerance).verify(BODY, signing.svix(timestamp=NOW - 300)) == EVENT
        )


# Clocks


def test_the_clock_is_asked_once_per_verification() -> None:
    asked: list[float] = []

    def clock() -> float:
        asked.append(NOW)
        return NOW + 0.999 + 300

    endpoint = webhook(clock=clock)
    endpoint.verify(BODY, GENUINE)
    endpoint.verify_signature(BODY, GENUINE)
    assert len(asked) == 2
    endpoint.sign(ID, NOW, BODY)
    assert len(asked) == 2


UNUSABLE = "the receiver's clock gave no time, or a time before 1970 (internal)"
TOO_LARGE = (
    "the receiver's clock gave 13 digits or more: probably milliseconds instead of seconds "
    "(internal)"
)


@pytest.mark.parametrize(
    ("now", "message"),
    [
        *((now, UNUSABLE) for now in (-1, -0.001, float("nan"), float("inf"), 10**400)),
        *((now, TOO_LARGE) for now in (1_794_079_270_390, 1e12)),
    ],
)
def test_an_unusable_clock_is_named_as_the_fault(now: float, message: str) -> None:
    endpoint = webhook(clock=lambda: now)
    for call in (endpoint.verify, endpoint.unwrap, endpoint.verify_signature):
        with pytest.raises(WebhookVerificationError) as caught:
            call(BODY, GENUINE)
        error = caught.value
        assert (error.code, error.status, str(error)) == ("internal", 500, message)
        assert error.skew is None
        assert "fix the clock function that was passed in" in error.help
        assert "report" not in error.help
        assert ("`time.time()`" in error.help) == (message == TOO_LARGE)


@pytest.mark.parametrize("timestamp", ["01614265330", "1614265330000", "soon"])
def test_a_malformed_timestamp_says_what_a_timestamp_is(timestamp: str) -> None:
    error = refusal(headers={**GENUINE, "svix-timestamp": timestamp})
    assert str(error) == (
        "the timestamp in `svix-timestamp` is not 1 to 12 digits without a leading zero "
        "(timestamp_malformed)"
    )


@pytest.mark.parametrize("now", [None, "0", datetime.now(timezone.utc), True])
def test_a_clock_of_another_type_is_a_type_error(now: Any) -> None:
    message = f"clock must return Unix seconds as a number, not {type(now).__name__}"
    with pytest.raises(TypeError, match=message):
        webhook(clock=lambda: now).verify(BODY, GENUINE)


def test_a_clock_that_returns_a_coroutine_is_a_type_error() -> None:
    clock: Any = lambda: coroutine()  # noqa: E731
    with pytest.raises(TypeError, match="clock must return Unix seconds as a number, not corout"):
        webhook(clock=clock).verify(BODY, GENUINE)


def test_what_a_clock_raises_comes_through() -> None:
    def clock() -> float:
        raise OSError("no clock")

    with pytest.raises(OSError, match="no clock"):
        webhook(clock=clock).verify(BODY, GENUINE)


def test_the_system_clock_is_the_default() -> None:
    # In a process without time-machine, which replaces the system's clock here.
    program = """if True:
        import time
        import signing
        from pivotal_webhooks import Webhook
        from signing import BODY, NOW, SECRET

        webhook = Webhook(SECRET, dangerously_ignore_timestamp=True)
        before = int(time.time())
        skew = webhook.verify_signature(BODY, signing.svix()).skew
        print(before <= NOW + skew <= time.time())
        """
    shown = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.stdout == "True\n", shown.stderr


# Signing


def test_a_time_to_sign_is_a_number_or_an_aware_datetime() -> None:
    signed = GENUINE["svix-signature"]
    at = datetime.fromtimestamp(NOW, timezone(timedelta(hours=5)))
    for timestamp in (NOW, NOW + 0.9, at):
        assert webhook().sign(ID, timestamp, BODY) == signed
    with pytest.raises(TypeError, match="time zone"):
        webhook().sign(ID, at.replace(tzinfo=None), BODY)
    with pytest.raises(TypeError):
        webhook().sign(ID, "1614265330", BODY)  # type: ignore[arg-type]
    for never in (0, -1, 1e12, 10**400, float("nan")):
        with pytest.raises(WebhookVerificationError) as caught:
            webhook().sign(ID, never, BODY)
        assert caught.value.code == "timestamp_malformed"


def test_an_id_without_an_encoding_is_malformed() -> None:
    with pytest.raises(WebhookVerificationError) as caught:
        webhook().sign("\ud800", NOW, BODY)
    assert (caught.value.code, caught.value.header) == ("header_malformed", "svix-id")


# Anything


TEXT = st.one_of(st.text(), st.binary(), st.none(), st.sampled_from(list(GENUINE)))
VALUES = st.one_of(TEXT, st.sampled_from(list(GENUINE.values())))
HOSTILE = st.one_of(
    st.lists(st.tuples(TEXT, VALUES)),
    st.dictionaries(st.one_of(st.sampled_from(list(GENUINE)), st.text()), VALUES),
)


@given(body=st.one_of(st.binary(), st.text()), headers=HOSTILE)
def test_hostile_requests_raise_the_typed_error_and_nothing_else(body: Any, headers: Any) -> None:
    calls: list[Any] = [webhook().unwrap, webhook().verify, webhook().verify_signature]
    for call in calls:
        with pytest.raises(WebhookVerificationError):
            call(body, headers)


IDS = st.text(
    st.characters(codec="ascii", min_codepoint=0x21, exclude_characters='.,"{\x7f'), min_size=1
)


@given(
    event=st.dictionaries(st.text(), st.one_of(st.text(), st.integers(-(2**53), 2**53), st.none())),
    id=IDS.filter(lambda id: not id.isdigit()),
    timestamp=st.integers(1, 999_999_999_999),
    key=st.binary(min_size=16, max_size=64).filter(any),
    flip=st.integers(0),
)
def test_what_is_signed_verifies_and_nothing_else_does(
    event: dict[str, Any], id: str, timestamp: int, key: bytes, flip: int
) -> None:
    secret = base64.b64encode(key).decode()
    endpoint = Webhook(secret, clock=lambda: timestamp)
    body = json.dumps(event, ensure_ascii=False).encode()
    signature = endpoint.sign(id, timestamp, body)
    headers = {"svix-id": id, "svix-timestamp": str(timestamp), "svix-signature": signature}
    assert headers == signing.svix(body, secret=secret, id=id, timestamp=timestamp)
    assert endpoint.verify(body, headers) == event
    tampered = bytearray(body)
    tampered[flip % len(body)] ^= 1 << flip % 8
    with pytest.raises(WebhookVerificationError) as caught:
        endpoint.verify(tampered, headers)
    assert caught.value.code == "signature_mismatch"
