"""Accidents with the body: each delivery is genuine, and its body has changed."""

import base64
import gzip
import json
import urllib.parse
import zlib

from accidents.delivery import (
    CUSTOMER,
    CUSTOMER_BODY,
    MESSAGE,
    MESSAGE_BODY,
    TASK,
    TASK_BODY,
    Accidents,
    by_pivot,
    by_pivotal,
    by_svix,
    changed,
    compact,
)

topic = Accidents("body", "The body is parsed and written again, encoded, cut, or not there.")

NON_ASCII = changed(CUSTOMER, name="Müller & Söhne · 🚀 <Q3>", slug="a/b")
NON_ASCII_BODY = compact(NON_ASCII)
EUROS = compact(changed(CUSTOMER, name="Žižkov, 5 €"))
TAGGED = changed(CUSTOMER, name="A & B <a@b.example>")


def became(code, what, why, body, sent=None):
    sent = sent or by_svix()
    topic.add(f"{code.replace('_', '-')}-{what}", why, code, sent.but(body=body), sent)


def indented(value, width):
    return json.dumps(value, indent=width, ensure_ascii=False).encode()


# Written again: the white space

became(
    "body_json_spacing",
    "python-for-javascript",
    "Python writes a space behind commas and colons, and the sender does not.",
    json.dumps(CUSTOMER).encode(),
)
became(
    "body_json_spacing",
    "javascript-for-python",
    "The sender is written in Python, and JavaScript leaves the spaces out.",
    TASK_BODY,
    by_pivotal(json.dumps(TASK).encode()),
)
for width in (2, 4):
    became(
        "body_json_spacing",
        f"indented-by-{width}",
        "The body was printed for a reader.",
        indented(CUSTOMER, width),
    )
    became(
        "body_json_spacing",
        f"no-longer-indented-by-{width}",
        "The sender prints its JSON, and the receiver writes it in one line.",
        MESSAGE_BODY,
        by_pivot(indented(MESSAGE, width)),
    )
became(
    "body_json_spacing",
    "indented-by-tabs",
    "The body was printed for a reader.",
    json.dumps(CUSTOMER, indent="\t").encode(),
)
became(
    "body_json_spacing",
    "with-empty-members",
    "Empty objects and arrays have no white space in them.",
    json.dumps({**CUSTOMER, "tags": [], "meta": {}}, indent=2).encode(),
    by_svix(compact({**CUSTOMER, "tags": [], "meta": {}})),
)

# Written again: the escapes

became(
    "body_json_escapes",
    "ascii-with-spaces",
    "Python writes ASCII alone.",
    json.dumps(NON_ASCII).encode(),
    by_svix(NON_ASCII_BODY),
)
became(
    "body_json_escapes",
    "ascii-compact",
    "A serialiser writes ASCII alone.",
    json.dumps(NON_ASCII, separators=(",", ":")).encode(),
    by_pivotal(NON_ASCII_BODY),
)
became(
    "body_json_escapes",
    "no-longer-ascii",
    "The sender writes ASCII alone, and JavaScript does not.",
    NON_ASCII_BODY,
    by_svix(json.dumps(NON_ASCII, separators=(",", ":")).encode()),
)
became(
    "body_json_escapes",
    "no-longer-ascii-nor-spaced",
    "The sender is written in Python, and the receiver in JavaScript.",
    NON_ASCII_BODY,
    by_svix(json.dumps(NON_ASCII).encode()),
)
became(
    "body_json_escapes",
    "slashes",
    "PHP escapes slashes.",
    json.dumps(NON_ASCII, separators=(",", ":")).replace("/", "\\/").encode(),
    by_svix(NON_ASCII_BODY),
)
became(
    "body_json_escapes",
    "no-longer-slashes",
    "The sender is written in PHP, and the receiver in JavaScript.",
    NON_ASCII_BODY,
    by_pivotal(json.dumps(NON_ASCII, separators=(",", ":")).replace("/", "\\/").encode()),
)


def html(text):
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


became(
    "body_json_escapes",
    "of-html",
    "Go escapes the characters of HTML.",
    html(compact(TAGGED).decode()).encode(),
    by_svix(compact(TAGGED)),
)
became(
    "body_json_escapes",
    "no-longer-of-html",
    "The sender is written in Go, and the receiver in Python.",
    json.dumps(TAGGED).encode(),
    by_svix(html(compact(TAGGED).decode()).encode()),
)

# Written again: the order and the numbers

became(
    "body_json_key_order",
    "sorted-by-go",
    "A map of Go has sorted keys.",
    json.dumps(CUSTOMER, sort_keys=True, separators=(",", ":")).encode(),
)
became(
    "body_json_key_order",
    "sorted-by-python",
    "The keys were sorted for a stable log.",
    json.dumps(TASK, sort_keys=True).encode(),
    by_pivotal(),
)
became(
    "body_json_key_order",
    "of-pivot-sorted",
    "The keys were sorted for a stable log.",
    json.dumps(MESSAGE, sort_keys=True, indent=2).encode(),
    by_pivot(),
)
became(
    "body_json_key_order",
    "no-longer-sorted",
    "The sender sorts its keys, and the receiver has put its own fields first.",
    compact({"type": TASK["type"], "id": TASK["id"], **TASK}),
    by_svix(json.dumps(TASK, sort_keys=True, separators=(",", ":")).encode()),
)


def with_numbers(**fields):
    return compact(changed(CUSTOMER, **fields)).decode()


became(
    "body_json_numbers",
    "integers-of-javascript",
    "The sender writes 38.0, and JavaScript 38.",
    CUSTOMER_BODY.replace(b'"health_score":38.0', b'"health_score":38'),
    by_svix(CUSTOMER_BODY.replace(b'"health_score":38', b'"health_score":38.0')),
)
became(
    "body_json_numbers",
    "doubles-of-java",
    "The receiver's parser reads every number as a double.",
    CUSTOMER_BODY.replace(b"4218", b"4218.0").replace(b"38,", b"38.0,").replace(b"72", b"72.0"),
)
became(
    "body_json_numbers",
    "amounts",
    "The sender writes two decimals, and JavaScript leaves out the zero.",
    with_numbers(mrr=1250.5).encode(),
    by_svix(with_numbers(mrr=1250.5).replace("1250.5", "1250.50").encode()),
)
became(
    "body_json_numbers",
    "exponents-with-spaces",
    "The sender writes an exponent without a sign, and Python writes spaces.",
    json.dumps(changed(CUSTOMER, mrr=1.5e21)).encode(),
    by_svix(with_numbers(mrr=1.5e21).replace("1.5e+21", "1.5e21").encode()),
)

# Added, removed or exchanged

for what, body in [
    ("line-feed", CUSTOMER_BODY + b"\n"),
    ("carriage-return-too", CUSTOMER_BODY + b"\r\n"),
    ("spaces-on-both-sides", b"  " + CUSTOMER_BODY + b" \n"),
]:
    became("body_newline_added", what, "A file of a test ends in a newline.", body)
for what, end in [("line-feed", b"\n"), ("carriage-return-too", b"\r\n")]:
    became(
        "body_newline_removed",
        what,
        "The sender's body ends in a newline, and the receiver has trimmed it.",
        TASK_BODY,
        by_pivotal(TASK_BODY + end),
    )
PRINTED = indented(CUSTOMER, 2)
became(
    "body_line_endings",
    "crlf-for-lf",
    "A file was saved on Windows.",
    PRINTED.replace(b"\n", b"\r\n"),
    by_svix(PRINTED),
)
became(
    "body_line_endings",
    "lf-for-crlf",
    "A file was read in text mode.",
    PRINTED,
    by_svix(PRINTED.replace(b"\n", b"\r\n")),
)
MARK = b"\xef\xbb\xbf"
became("body_byte_order_mark", "added", "An editor adds a mark.", MARK + CUSTOMER_BODY)
became(
    "body_byte_order_mark",
    "removed",
    "A decoder drops the mark.",
    MESSAGE_BODY,
    by_pivot(MARK + MESSAGE_BODY),
)
became(
    "body_json_string",
    "in-javascript",
    "JSON.stringify was called with a text.",
    json.dumps(CUSTOMER_BODY.decode(), ensure_ascii=False).encode(),
)
became(
    "body_json_string",
    "in-python",
    "json.dumps was called with a text.",
    json.dumps(NON_ASCII_BODY.decode()).encode(),
    by_pivotal(NON_ASCII_BODY),
)
became(
    "body_base64",
    "of-lambda",
    "AWS Lambda passes the body in base64.",
    base64.b64encode(CUSTOMER_BODY),
)
became(
    "body_base64",
    "url-safe-in-lines",
    "A queue stores the body in base64 with line breaks.",
    base64.encodebytes(NON_ASCII_BODY).replace(b"+", b"-").replace(b"/", b"_"),
    by_svix(NON_ASCII_BODY),
)
became(
    "body_form_encoded",
    "under-a-name",
    "A client sends the JSON as a field of a form.",
    b"payload=" + urllib.parse.quote_plus(CUSTOMER_BODY).encode(),
)
became(
    "body_form_encoded",
    "as-the-name",
    "curl sends the JSON as the name of a field.",
    urllib.parse.quote(TASK_BODY, safe="").encode() + b"=",
    by_pivotal(),
)
became(
    "body_decoded_as_latin1",
    "once",
    "The bytes were decoded as Latin-1 and encoded as UTF-8.",
    compact(changed(CUSTOMER, name="Müller")).decode("latin-1").encode(),
    by_svix(compact(changed(CUSTOMER, name="Müller"))),
)
became(
    "body_decoded_as_latin1",
    "as-windows-1252",
    "The bytes were decoded as Windows-1252 and encoded as UTF-8.",
    EUROS.decode("cp1252").encode(),
    by_svix(EUROS),
)
for what, name in [("once", "Müller & Söhne"), ("with-a-middle-dot", "Acme Corp · Q3")]:
    became(
        "body_encoded_as_latin1",
        what,
        "The text was encoded as Latin-1.",
        compact(changed(CUSTOMER, name=name)).decode().encode("latin-1"),
        by_svix(compact(changed(CUSTOMER, name=name))),
    )
became(
    "body_printed",
    "bytes-of-python",
    "The text of bytes was passed.",
    repr(TASK_BODY).encode(),
    by_pivotal(),
)
became(
    "body_printed",
    "object-of-javascript",
    "A parsed object was converted to text.",
    b"[object Object]",
)
became(
    "body_printed",
    "dict-of-python",
    "A parsed object was converted to text.",
    repr(CUSTOMER).encode(),
)

# Not to be undone

for what, sent in [("in-svix", by_svix()), ("in-pivotal", by_pivotal()), ("in-pivot", by_pivot())]:
    became("body_empty", what, "A parser has read the stream before the webhook.", b"", sent)
became(
    "body_compressed",
    "by-gzip",
    "A proxy compresses requests.",
    gzip.compress(CUSTOMER_BODY, mtime=0),
)
became(
    "body_compressed",
    "by-deflate",
    "A proxy compresses requests.",
    zlib.compress(TASK_BODY),
    by_pivotal(),
)
topic.add(
    "body-compressed-by-brotli",
    "Brotli has no mark at its start, and the header names it.",
    "body_compressed",
    by_svix().with_headers(["content-encoding", "br"]).but(body=b"\x8b\x03\x80{}\xff\x03"),
    by_svix(),
)
COMPRESSED = gzip.compress(CUSTOMER_BODY, mtime=0)
for what, coding in [("gzip", "gzip"), ("brotli", "br")]:
    sent = by_svix(COMPRESSED)
    topic.add(
        f"body-decompressed-{what}",
        "The sender's bytes were compressed on the way and signed after that.",
        "body_decompressed",
        sent.with_headers(["content-encoding", coding]).but(body=CUSTOMER_BODY),
        sent,
    )
became(
    "body_replacement_characters",
    "for-latin-1",
    "Bytes that are not UTF-8 were decoded as UTF-8.",
    compact(changed(CUSTOMER, name="M\N{REPLACEMENT CHARACTER}ller")),
    by_svix(compact(changed(CUSTOMER, name="Müller")).decode().encode("latin-1")),
)
became(
    "body_replacement_characters",
    "for-a-cut-character",
    "A chunk ended inside a character, and each chunk was decoded alone.",
    NON_ASCII_BODY.replace("🚀".encode(), ("\N{REPLACEMENT CHARACTER}" * 2).encode()),
    by_svix(NON_ASCII_BODY),
)
LONG = compact(changed(CUSTOMER, notes="a long note. " * 200))
became("body_truncated", "at-1024", "A log keeps 1024 bytes.", LONG[:1024], by_svix(LONG))
became("body_truncated", "at-2000", "A log keeps 2000 bytes.", LONG[:2000], by_svix(LONG))
announced = by_svix(LONG).with_headers(["content-length", str(len(LONG))])
topic.add(
    "body-truncated-below-its-announced-length",
    "The connection ended, and the header says how long the body was.",
    "body_truncated",
    announced.but(body=LONG[:777]),
    announced,
)
