"""Cases of bodies as bytes: sizes around block and limit, and contents that are not text."""

from builders import (
    Topic,
    accepted_pivot,
    accepted_svix,
    mismatch,
    pivot,
    pivot_delivery,
    pivotal,
    pivotal_delivery,
    refused,
    svix,
    utf8,
)

topic = Topic(
    "bodies",
    "A body is bytes: the cases have every size around a block of the hash, the size limit, and "
    "bytes that are not valid text.",
)


def accepts(name, why, body, threats=(), **options):
    topic.verify_signature(
        name,
        why,
        webhook=pivotal(**options),
        headers=svix(body),
        body=body,
        expect=accepted_svix(),
        threats=threats,
    )


def too_large(name, why, body, **options):
    topic.verify_signature(
        name,
        why,
        webhook=pivotal(**options),
        headers=svix(body),
        body=body,
        expect=refused("payload_too_large"),
        threats=["B1"],
    )


# Sizes. pivot hashes the body alone and so meets the borders of the hash's blocks exactly.

SIZES = {
    0: "An empty body is a valid body.",
    1: "The smallest body.",
    55: "The last length whose padding fits into the same block.",
    56: "The first length whose padding needs another block.",
    63: "One byte less than a block.",
    64: "Exactly a block.",
    65: "One byte more than a block.",
    119: "The last length whose padding fits into the second block.",
    120: "The first length whose padding needs a third block.",
    2**18 - 1: "One byte less than 256 KiB.",
    2**18: "Exactly 256 KiB.",
    2**20: "The default limit.",
}
for size, why in SIZES.items():
    body = utf8("a" * size)
    accepts(f"body-of-{size}-bytes-is-accepted-by-svix", why, body, ["F12"])
for size, why in SIZES.items():
    if size == 0:  # In the topic pivot.
        continue
    body = utf8("a" * size)
    topic.verify_signature(
        f"body-of-{size}-bytes-is-accepted-by-pivot",
        why,
        webhook=pivot(),
        headers=pivot_delivery(body),
        body=body,
        expect=accepted_pivot(),
        threats=["F12"],
    )

# The limit

too_large(
    "body-of-1048577-bytes-is-too-large",
    "One byte more than the default limit of 1 MiB.",
    utf8("a" * (2**20 + 1)),
)
too_large(
    "body-of-4-mebibytes-is-too-large",
    "The default limit is 1 MiB.",
    utf8("a" * (2**22)),
)
accepts(
    "body-as-long-as-max-body-is-accepted",
    "Exactly the limit passes.",
    utf8('{"a": 123}'),
    ["B1"],
    max_body=10,
)
too_large(
    "body-longer-than-max-body-is-too-large",
    "One byte more than the limit.",
    utf8('{"a": 1234}'),
    max_body=10,
)
accepts(
    "body-longer-than-the-default-is-accepted-under-a-larger-max-body",
    "The limit may be raised.",
    utf8("a" * (2**20 + 1)),
    ["B1"],
    max_body=2**20 + 1,
)
accepts(
    "body-that-is-empty-is-accepted-under-the-smallest-max-body",
    "The smallest limit is one byte.",
    utf8(""),
    ["B1"],
    max_body=1,
)
accepts(
    "body-of-one-byte-is-accepted-under-the-smallest-max-body",
    "The smallest limit is one byte.",
    utf8("1"),
    ["B1"],
    max_body=1,
)
too_large(
    "body-of-two-bytes-is-too-large-under-the-smallest-max-body",
    "The smallest limit is one byte.",
    utf8("{}"),
    max_body=1,
)
too_large(
    "body-limit-counts-bytes-and-not-characters",
    "Ten letters of which one takes two bytes are eleven bytes.",
    utf8("aaaaaaaaaé"),
    max_body=10,
)
topic.verify_signature(
    "body-limit-holds-for-pivotal-too",
    "The limit is the same in every scheme.",
    webhook=pivotal(max_body=10),
    headers=pivotal_delivery(utf8('{"a": 1234}')),
    body=utf8('{"a": 1234}'),
    expect=refused("payload_too_large"),
    threats=["B1"],
)
topic.verify_signature(
    "body-limit-holds-for-pivot-too",
    "The limit is the same in every scheme.",
    webhook=pivot(max_body=10),
    headers=pivot_delivery(utf8('{"a": 1234}')),
    body=utf8('{"a": 1234}'),
    expect=refused("payload_too_large"),
    threats=["B1"],
)
topic.verify(
    "body-limit-holds-for-verify-too",
    "verify makes the same checks as verify_signature.",
    webhook=pivotal(max_body=10),
    headers=svix(utf8('{"a": 1234}')),
    body=utf8('{"a": 1234}'),
    expect=refused("payload_too_large"),
    threats=["B1"],
)

# {"a":1} by gzip
COMPRESSED = bytes.fromhex("1f8b0800000000000203ab564a54b232ac0500afac1b5607000000")

# Contents. A signature is over bytes, so verify_signature takes what verify would not parse.

accepts(
    "body-beyond-ascii-is-accepted",
    "UTF-8 is hashed as received.",
    utf8('{"name":"Acme Corp · Q3 rollout","emoji":"\N{ROCKET}"}'),
    ["F4"],
)
accepts(
    "body-with-a-nul-is-accepted",
    "A NUL does not end the body.",
    b'{"a":"\x00"}\x00',
    ["F4"],
)
accepts(
    "body-that-starts-with-a-nul-is-accepted",
    "A NUL does not end the body.",
    b"\x00{}",
    ["F4"],
)
accepts(
    "body-with-a-byte-order-mark-is-accepted",
    "A byte order mark is a part of the body.",
    b"\xef\xbb\xbf{}",
    ["F4", "B6"],
)
accepts(
    "body-with-carriage-returns-is-accepted",
    "Line ends are hashed as received.",
    b'{\r\n"a":1\r\n}\r\n',
    ["F4"],
)
accepts(
    "body-that-is-not-utf-8-is-accepted",
    "A signature covers bytes, not text.",
    b"\xff\xfe\xfd",
    ["F4"],
)
accepts(
    "body-of-every-byte-is-accepted",
    "All byte values are allowed.",
    bytes(range(256)),
    ["F4"],
)
accepts(
    "body-of-white-space-is-accepted",
    "White space is hashed as received.",
    utf8(" \t\r\n"),
    ["F4"],
)
accepts(
    "body-that-is-not-json-is-accepted",
    "verify_signature doesn't read the body.",
    utf8("just text"),
    ["F4"],
)
accepts(
    "body-in-utf-16-is-accepted",
    "A signature covers bytes, not text.",
    '{"a":1}'.encode("utf-16-le"),
    ["F4", "B6"],
)
accepts(
    "body-that-is-compressed-is-accepted-as-it-came",
    "Bytes are hashed as received and never inflated.",
    COMPRESSED,
    ["B2"],
)
topic.verify_signature(
    "body-that-was-inflated-is-refused",
    "Bytes are hashed as received; a header about their encoding changes nothing.",
    headers=[
        *svix(COMPRESSED),
        ["content-encoding", "gzip"],
    ],
    body=utf8('{"a":1}'),
    expect=mismatch(),
    threats=["B2"],
)
