"""Cases of signing for a receiver's own tests: the value of the signature header."""

import hashlib

from builders import (
    KEY,
    OLD_KEY,
    OLD_SECRET,
    PIVOT_BODY,
    PIVOT_SECRET,
    SECRET,
    Topic,
    b64,
    pivot,
    pivot_mac,
    pivotal,
    pivotal_mac,
    pivotal_signature,
    refused,
    signed,
    svix_mac,
    utf8,
    v1,
    whsec,
)

topic = Topic(
    "sign",
    "sign returns the value of the signature header, in every scheme and with every secret.",
)
sign = topic.sign

SVIX = v1(svix_mac())
TWO = pivotal(SECRET, OLD_SECRET)

sign("sign-svix-by-default", "The default is the first accepted scheme.", signed(SVIX))
sign("sign-svix-by-name", "svix is v1 and the MAC.", signed(SVIX), scheme="svix")
sign(
    "sign-svix-by-every-secret",
    "During a rotation a delivery carries one signature per secret.",
    signed(f"{SVIX} {v1(svix_mac(key=OLD_KEY))}"),
    webhook=TWO,
)
sign(
    "sign-svix-by-eight-secrets",
    "As many signatures as secrets.",
    signed(
        " ".join(v1(svix_mac(key=hashlib.sha256(bytes([number])).digest())) for number in range(8))
    ),
    webhook=pivotal(*(whsec(hashlib.sha256(bytes([number])).digest()) for number in range(8))),
)
sign(
    "sign-svix-by-a-secret-without-prefix",
    "The key is the decoded text, with or without prefix.",
    signed(SVIX),
    webhook=pivotal(b64(KEY)),
)
sign(
    "sign-svix-by-a-text-key",
    "The option text makes the whole text the key.",
    signed(v1(svix_mac(key=SECRET.encode()))),
    webhook=pivotal(key="text"),
)
sign(
    "sign-svix-an-empty-body",
    "The content of an empty body ends in a dot.",
    signed(v1(svix_mac(utf8("")))),
    body=utf8(""),
)
sign(
    "sign-svix-a-body-that-is-not-utf-8",
    "Bytes are signed, and not text.",
    signed(v1(svix_mac(b"\xff\x00\xfe"))),
    body=b"\xff\x00\xfe",
)
sign(
    "sign-svix-at-the-first-second",
    "1 is the smallest timestamp.",
    signed(v1(svix_mac(at=1))),
    timestamp=1,
)
sign(
    "sign-svix-at-the-last-second",
    "12 digits are the largest timestamp.",
    signed(v1(svix_mac(at=999_999_999_999))),
    timestamp=999_999_999_999,
)
sign(
    "sign-svix-with-the-longest-id",
    "An id has at most 256 characters.",
    signed(v1(svix_mac(id="m" * 256))),
    id="m" * 256,
)

sign(
    "sign-pivotal-by-name",
    "pivotal is a version, a timestamp and the MAC by the text of the secret.",
    signed(pivotal_signature()),
    scheme="pivotal",
)
sign(
    "sign-pivotal-by-default-where-it-is-the-only-scheme",
    "The default is the first accepted scheme.",
    signed(pivotal_signature()),
    webhook=pivotal(schemes=["pivotal"]),
)
sign(
    "sign-svix-by-default-however-the-schemes-are-listed",
    "The order of the schemes is fixed.",
    signed(SVIX),
    webhook=pivotal(schemes=["pivotal", "svix"]),
)
sign(
    "sign-pivotal-by-every-secret",
    "sig repeats, once per secret.",
    signed(f"{pivotal_signature()},sig={b64(pivotal_mac(key=OLD_SECRET.encode()))}"),
    scheme="pivotal",
    webhook=TWO,
)
sign(
    "sign-pivotal-by-a-decoded-key",
    "The option base64 makes the decoded text the key.",
    signed(pivotal_signature(key=KEY)),
    scheme="pivotal",
    webhook=pivotal(key="base64"),
)
sign(
    "sign-pivotal-by-a-text-key",
    "The option text makes the whole text the key.",
    signed(pivotal_signature()),
    scheme="pivotal",
    webhook=pivotal(key="text"),
)
sign(
    "sign-pivotal-ignores-the-id",
    "This scheme ignores the id, also one that svix would refuse.",
    signed(pivotal_signature()),
    scheme="pivotal",
    id="not an id.",
)
sign(
    "sign-pivotal-an-empty-body",
    "The content of an empty body ends in a dot.",
    signed(pivotal_signature(utf8(""))),
    scheme="pivotal",
    body=utf8(""),
)

sign(
    "sign-pivot-by-default",
    "A Pivot endpoint has one scheme.",
    signed(pivot_mac().hex()),
    webhook=pivot(),
    body=PIVOT_BODY,
)
sign(
    "sign-pivot-by-name",
    "pivot is 64 hex digits in small letters.",
    signed(pivot_mac().hex()),
    scheme="pivot",
    webhook=pivot(),
    body=PIVOT_BODY,
)
sign(
    "sign-pivot-by-the-first-secret",
    "One header holds one MAC.",
    signed(pivot_mac().hex()),
    webhook=pivot(PIVOT_SECRET, "pivot-test-secret-of-last-year"),
    body=PIVOT_BODY,
)
sign(
    "sign-pivot-by-the-text-of-a-prefixed-secret",
    "Of the two keys of such a secret the text signs.",
    signed(pivot_mac(key=SECRET.encode()).hex()),
    webhook=pivot(SECRET),
    body=PIVOT_BODY,
)
sign(
    "sign-pivot-by-a-decoded-key",
    "The option base64 makes the decoded text the key.",
    signed(pivot_mac(key=KEY).hex()),
    webhook=pivot(SECRET, key="base64"),
    body=PIVOT_BODY,
)
sign(
    "sign-pivot-ignores-the-id",
    "Nothing but the body is signed.",
    signed(pivot_mac().hex()),
    webhook=pivot(),
    body=PIVOT_BODY,
    id="not an id.",
)
sign(
    "sign-pivot-ignores-the-timestamp",
    "Nothing but the body is signed.",
    signed(pivot_mac().hex()),
    webhook=pivot(),
    body=PIVOT_BODY,
    timestamp=0,
)
sign(
    "sign-pivot-an-empty-body",
    "The content of an empty body is empty.",
    signed(pivot_mac(utf8("")).hex()),
    webhook=pivot(),
    body=utf8(""),
)

# Refusals: nothing is signed that could not be verified

for what, why, id in [
    ("empty", "An id has at least one character.", ""),
    ("too-long", "An id has at most 256 characters.", "m" * 257),
    (
        "with-a-dot",
        "With a dot in the id the same bytes could be split in two ways.",
        "msg_1.2",
    ),
    ("with-a-line-feed", "A line feed in an id would forge a header.", "msg_1\nmsg_2"),
    ("beyond-ascii", "An id is visible ASCII.", "msg_é"),
    (
        "of-digits-alone",
        "A number followed by a dot is how pivotal content starts.",
        "1750000000",
    ),
]:
    sign(
        f"sign-svix-refuses-an-id-{what}",
        why,
        refused("header_malformed", header="svix-id"),
        id=id,
        threats=["H12"],
    )
for what, why, timestamp in [
    ("0", "0 is no timestamp.", 0),
    ("minus-1", "Times before 1970 can't be signed.", -1),
    ("13-digits", "Milliseconds have 13 digits.", 1_000_000_000_000),
]:
    sign(
        f"sign-svix-refuses-a-timestamp-of-{what}",
        why,
        refused("timestamp_malformed", header="svix-timestamp"),
        timestamp=timestamp,
        threats=["R6"],
    )
    sign(
        f"sign-pivotal-refuses-a-timestamp-of-{what}",
        why,
        refused("timestamp_malformed", header="pivotal-signature"),
        timestamp=timestamp,
        scheme="pivotal",
        threats=["R6"],
    )
sign(
    "sign-refuses-a-scheme-that-is-not-accepted",
    "An endpoint signs only in schemes that it accepts.",
    refused("config_invalid"),
    scheme="pivotal",
    webhook=pivotal(schemes=["svix"]),
    threats=["H5"],
)
sign(
    "sign-refuses-svix-where-pivotal-alone-is-accepted",
    "An endpoint signs only in schemes that it accepts.",
    refused("config_invalid"),
    scheme="svix",
    webhook=pivotal(schemes=["pivotal"]),
    threats=["H5"],
)
sign(
    "sign-refuses-pivot-at-a-pivotal-endpoint",
    "An endpoint signs only in schemes that it accepts.",
    refused("config_invalid"),
    scheme="pivot",
    threats=["H5"],
)
sign(
    "sign-refuses-svix-at-a-pivot-endpoint",
    "An endpoint signs only in schemes that it accepts.",
    refused("config_invalid"),
    scheme="svix",
    webhook=pivot(),
    body=PIVOT_BODY,
    threats=["H5"],
)
sign(
    "sign-refuses-an-unknown-scheme",
    "Only the listed schemes exist.",
    refused("config_invalid"),
    scheme="stripe",
    threats=["H5"],
)
