"""Cases of the `pivot` scheme: one MAC over the body."""

import hashlib

from builders import (
    AT,
    KEY,
    PARSED,
    PIVOT_BODY,
    PIVOT_EVENT,
    PIVOT_MISMATCH,
    SECRET,
    STRANGER_KEY,
    Topic,
    accepted_pivot,
    b64,
    pivot,
    pivot_delivery,
    pivot_headers,
    pivot_mac,
    refused,
    utf8,
)

topic = Topic(
    "pivot",
    "The pivot scheme signs only the body: the cases test hex and base64, with and without a "
    "prefix.",
)

HEX = pivot_mac().hex()
BASE64 = b64(pivot_mac())
MALFORMED = refused("header_malformed", header="x-pivot-signature")


def header(
    name,
    why,
    signature,
    expect,
    threats=("H11",),
    body=PIVOT_BODY,
    webhook=None,
    **rest,
):
    topic.verify_signature(
        name,
        why,
        webhook=webhook or pivot(),
        headers=pivot_headers(signature),
        body=body,
        expect=expect,
        threats=threats,
        **rest,
    )


header(
    "pivot-accepts-an-honest-delivery",
    "The ordinary case: 64 hex digits over the body.",
    HEX,
    accepted_pivot(),
    (),
)
topic.verify(
    "pivot-gives-the-parsed-body",
    "verify returns the JSON of the signed bytes.",
    webhook=pivot(),
    headers=pivot_delivery(),
    body=PIVOT_BODY,
    expect=PARSED,
)
header(
    "pivot-accepts-capital-hex-digits",
    "The documentation does not specify the case of the digits.",
    HEX.upper(),
    accepted_pivot(),
)
header(
    "pivot-accepts-hex-digits-of-both-cases",
    "The documentation does not specify the case of the digits.",
    HEX[:32].upper() + HEX[32:],
    accepted_pivot(),
)
header(
    "pivot-accepts-base64",
    "The documentation does not specify hex or base64; the length decides.",
    BASE64,
    accepted_pivot(),
)
header(
    "pivot-accepts-a-prefix-before-hex",
    "The documentation does not specify whether sha256= precedes the signature.",
    f"sha256={HEX}",
    accepted_pivot(),
)
header(
    "pivot-accepts-a-prefix-before-capital-hex",
    "The prefix is removed before the digits are read.",
    f"sha256={HEX.upper()}",
    accepted_pivot(),
)
header(
    "pivot-accepts-a-prefix-before-base64",
    "The prefix is removed before the base64 is read.",
    f"sha256={BASE64}",
    accepted_pivot(),
)
header(
    "pivot-accepts-an-empty-body",
    "The content of an empty body is empty.",
    pivot_mac(utf8("")).hex(),
    accepted_pivot(),
    ("F12",),
    body=utf8(""),
)
header(
    "pivot-accepts-a-delivery-at-any-time",
    "No time is signed, so the tolerance is not used.",
    HEX,
    accepted_pivot(),
    ("R4",),
    now=AT + 10_000_000,
)
header(
    "pivot-accepts-a-delivery-at-any-time-under-a-tolerance-of-zero",
    "The tolerance has no timestamp to apply to.",
    HEX,
    accepted_pivot(),
    ("R4", "R9"),
    webhook=pivot(tolerance=0),
    now=AT + 10_000_000,
)
header(
    "pivot-accepts-a-delivery-with-the-clock-at-0",
    "No time is signed.",
    HEX,
    accepted_pivot(),
    ("R8",),
    now=0,
)

header(
    "pivot-refuses-an-empty-header",
    "An empty value is present and is no MAC.",
    "",
    MALFORMED,
    ("F5", "H11"),
)
header(
    "pivot-refuses-a-prefix-alone",
    "Nothing follows the prefix.",
    "sha256=",
    MALFORMED,
    ("F5", "H11"),
)
header("pivot-refuses-63-hex-digits", "A MAC has 64 hex digits.", HEX[:63], MALFORMED)
header("pivot-refuses-65-hex-digits", "A MAC has 64 hex digits.", HEX + "0", MALFORMED)
for digits in (2, 32, 62, 66, 128):
    header(
        f"pivot-refuses-{digits}-hex-digits",
        "A MAC has 64 hex digits.",
        (HEX * 2)[:digits],
        MALFORMED,
        ("F5", "H11"),
    )
header(
    "pivot-refuses-a-44-digit-start-of-the-hex",
    "44 characters are read as base64, and these have no padding.",
    HEX[:44],
    MALFORMED,
    ("F5", "H11"),
)
for what, sign in {
    "slash": "/",
    "colon": ":",
    "at-sign": "@",
    "capital-g": "G",
    "backtick": "`",
    "small-g": "g",
}.items():
    header(
        f"pivot-refuses-a-{what}-for-a-hex-digit",
        "The characters next to the hex digits in ASCII are not digits.",
        sign + HEX[1:],
        MALFORMED,
    )
header(
    "pivot-refuses-a-full-width-hex-digit",
    "Hex digits are ASCII.",
    "\N{FULLWIDTH DIGIT ZERO}" + HEX[1:],
    MALFORMED,
)
header("pivot-refuses-0x", "Only the prefix sha256= is allowed.", f"0x{HEX}", MALFORMED)
header(
    "pivot-refuses-colons-between-hex-digits",
    "There are no separators between hex digits.",
    ":".join(HEX[start : start + 2] for start in range(0, 64, 2)),
    MALFORMED,
)
header(
    "pivot-refuses-a-space-inside-hex",
    "There are no separators between hex digits.",
    f"{HEX[:32]} {HEX[32:]}",
    MALFORMED,
)
header(
    "pivot-refuses-a-space-for-a-hex-digit",
    "64 characters, and one of them is no digit.",
    f"{HEX[:32]} {HEX[33:]}",
    MALFORMED,
)
header(
    "pivot-refuses-a-plus-sign-before-63-hex-digits",
    "64 characters, and one of them is no digit.",
    f"+{HEX[1:]}",
    MALFORMED,
)
header("pivot-refuses-a-space-before-hex", "Nothing is trimmed.", f" {HEX}", MALFORMED)
header("pivot-refuses-a-space-after-hex", "Nothing is trimmed.", f"{HEX} ", MALFORMED)
header("pivot-refuses-a-line-feed-after-hex", "Nothing is trimmed.", f"{HEX}\n", MALFORMED)
header(
    "pivot-refuses-a-nul-after-hex",
    "A signature is not shortened to fit.",
    f"{HEX}\0",
    MALFORMED,
)
header(
    "pivot-refuses-a-space-after-the-prefix",
    "Nothing is trimmed.",
    f"sha256= {HEX}",
    MALFORMED,
)
header(
    "pivot-refuses-a-capital-prefix",
    "The prefix is exactly sha256=.",
    f"SHA256={HEX}",
    MALFORMED,
)
header(
    "pivot-refuses-a-prefix-with-a-hyphen",
    "The prefix is exactly sha256=.",
    f"sha-256={HEX}",
    MALFORMED,
)
header(
    "pivot-refuses-a-prefix-with-a-colon",
    "The prefix is exactly sha256=.",
    f"sha256:{HEX}",
    MALFORMED,
)
header(
    "pivot-refuses-another-algorithm",
    "The prefix is exactly sha256=.",
    f"sha1={HEX[:40]}",
    MALFORMED,
)
header(
    "pivot-refuses-the-prefix-twice",
    "The prefix may appear once.",
    f"sha256=sha256={HEX}",
    MALFORMED,
)
header(
    "pivot-refuses-a-version-before-hex",
    "A version belongs to other schemes.",
    f"v1,{HEX}",
    MALFORMED,
)
header(
    "pivot-refuses-a-list",
    "The header has one signature.",
    f"{HEX},{HEX}",
    MALFORMED,
    ("H2", "H11"),
)
header(
    "pivot-refuses-a-list-with-a-space",
    "The header has one signature.",
    f"{HEX}, {HEX}",
    MALFORMED,
    ("H2", "H11"),
)
header(
    "pivot-refuses-unpadded-base64",
    "43 characters are neither form.",
    BASE64[:-1],
    MALFORMED,
    ("H9", "H11"),
)
header(
    "pivot-refuses-over-padded-base64",
    "45 characters are neither form.",
    BASE64 + "=",
    MALFORMED,
    ("H9", "H11"),
)
header(
    "pivot-refuses-base64-of-the-hex",
    "The MAC itself is encoded, not its hex text.",
    b64(HEX.encode()),
    MALFORMED,
    ("H9", "H11"),
)
header(
    "pivot-refuses-base64-of-31-bytes",
    "44 characters with two signs of padding are 31 bytes.",
    b64(pivot_mac()[:31]),
    MALFORMED,
    ("F5", "H11"),
)
header(
    "pivot-refuses-base64-of-33-bytes",
    "44 characters without padding are 33 bytes.",
    b64(pivot_mac() + b"\0"),
    MALFORMED,
    ("F5", "H11"),
)
header(
    "pivot-refuses-base64-of-half-a-mac",
    "A shortened MAC is no MAC.",
    b64(pivot_mac()[:16]),
    MALFORMED,
    ("F5", "H11"),
)

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
MARKED = next(
    event
    for event in (utf8(f'{{"number":{number}}}') for number in range(1000))
    if {"+", "/"} <= set(b64(pivot_mac(event)))
)
MARKED_MAC = b64(pivot_mac(MARKED))
header(
    "pivot-accepts-base64-with-plus-and-slash",
    "The MAC holds both characters in which the alphabets differ.",
    MARKED_MAC,
    accepted_pivot(),
    ("H9",),
    body=MARKED,
)
header(
    "pivot-refuses-url-safe-base64",
    "- and _ are another alphabet.",
    MARKED_MAC.replace("+", "-").replace("/", "_"),
    MALFORMED,
    ("H9",),
    body=MARKED,
)
header(
    "pivot-refuses-base64-with-last-bits-set",
    "The two spare bits are zero.",
    BASE64[:-2] + ALPHABET[ALPHABET.index(BASE64[-2]) + 1] + "=",
    MALFORMED,
    ("H9",),
)

header(
    "pivot-refuses-a-forged-hex-signature",
    "A MAC made up without the secret is no MAC.",
    bytes(range(32)).hex(),
    PIVOT_MISMATCH,
    ("F1",),
)
header(
    "pivot-refuses-a-forged-base64-signature",
    "A MAC made up without the secret is no MAC.",
    b64(bytes(range(32))),
    PIVOT_MISMATCH,
    ("F1",),
)
header(
    "pivot-reads-44-characters-that-look-like-hex-as-base64",
    "The length decides: these are 32 bytes of base64, and not the MAC.",
    HEX[:42] + "0=",
    PIVOT_MISMATCH,
)
header(
    "pivot-refuses-64-zeros",
    "32 zero bytes are not the MAC.",
    "0" * 64,
    PIVOT_MISMATCH,
    ("F1",),
)
header(
    "pivot-refuses-the-plain-hash-of-the-body",
    "SHA-256 without a key can be computed by anyone.",
    hashlib.sha256(PIVOT_EVENT.encode()).hexdigest(),
    PIVOT_MISMATCH,
    ("F1",),
)
header(
    "pivot-refuses-a-mac-under-an-empty-key",
    "HMAC with an empty key can be computed by anyone.",
    pivot_mac(key=b"").hex(),
    PIVOT_MISMATCH,
    ("F1", "F10"),
)
header(
    "pivot-refuses-a-mac-under-a-strangers-key",
    "A sender with a secret of its own is not this endpoint's sender.",
    pivot_mac(key=STRANGER_KEY).hex(),
    PIVOT_MISMATCH,
    ("F1", "F6"),
)
topic.verify(
    "pivot-refuses-a-mac-under-a-strangers-key-in-verify",
    "verify compares the MAC too.",
    webhook=pivot(),
    headers=pivot_delivery(key=STRANGER_KEY),
    body=PIVOT_BODY,
    expect=PIVOT_MISMATCH,
    threats=["F1", "F6"],
)
header(
    "pivot-refuses-a-changed-body",
    "The body is signed.",
    HEX,
    PIVOT_MISMATCH,
    ("F2",),
    body=utf8(PIVOT_EVENT.replace("r1", "r2")),
)
header(
    "pivot-refuses-a-line-feed-after-the-body",
    "The body is signed to its last byte.",
    HEX,
    PIVOT_MISMATCH,
    ("F3",),
    body=utf8(PIVOT_EVENT + "\n"),
)
header(
    "pivot-refuses-a-body-without-its-last-byte",
    "The body is signed to its last byte.",
    HEX,
    PIVOT_MISMATCH,
    ("F3",),
    body=utf8(PIVOT_EVENT[:-1]),
)
for position in (0, 15, 31):
    flipped = bytearray(pivot_mac())
    flipped[position] ^= 0x01
    header(
        f"pivot-refuses-one-bit-flipped-in-byte-{position + 1}-of-the-mac",
        "All 32 bytes of the MAC are compared.",
        bytes(flipped).hex(),
        PIVOT_MISMATCH,
        ("F2",),
    )

# Keys, as in the pivotal scheme

PREFIXED = pivot(SECRET)
header(
    "pivot-key-accepts-the-text-of-a-prefixed-secret",
    "The text as shown is the first key.",
    pivot_mac(key=SECRET.encode()).hex(),
    accepted_pivot(),
    (),
    webhook=PREFIXED,
)
header(
    "pivot-key-accepts-the-decoded-form-of-a-prefixed-secret",
    "The decoded text is the second key.",
    pivot_mac(key=KEY).hex(),
    accepted_pivot(),
    ("S8",),
    webhook=PREFIXED,
)
header(
    "pivot-key-refuses-the-text-without-its-prefix",
    "The key is the text as shown, including the prefix.",
    pivot_mac(key=b64(KEY).encode()).hex(),
    PIVOT_MISMATCH,
    ("F2",),
    webhook=PREFIXED,
)
header(
    "pivot-key-refuses-the-decoded-form-of-a-secret-without-prefix",
    "Only the whsec_ prefix says that the rest is base64.",
    pivot_mac(key=KEY).hex(),
    PIVOT_MISMATCH,
    ("F2",),
    webhook=pivot(b64(KEY)),
)
header(
    "pivot-key-text-refuses-the-decoded-secret",
    "With the option text, only the text is a key.",
    pivot_mac(key=KEY).hex(),
    PIVOT_MISMATCH,
    ("F2",),
    webhook=pivot(SECRET, key="text"),
)
header(
    "pivot-key-base64-accepts-the-decoded-secret",
    "With the option base64, only the decoded text is a key.",
    pivot_mac(key=KEY).hex(),
    accepted_pivot(),
    (),
    webhook=pivot(b64(KEY), key="base64"),
)
header(
    "pivot-key-base64-refuses-the-text",
    "With the option base64, only the decoded text is a key.",
    pivot_mac(key=SECRET.encode()).hex(),
    PIVOT_MISMATCH,
    ("F2",),
    webhook=pivot(SECRET, key="base64"),
)
