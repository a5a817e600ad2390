"""Cases of the `svix` scheme: the signed bytes, the id and the key."""

import hashlib

from builders import (
    AT,
    EVENT,
    ID,
    KEY,
    PARSED,
    SECRET,
    STRANGER_KEY,
    Topic,
    accepted_svix,
    b64,
    mac,
    mismatch,
    pivotal,
    refused,
    svix,
    svix_headers,
    svix_mac,
    utf8,
    v1,
)

topic = Topic(
    "svix",
    "The svix scheme: the cases have an ordinary delivery, and each change of id, key or body "
    "that must break the signature.",
)
verify_signature = topic.verify_signature

verify_signature(
    "svix-accepts-an-honest-delivery",
    "The ordinary case: id, timestamp and body signed with the endpoint's secret.",
    headers=svix(),
    expect=accepted_svix(),
)
verify_signature(
    "svix-accepts-the-unbranded-header-names",
    "Standard Webhooks calls the same three headers webhook-id, webhook-timestamp and "
    "webhook-signature.",
    headers=svix(family="webhook"),
    expect=accepted_svix(),
    threats=["H4"],
)
verify_signature(
    "svix-accepts-a-secret-without-its-prefix",
    "The whsec_ prefix is optional.",
    webhook=pivotal(b64(KEY)),
    headers=svix(),
    expect=accepted_svix(),
)
verify_signature(
    "svix-accepts-a-delivery-when-it-is-the-only-scheme",
    "The option schemes with one scheme does not change that scheme.",
    webhook=pivotal(schemes=["svix"]),
    headers=svix(),
    expect=accepted_svix(),
)
topic.verify(
    "svix-gives-the-parsed-body",
    "verify returns the JSON of the signed bytes.",
    headers=svix(),
    expect=PARSED,
)
verify_signature(
    "svix-covers-the-bytes-between-id-timestamp-and-body",
    "A body that starts with a dot is still that body: nothing is trimmed where the parts meet.",
    headers=svix(body=utf8('.{"a":1}')),
    body=utf8('.{"a":1}'),
    expect=accepted_svix(),
)

# What a signature must cover. In each case the delivery is honest but for the one thing named.

verify_signature(
    "svix-refuses-a-forged-signature",
    "A MAC made up without the secret is no MAC.",
    headers=svix_headers(v1(bytes(range(32)))),
    expect=mismatch(),
    threats=["F1"],
)
verify_signature(
    "svix-refuses-a-signature-of-zero-bytes",
    "32 zero bytes decode well and are still not the MAC.",
    headers=svix_headers(v1(bytes(32))),
    expect=mismatch(),
    threats=["F1"],
)
verify_signature(
    "svix-refuses-the-plain-hash-of-the-content",
    "SHA-256 without a key can be computed by anyone.",
    headers=svix_headers(v1(hashlib.sha256(f"{ID}.{AT}.{EVENT}".encode()).digest())),
    expect=mismatch(),
    threats=["F1"],
)
verify_signature(
    "svix-refuses-a-mac-under-an-empty-key",
    "HMAC with an empty key can be computed by anyone.",
    headers=svix(key=b""),
    expect=mismatch(),
    threats=["F1", "F10"],
)
verify_signature(
    "svix-refuses-a-mac-under-a-strangers-key",
    "A sender with a secret of its own is not this endpoint's sender.",
    headers=svix(key=STRANGER_KEY),
    expect=mismatch(),
    threats=["F1", "F6"],
)
topic.verify(
    "svix-refuses-a-mac-under-a-strangers-key-in-verify",
    "verify compares the MAC too.",
    headers=svix(key=STRANGER_KEY),
    expect=mismatch(),
    threats=["F1", "F6"],
)
verify_signature(
    "svix-refuses-a-mac-under-a-key-with-one-bit-flipped",
    "All bytes of the key are used.",
    headers=svix(key=KEY[:-1] + bytes([KEY[-1] ^ 1])),
    expect=mismatch(),
    threats=["F2"],
)
verify_signature(
    "svix-accepts-a-mac-under-the-text-of-the-secret-where-the-key-is-text",
    "With the option text, the key is the whole text, including the prefix.",
    webhook=pivotal(key="text"),
    headers=svix(key=SECRET.encode()),
    expect=accepted_svix(),
)
verify_signature(
    "svix-refuses-a-mac-under-the-decoded-secret-where-the-key-is-text",
    "With the option text, the key is the whole text, including the prefix.",
    webhook=pivotal(key="text"),
    headers=svix(),
    expect=mismatch(),
)
verify_signature(
    "svix-accepts-a-mac-under-the-decoded-secret-where-the-key-is-base64",
    "The option base64 has the same effect as the default of svix.",
    webhook=pivotal(key="base64"),
    headers=svix(),
    expect=accepted_svix(),
)
verify_signature(
    "svix-refuses-a-mac-under-the-text-of-the-secret",
    "The key is the decoded secret; its base64 text is a different key.",
    headers=svix(key=SECRET.encode()),
    expect=mismatch(),
    threats=["F2"],
)
verify_signature(
    "svix-refuses-the-id-of-another-delivery",
    "The id is signed.",
    headers=svix_headers(v1(svix_mac()), id="msg_2"),
    expect=mismatch(),
    threats=["F2"],
)
verify_signature(
    "svix-refuses-an-id-in-another-letter-case",
    "The id is signed byte for byte.",
    headers=svix_headers(v1(svix_mac()), id=ID.upper()),
    expect=mismatch(),
    threats=["F2"],
)
verify_signature(
    "svix-refuses-a-timestamp-one-second-later",
    "The timestamp is signed, so a captured delivery can't be made younger.",
    headers=svix_headers(v1(svix_mac()), at=AT + 1),
    expect=mismatch(),
    threats=["F2", "R2"],
)
verify_signature(
    "svix-refuses-a-mac-over-the-body-alone",
    "The content is id, timestamp and body; less than that is another message.",
    headers=svix_headers(v1(mac(KEY, EVENT.encode()))),
    expect=mismatch(),
    threats=["F2"],
)
verify_signature(
    "svix-refuses-a-mac-without-the-dots",
    "The dots between the parts are signed.",
    headers=svix_headers(v1(mac(KEY, f"{ID}{AT}{EVENT}".encode()))),
    expect=mismatch(),
    threats=["F2"],
)
verify_signature(
    "svix-refuses-a-mac-with-timestamp-and-id-swapped",
    "The order of the parts is signed.",
    headers=svix_headers(v1(mac(KEY, f"{AT}.{ID}.{EVENT}".encode()))),
    expect=mismatch(),
    threats=["F2"],
)
verify_signature(
    "svix-refuses-a-byte-moved-from-the-body-to-the-timestamp",
    "The content with the border between timestamp and body moved is another content.",
    headers=svix_headers(v1(svix_mac(body=utf8("0{}"))), at=f"{AT}0"),
    body=utf8("{}"),
    now=AT * 10,
    expect=mismatch(),
    threats=["F2"],
)
for place, position in [
    ("first", 0),
    ("middle", len(EVENT) // 2),
    ("last", len(EVENT) - 1),
]:
    flipped = EVENT[:position] + chr(ord(EVENT[position]) ^ 1) + EVENT[position + 1 :]
    verify_signature(
        f"svix-refuses-one-bit-flipped-in-the-{place}-byte-of-the-body",
        "One changed bit of the body changes the MAC.",
        headers=svix(),
        body=utf8(flipped),
        expect=mismatch(),
        threats=["F2"],
    )
for position in range(32):
    flipped = bytearray(svix_mac())
    flipped[position] ^= 1 << position % 8
    verify_signature(
        f"svix-refuses-one-bit-flipped-in-byte-{position + 1}-of-the-mac",
        "All 32 bytes of the MAC are compared.",
        headers=svix_headers(v1(bytes(flipped))),
        expect=mismatch(),
        threats=["F2"],
    )

# The id. Each delivery is signed over the id it carries, so only the grammar can refuse it.


def bad_id(name, why, id):
    verify_signature(
        name,
        why,
        headers=svix(id=id),
        expect=refused("header_malformed", header="svix-id"),
        threats=["H12"],
    )


def good_id(name, why, id):
    verify_signature(
        name,
        why,
        headers=svix(id=id),
        expect=accepted_svix(id=id),
        threats=["H12"],
    )


good_id("svix-accepts-an-id-of-one-character", "An id has at least one character.", "m")
good_id(
    "svix-accepts-an-id-of-256-characters",
    "An id has at most 256 characters.",
    "m" * 256,
)
good_id(
    "svix-accepts-the-first-and-last-visible-character-in-an-id",
    "Visible ASCII runs from ! to ~.",
    "!~",
)
good_id(
    "svix-accepts-an-id-with-another-prefix",
    "An id need not start with msg_.",
    "wh_685c059ae39c8190af8c71ed1022a24d",
)
good_id(
    "svix-accepts-an-id-of-digits-and-a-letter",
    "Only digits alone are refused.",
    "1750000000a",
)
good_id(
    "svix-accepts-a-closing-brace-in-an-id",
    "Only the opening brace could start a JSON object.",
    "msg_}",
)
good_id(
    "svix-accepts-a-colon-and-a-slash-in-an-id",
    "Every visible character but four is allowed.",
    "tenant:a/msg-1",
)

bad_id(
    "svix-refuses-an-empty-id",
    "A header with an empty value is present, and an empty id is malformed.",
    "",
)
bad_id(
    "svix-refuses-an-id-of-257-characters",
    "An id has at most 256 characters.",
    "m" * 257,
)
bad_id(
    "svix-refuses-an-id-of-10000-characters",
    "Ids end up in logs and in keys of stores.",
    "m" * 10_000,
)
bad_id(
    "svix-refuses-a-dot-in-an-id",
    "With a dot in the id the same bytes could be split in two ways.",
    "msg_1.2",
)
bad_id(
    "svix-refuses-a-comma-in-an-id",
    "A comma shows that several header lines were joined.",
    "msg_1,msg_2",
)
bad_id(
    "svix-refuses-a-quote-in-an-id",
    "An id that could be a part of JSON could make the signed contents of two schemes equal.",
    'msg_"1',
)
bad_id(
    "svix-refuses-an-opening-brace-in-an-id",
    "An id that could start a JSON object could make the signed contents of two schemes equal.",
    "{msg_1",
)
bad_id("svix-refuses-a-space-inside-an-id", "A space is not visible.", "msg_1 msg_2")
bad_id("svix-refuses-a-tab-inside-an-id", "A tab is not visible.", "msg_1\tmsg_2")
bad_id(
    "svix-refuses-a-line-feed-inside-an-id",
    "A line feed in an id would forge lines in logs.",
    "msg_1\nmsg_2",
)
bad_id(
    "svix-refuses-a-carriage-return-inside-an-id",
    "A carriage return in an id would forge lines in logs.",
    "msg_1\rmsg_2",
)
bad_id(
    "svix-refuses-a-nul-inside-an-id",
    "Some programs end a string at a NUL, and others do not.",
    "msg_1\0msg_2",
)
bad_id(
    "svix-refuses-a-delete-character-in-an-id",
    "DEL is the first character after the visible ones.",
    "msg_\x7f1",
)
bad_id(
    "svix-refuses-a-latin-letter-beyond-ascii-in-an-id",
    "Visible ASCII is all that an id may hold.",
    "msg_é",
)
bad_id(
    "svix-refuses-a-full-width-digit-in-an-id",
    "Visible ASCII is all that an id may hold.",
    "msg_\N{FULLWIDTH DIGIT ONE}",
)
bad_id(
    "svix-refuses-an-id-of-digits-alone",
    "A number followed by a dot is how pivotal content starts.",
    "1750000000",
)
bad_id(
    "svix-refuses-an-id-of-one-digit",
    "A number followed by a dot is how pivotal content starts.",
    "0",
)
verify_signature(
    "svix-names-the-unbranded-id-header-when-that-one-is-malformed",
    "The error names the header that was read.",
    headers=svix(id="msg_1.2", family="webhook"),
    expect=refused("header_malformed", header="webhook-id"),
    threats=["H12"],
)
