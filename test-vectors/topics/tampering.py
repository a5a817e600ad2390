"""Cases of bodies that were changed between the sender and the receiver."""

from builders import (
    PIVOT_MISMATCH,
    PIVOTAL_MISMATCH,
    Topic,
    accepted_svix,
    mismatch,
    pivot,
    pivot_delivery,
    pivotal_delivery,
    svix,
    utf8,
)

topic = Topic(
    "tampering",
    "A body that was changed in transit is refused: serialised or decoded again, trimmed or "
    "extended.",
)

SIGNED = (
    '{"id":"evt_1","type":"customer.updated","data":{"name":"Müller","amount":1.0,"note":"a/b"}}'
)
UNTOUCHED = utf8(SIGNED)


def tampered(name, why, sent, signed=UNTOUCHED, threats=("F3",)):
    topic.verify_signature(
        name, why, headers=svix(signed), body=sent, expect=mismatch(), threats=threats
    )


topic.verify_signature(
    "tampering-control-the-untouched-body-is-accepted",
    "The delivery that the other cases change is accepted.",
    headers=svix(utf8(SIGNED)),
    body=utf8(SIGNED),
    expect=accepted_svix(),
    threats=["F3"],
)

tampered(
    "tampering-with-a-line-feed-at-the-end-is-refused",
    "An appended newline is a change.",
    utf8(SIGNED + "\n"),
)
tampered(
    "tampering-with-a-carriage-return-and-a-line-feed-at-the-end-is-refused",
    "An appended newline is a change.",
    utf8(SIGNED + "\r\n"),
)
tampered(
    "tampering-with-a-space-at-the-end-is-refused",
    "Appended white space is a change.",
    utf8(SIGNED + " "),
)
tampered(
    "tampering-with-a-space-at-the-start-is-refused",
    "White space put before is a change.",
    utf8(" " + SIGNED),
)
tampered(
    "tampering-with-a-nul-at-the-end-is-refused",
    "Appended bytes are a change.",
    utf8(SIGNED + "\0"),
)
tampered(
    "tampering-with-a-byte-order-mark-put-before-is-refused",
    "A byte order mark before the body is a change.",
    b"\xef\xbb\xbf" + SIGNED.encode(),
)
tampered(
    "tampering-with-a-byte-order-mark-dropped-is-refused",
    "Some decoders drop the byte order mark.",
    utf8(SIGNED),
    signed=b"\xef\xbb\xbf" + SIGNED.encode(),
)
tampered(
    "tampering-with-the-last-byte-cut-off-is-refused",
    "A truncated body is a change.",
    utf8(SIGNED[:-1]),
)
tampered(
    "tampering-with-the-first-byte-cut-off-is-refused",
    "A truncated body is a change.",
    utf8(SIGNED[1:]),
)
tampered(
    "tampering-with-the-whole-body-cut-off-is-refused",
    "An empty body is a change.",
    utf8(""),
)
tampered(
    "tampering-with-a-body-put-where-none-was-is-refused",
    "A body where none was signed is a change.",
    utf8(SIGNED),
    signed=utf8(""),
)
tampered(
    "tampering-with-the-body-twice-is-refused",
    "A repeated body is a change.",
    utf8(SIGNED * 2),
)
tampered(
    "tampering-with-spaces-after-separators-is-refused",
    "Python's json.dumps puts spaces there.",
    utf8(SIGNED.replace('":', '": ').replace(",", ", ")),
)
tampered(
    "tampering-with-spaces-after-separators-dropped-is-refused",
    "JSON.stringify leaves no spaces.",
    utf8('{"a":1,"b":2}'),
    signed=utf8('{"a": 1, "b": 2}'),
)
tampered(
    "tampering-with-indentation-is-refused",
    "A pretty-printed body is a change.",
    utf8('{\n  "a": 1\n}'),
    signed=utf8('{"a":1}'),
)
tampered(
    "tampering-with-the-order-of-keys-is-refused",
    "The same object in another order is another text.",
    utf8(
        '{"type":"customer.updated","id":"evt_1","data":{"name":"Müller","amount":1.0,"note":"a/b"}}'
    ),
)
tampered(
    "tampering-with-letters-escaped-is-refused",
    "json.dumps writes ü as an escape.",
    utf8(SIGNED.replace("ü", "\\u00fc")),
)
tampered(
    "tampering-with-letters-unescaped-is-refused",
    "JSON.stringify writes an escaped ü as itself.",
    utf8(SIGNED),
    signed=utf8(SIGNED.replace("ü", "\\u00fc")),
)
tampered(
    "tampering-with-escapes-in-capitals-is-refused",
    "The letter case of hex digits is a change.",
    utf8('{"a":"\\u00FC"}'),
    signed=utf8('{"a":"\\u00fc"}'),
)
tampered(
    "tampering-with-a-slash-escaped-is-refused",
    "PHP's json_encode escapes slashes.",
    utf8(SIGNED.replace("a/b", "a\\/b")),
)
tampered(
    "tampering-with-a-number-rewritten-is-refused",
    "JSON.stringify writes 1.0 as 1.",
    utf8(SIGNED.replace("1.0", "1")),
)
tampered(
    "tampering-with-a-large-integer-rounded-is-refused",
    "JSON.parse rounds beyond 2^53.",
    utf8('{"a":9007199254740992}'),
    signed=utf8('{"a":9007199254740993}'),
)
tampered(
    "tampering-with-an-exponent-rewritten-is-refused",
    "Numbers have many spellings.",
    utf8('{"a":1e2}'),
    signed=utf8('{"a":1E2}'),
)
tampered(
    "tampering-with-a-duplicate-key-dropped-is-refused",
    "Parsers keep the last of two equal keys.",
    utf8('{"a":2}'),
    signed=utf8('{"a":1,"a":2}'),
)
tampered(
    "tampering-with-line-ends-is-refused",
    "A change of CRLF to LF is a change of the body.",
    utf8('{\n"a":1}'),
    signed=utf8('{\r\n"a":1}'),
)
tampered(
    "tampering-with-the-normal-form-is-refused",
    "ü as one or as two code points has different bytes.",
    utf8(SIGNED.replace("ü", "u\u0308")),
)
tampered(
    "tampering-with-the-encoding-is-refused",
    "Latin-1 for UTF-8 is a change.",
    SIGNED.encode("latin-1"),
)
tampered(
    "tampering-with-a-double-encoding-is-refused",
    "UTF-8 read as Latin-1 and encoded again is a change.",
    SIGNED.encode().decode("latin-1").encode(),
)
tampered(
    "tampering-with-utf-16-is-refused",
    "Another encoding of the same text is a change.",
    SIGNED.encode("utf-16-le"),
)
tampered(
    "tampering-with-letter-case-is-refused",
    "Another letter case is a change.",
    utf8(SIGNED.replace("evt_1", "EVT_1")),
)
tampered(
    "tampering-with-quotes-around-the-body-is-refused",
    "A body encoded as a JSON string is a change.",
    utf8('"' + SIGNED.replace('"', '\\"') + '"'),
)
tampered(
    "tampering-with-form-encoding-is-refused",
    "A body as a form field is a change.",
    utf8("payload=%7B%22a%22%3A1%7D"),
    signed=utf8('{"a":1}'),
)

# Lossy decoding replaces bytes that are not UTF-8 by U+FFFD. Here the sender signed a real U+FFFD.
# A verifier that decodes lossily before it hashes would accept other bytes in its place.

REPLACEMENT = b"\xef\xbf\xbd"


def wrapped(data):
    return b'{"id":"' + data + b'"}'


topic.verify_signature(
    "tampering-control-a-real-replacement-character-is-accepted",
    "U+FFFD is an ordinary character.",
    headers=svix(wrapped(REPLACEMENT)),
    body=wrapped(REPLACEMENT),
    expect=accepted_svix(),
    threats=["F4"],
)
for what, sent in {
    "ff": b"\xff",
    "fe": b"\xfe",
    "80": b"\x80",
    "c0": b"\xc0",
    "c0-80": b"\xc0\x80",
    "c3-alone": b"\xc3",
    "e2-82-alone": b"\xe2\x82",
    "ed-a0-80": b"\xed\xa0\x80",
    "ed-bf-bf": b"\xed\xbf\xbf",
    "f0-9f-92-alone": b"\xf0\x9f\x92",
    "f4-90-80-80": b"\xf4\x90\x80\x80",
    "f8-88-80-80-80": b"\xf8\x88\x80\x80\x80",
}.items():
    tampered(
        f"tampering-with-{what}-for-a-replacement-character-is-refused",
        "A lossy decoder makes a replacement character of these bytes.",
        wrapped(sent),
        signed=wrapped(REPLACEMENT),
        threats=["F4"],
    )
tampered(
    "tampering-with-ed-a0-80-for-three-replacement-characters-is-refused",
    "Decoders differ in how many replacement characters they make of these bytes.",
    wrapped(b"\xed\xa0\x80"),
    signed=wrapped(REPLACEMENT * 3),
    threats=["F4"],
)
tampered(
    "tampering-with-a-question-mark-for-a-letter-is-refused",
    "Some encoders write ? for what they can't encode.",
    wrapped(b"?"),
    signed=wrapped("ü".encode()),
    threats=["F4"],
)
topic.verify_signature(
    "tampering-with-ff-for-a-replacement-character-is-refused-in-pivotal",
    "The body is bytes in every scheme.",
    headers=pivotal_delivery(wrapped(REPLACEMENT)),
    body=wrapped(b"\xff"),
    expect=PIVOTAL_MISMATCH,
    threats=["F4"],
)
topic.verify_signature(
    "tampering-with-ff-for-a-replacement-character-is-refused-in-pivot",
    "The body is bytes in every scheme.",
    webhook=pivot(),
    headers=pivot_delivery(wrapped(REPLACEMENT)),
    body=wrapped(b"\xff"),
    expect=PIVOT_MISMATCH,
    threats=["F4"],
)
topic.verify(
    "tampering-with-ff-for-a-replacement-character-is-refused-by-verify",
    "The signature is checked before the body is decoded.",
    headers=svix(wrapped(REPLACEMENT)),
    body=wrapped(b"\xff"),
    expect=mismatch(),
    threats=["F4"],
)
