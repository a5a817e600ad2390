"""Every text that the core accepts is parsed as `json.loads` parses it."""

from __future__ import annotations

import json
import math
import sys
import threading
from typing import Any

import pytest
import signing
from hypothesis import given
from hypothesis import strategies as st
from pivotal_webhooks import Webhook, WebhookVerificationError
from signing import SECRET
from vector_cases import same

WEBHOOK = Webhook.pivot(SECRET)


def parsed(text: str) -> Any:
    body = f'{{"event_type":"t","data":{{"value":{text}}}}}'.encode()
    whole = WEBHOOK.verify(body, signing.pivot(body))
    event = WEBHOOK.unwrap(body, signing.pivot(body))
    assert same(whole, json.loads(body))
    assert same(event.data, whole["data"])
    return event.data["value"]


NUMBERS = [
    *("0", "-0", "0.0", "-0.0", "-0e0", "0E5", "1E5", "1e5", "1e+5", "10e-1", "1.0", "-1.5E-3"),
    *(
        str(sign * 2**bits + more)
        for sign in (1, -1)
        for bits in (53, 63, 64)
        for more in (-1, 0, 1)
    ),
    *("9.3e18", "1e19", "-1e19", "1e22", "1e23", "1" + "0" * 308, "-" + "9" * 308, "9" * 40),
    *("1e-400", "-1e-400", "5e-324", "2.4703282292062327e-324", "2.2250738585072011e-308"),
    *("1.7976931348623157e308", "0." + "0" * 400 + "1", "0.1" + "0" * 900 + "1"),
    *("9007199254740993.0", "0.1", "123456789012345678901234567890.5", "1" + "0" * 5000 + "e-5000"),
]


@pytest.mark.parametrize("text", NUMBERS, ids=lambda text: text[:30])
def test_a_number_keeps_its_type_and_its_value(text: str) -> None:
    assert same(parsed(text), json.loads(text))


@pytest.mark.parametrize("text", ["1e309", "-1e400", "1.7976931348623159e308", "[9E999]"])
def test_a_number_beyond_a_double_has_a_reason_of_its_own(text: str) -> None:
    with pytest.raises(WebhookVerificationError) as caught:
        parsed(text)
    error = caught.value
    assert (error.code, error.status) == ("payload_malformed", 400)
    assert error.reason == "number_out_of_range"
    assert str(error) == (
        "the body is authentic but has a number beyond the range of a double (payload_malformed)"
    )
    assert "1.8e308" in error.help


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"b":2,"a":3}',
        '{"a":{"a":1,"a":null},"\\u0061":[]}',
        '{"":0,"é":1,"\\u00e9":2}',
        json.dumps([{f"name_{number % 70}": number, "a": {}} for number in range(200)]),
        '[{"a":1},{"\\u0061":2},{"a":3},{"":4},{"":5}]',
        '"\\ud83d\\ude80 \U0001f680 \\u0000\\/\\b\\f\\n\\r\\t\\"\\\\ \x7f\u2028"',
        ' [ 1 , [ ] , { } , "" , null , true , false ]\r\n\t',
    ],
)
def test_a_text_is_read_as_ever(text: str) -> None:
    assert same(parsed(text), json.loads(text))


def test_the_deepest_body_fits_a_small_stack() -> None:
    deep = [
        opening * 125 + "1" + closing * 125 for opening, closing in (("[", "]"), ('{"a":', "}"))
    ]
    read: list[bool] = []
    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(
            target=lambda: read.extend(same(parsed(text), json.loads(text)) for text in deep)
        )
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    assert read == [True, True]


def test_strings_are_the_callers_alone() -> None:
    text = "nobody else's text " * 10
    value = parsed(json.dumps({text: text}))
    assert sys.getrefcount(value[text]) <= 3


SPACE = st.text(st.sampled_from(" \t\r\n"), max_size=2)
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "/": "\\/", "\b": "\\b"}


def finite(text: str) -> bool:
    return math.isfinite(float(text))


@st.composite
def strings(draw: st.DrawFn) -> str:
    spelt = []
    for character in draw(st.text(max_size=12)):
        units = character.encode("utf-16-be").hex()
        unicode = "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
        plain = character if character >= " " and character not in '"\\' else unicode
        spelt.append(draw(st.sampled_from([plain, unicode, ESCAPES.get(character, plain)])))
    return '"' + "".join(spelt) + '"'


def between(opening: str, items: list[str], closing: str) -> str:
    return opening + ",".join(items) + closing


def spaced(text: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(SPACE, text, SPACE).map("".join)


LEAVES = st.one_of(
    st.sampled_from(["null", "true", "false", *NUMBERS]),
    st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
    .filter(str.isascii)
    .filter(finite),
    st.integers(1 - 10**308, 10**308 - 1).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    strings(),
)
TEXTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(spaced(inner), max_size=5).map(lambda items: between("[", items, "]")),
        st.lists(st.tuples(spaced(strings()), spaced(inner)).map(":".join), max_size=5).map(
            lambda members: between("{", members, "}")
        ),
    ),
    max_leaves=25,
)


@given(TEXTS)
def test_any_text_is_read_as_ever(text: str) -> None:
    assert same(parsed(text), json.loads(text))
