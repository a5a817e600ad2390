"""Cases of construction: the options and secrets that a webhook accepts or refuses."""

import hashlib

from builders import (
    AT,
    KEY,
    OLD_KEY,
    OLD_SECRET,
    OPENED,
    PIVOT_BODY,
    PIVOT_KEY,
    PIVOT_SECRET,
    SECRET,
    Topic,
    accepted_pivot,
    accepted_svix,
    b64,
    mismatch,
    pivot,
    pivot_delivery,
    pivotal,
    refused,
    secrets,
    signed,
    svix,
    svix_mac,
    v1,
    whsec,
)

topic = Topic(
    "construction",
    "An endpoint is constructed from options and secrets, or refused: every invalid option, "
    "secret and key fails here.",
)
construct = topic.construct


def refuses(name, why, webhook, code, threats=()):
    construct(name, why, webhook, refused(code), threats)


# Schemes

construct("construct-a-pivotal-endpoint", "Only a secret is required.", pivotal(), OPENED)
construct("construct-a-pivot-endpoint", "Only a secret is required.", pivot(), OPENED)
construct(
    "construct-with-both-schemes-named",
    "The default value may be passed explicitly.",
    pivotal(schemes=["svix", "pivotal"]),
    OPENED,
)
construct(
    "construct-with-both-schemes-in-the-other-order",
    "The order of the list has no effect.",
    pivotal(schemes=["pivotal", "svix"]),
    OPENED,
)
refuses(
    "construct-refuses-an-empty-list-of-schemes",
    "An endpoint must accept at least one scheme.",
    pivotal(schemes=[]),
    "config_invalid",
)
refuses(
    "construct-refuses-an-unknown-scheme",
    "Only the listed schemes exist.",
    pivotal(schemes=["stripe"]),
    "config_invalid",
)
refuses(
    "construct-refuses-an-unknown-scheme-beside-a-known-one",
    "Only the listed schemes exist.",
    pivotal(schemes=["svix", "stripe"]),
    "config_invalid",
)
refuses(
    "construct-refuses-a-scheme-in-capitals",
    "The name of a scheme must match exactly.",
    pivotal(schemes=["SVIX"]),
    "config_invalid",
)
refuses(
    "construct-refuses-an-empty-scheme",
    "The name of a scheme must match exactly.",
    pivotal(schemes=[""]),
    "config_invalid",
)
refuses(
    "construct-refuses-pivot-beside-other-schemes",
    "pivot signs any bytes, including the signed contents of the other schemes.",
    pivotal(schemes=["svix", "pivot"]),
    "config_invalid",
    ["H5"],
)
refuses(
    "construct-refuses-pivot-on-a-pivotal-endpoint",
    "A Pivot endpoint has its own constructor.",
    pivotal(schemes=["pivot"]),
    "config_invalid",
    ["H5"],
)

# Tolerance, size, age, key format

for value in (0, 1, 300, 3600):
    construct(
        f"construct-with-a-tolerance-of-{value}",
        "0 to 3600 seconds.",
        pivotal(tolerance=value),
        OPENED,
        ["R9"],
    )
topic.verify_signature(
    "construct-with-a-tolerance-of-minus-0",
    "A double has a negative zero, which is zero.",
    webhook=pivotal(tolerance=-0.0),
    headers=svix(),
    now=AT + 1,
    expect=refused("timestamp_too_old", skew=1, tolerance=0),
    threats=["R9"],
)
for what, value in {
    "minus-1": -1,
    "3601": 3601,
    "a-day": 86_400,
    "0.5": 0.5,
    "300.5": 300.5,
    "minus-0.5": -0.5,
    "10-to-the-30": 1e30,
}.items():
    refuses(
        f"construct-refuses-a-tolerance-of-{what.replace('.', '-point-')}",
        "Whole seconds from 0 to 3600.",
        pivotal(tolerance=value),
        "config_invalid",
        ["R9"],
    )
refuses(
    "construct-refuses-a-tolerance-of-3601-on-a-pivot-endpoint",
    "Whole seconds from 0 to 3600.",
    pivot(tolerance=3601),
    "config_invalid",
    ["R9"],
)
refuses(
    "construct-refuses-a-wrong-tolerance-that-is-ignored",
    "An invalid option is refused even if another option makes it irrelevant.",
    pivotal(tolerance=-1, ignore_timestamp=True),
    "config_invalid",
    ["R9"],
)
construct(
    "construct-with-the-timestamp-ignored",
    "Only the option with that name switches the tolerance off.",
    pivotal(ignore_timestamp=True),
    OPENED,
    ["R9"],
)
construct(
    "construct-with-the-timestamp-ignored-and-a-tolerance",
    "Both options may be set.",
    pivotal(ignore_timestamp=True, tolerance=10),
    OPENED,
    ["R9"],
)

for value in (1, 1_048_576, 1_073_741_824):
    construct(
        f"construct-with-a-max-body-of-{value}",
        "1 byte to 1 GiB.",
        pivotal(max_body=value),
        OPENED,
        ["B1"],
    )
for what, value in {
    "0": 0,
    "minus-1": -1,
    "1073741825": 1_073_741_825,
    "1-point-5": 1.5,
    "10-to-the-30": 1e30,
}.items():
    refuses(
        f"construct-refuses-a-max-body-of-{what}",
        "Whole bytes from 1 to 1 GiB.",
        pivotal(max_body=value),
        "config_invalid",
        ["B1"],
    )

for value in (1, 604_800, 31_536_000):
    construct(
        f"construct-with-a-max-event-age-of-{value}",
        "1 second to 365 days.",
        pivot(max_event_age=value),
        OPENED,
        ["R4"],
    )
for what, value in {
    "0": 0,
    "minus-1": -1,
    "31536001": 31_536_001,
    "1-point-5": 1.5,
}.items():
    refuses(
        f"construct-refuses-a-max-event-age-of-{what}",
        "Whole seconds from 1 to 365 days.",
        pivot(max_event_age=value),
        "config_invalid",
        ["R4"],
    )

for value in ("auto", "base64", "text"):
    construct(
        f"construct-with-the-key-format-{value}",
        "There are three formats.",
        pivotal(key=value),
        OPENED,
    )
for what, value in {"hex": "hex", "in-capitals": "BASE64", "empty": ""}.items():
    refuses(
        f"construct-refuses-the-key-format-{what}",
        "There are three formats.",
        pivotal(key=value),
        "config_invalid",
    )

# Secrets that are empty or a mishap


def secret(name, why, text, code, threats=("S8",), **options):
    webhook = pivotal(text, **options)
    construct(name, why, webhook, refused(code) if code else OPENED, threats)


for what, text in {
    "empty": "",
    "a-space": " ",
    "a-line-feed": "\n",
    "white-space": " \t\r\n",
    "a-prefix-alone": "whsec_",
    "a-prefix-and-white-space": " whsec_ \n",
}.items():
    secret(
        f"secret-that-is-{what}-is-empty",
        "An environment variable that was never set must not become a key.",
        text,
        "secret_empty",
        ("F10",),
    )
construct(
    "secret-list-that-is-empty-is-empty",
    "An endpoint needs a secret.",
    {"endpoint": "pivotal", "secrets": []},
    refused("secret_empty"),
    ["F10"],
)
construct(
    "secret-that-is-empty-is-empty-for-pivot",
    "The same for every endpoint.",
    pivot(""),
    refused("secret_empty"),
    ["F10"],
)

for text in (
    "None",
    "null",
    "undefined",
    "changeme",
    "secret",
    "true",
    "0",
    "NaN",
    "[object Object]",
):
    name = text.lower().strip("[]").replace(" ", "-")
    code = "secret_malformed" if " " in text else "secret_weak"
    secret(
        f"secret-that-is-{name}-is-refused",
        "The text of a language's null value must not become a key.",
        text,
        code,
        ("F10",),
    )
for text in ("None", "undefined", "changeme"):
    secret(
        f"secret-that-is-{text.lower()}-is-weak-as-text",
        "The text of a language's null value must not become a key in any format.",
        text,
        "secret_weak",
        ("F10",),
        key="text",
    )
    construct(
        f"secret-that-is-{text.lower()}-is-weak-for-pivot",
        "The text of a language's null value must not become a key of any endpoint.",
        pivot(text),
        refused("secret_weak"),
        ["F10"],
    )
secret(
    "secret-that-is-a-prefixed-none-is-weak",
    "f'whsec_{secret}' with a null value must not become a key.",
    "whsec_None",
    "secret_weak",
    ("F10",),
)
secret(
    "secret-of-padding-alone-is-weak",
    "Four signs of padding are shorter than a secret may be.",
    "whsec_====",
    "secret_weak",
    ("F10",),
)
secret(
    "secret-of-15-characters-is-weak",
    "At least 16 characters after the prefix.",
    "abcdefghijklmno",
    "secret_weak",
    ("F10",),
    schemes=["pivotal"],
)
secret(
    "secret-of-16-characters-is-accepted-as-text",
    "At least 16 characters after the prefix.",
    "abcdefghijklmnop",
    None,
    ("F10",),
    schemes=["pivotal"],
)
secret(
    "secret-of-15-characters-and-a-prefix-is-weak",
    "The prefix doesn't count.",
    "whsec_abcdefghijklmno",
    "secret_weak",
    ("F10",),
    schemes=["pivotal"],
    key="text",
)
secret(
    "secret-of-16-characters-and-a-prefix-is-accepted-as-text",
    "The prefix doesn't count.",
    "whsec_abcdefghijklmnop",
    None,
    ("F10",),
    schemes=["pivotal"],
    key="text",
)
secret(
    "secret-of-16-characters-is-weak-once-decoded",
    "16 characters of base64 are 12 bytes.",
    "abcdefghijklmnop",
    "secret_weak",
    ("F10",),
)
secret(
    "secret-of-16-characters-and-a-prefix-is-weak-once-decoded-for-pivotal",
    "The decoded key counts where there is one, and 12 bytes are weak.",
    "whsec_abcdefghijklmnop",
    "secret_weak",
    ("F10",),
    schemes=["pivotal"],
)
secret(
    "secret-of-15-characters-between-spaces-is-weak",
    "White space at the ends doesn't count.",
    "   abcdefghijklmno   ",
    "secret_weak",
    ("F10",),
    schemes=["pivotal"],
)
secret(
    "secret-of-1024-characters-is-accepted",
    "At most 1024 characters.",
    "a" * 1024,
    None,
    (),
    schemes=["pivotal"],
)
secret(
    "secret-of-1024-characters-with-its-prefix-is-accepted",
    "The whole text has at most 1024 characters.",
    "whsec_-" + "a" * 1017,
    None,
    (),
    schemes=["pivotal"],
)
secret(
    "secret-of-1025-characters-with-its-prefix-is-malformed",
    "The whole text has at most 1024 characters.",
    "whsec_-" + "a" * 1018,
    "secret_malformed",
    (),
    schemes=["pivotal"],
)
secret(
    "secret-of-1024-letters-beyond-ascii-is-accepted",
    "Characters are counted, and not bytes.",
    "ü" * 1024,
    None,
    (),
    schemes=["pivotal"],
)
secret(
    "secret-of-15-letters-beyond-ascii-is-weak",
    "Characters are counted, and not bytes.",
    "ü" * 15,
    "secret_weak",
    ("F10",),
    schemes=["pivotal"],
)
secret(
    "secret-of-1025-characters-is-malformed",
    "At most 1024 characters; more is a file read by mistake.",
    "a" * 1025,
    "secret_malformed",
    (),
    schemes=["pivotal"],
)

# White space, prefixes, alphabets

for what, text in {
    "a-line-feed-after-it": SECRET + "\n",
    "a-carriage-return-and-a-line-feed-after-it": SECRET + "\r\n",
    "a-space-before-it": " " + SECRET,
    "a-tab-before-it": "\t" + SECRET,
    "a-form-feed-after-it": SECRET + "\f",
    "white-space-on-both-sides": " \n" + SECRET + "\t \n",
}.items():
    topic.verify_signature(
        f"secret-with-{what}-is-trimmed",
        "Secrets come from files and variables that end in a newline.",
        webhook=pivotal(text),
        headers=svix(),
        expect=accepted_svix(),
        threats=["S8"],
    )
topic.verify_signature(
    "secret-with-white-space-around-it-is-trimmed-as-text-too",
    "The text key is the trimmed text.",
    webhook=pivot(f" {PIVOT_SECRET}\n"),
    headers=pivot_delivery(),
    body=PIVOT_BODY,
    expect=accepted_pivot(),
    threats=["S8"],
)
for what, sign in {
    "a-space": " ",
    "a-line-feed": "\n",
    "a-tab": "\t",
    "a-nul": "\0",
    "an-escape": "\x1b",
    "a-delete-character": "\x7f",
}.items():
    secret(
        f"secret-with-{what}-inside-is-malformed",
        "The secret was probably copied wrongly.",
        SECRET[:20] + sign + SECRET[20:],
        "secret_malformed",
        schemes=["pivotal"],
        key="text",
    )
secret(
    "secret-with-a-no-break-space-inside-is-malformed",
    "White space beyond ASCII is refused too.",
    SECRET[:20] + "\N{NO-BREAK SPACE}" + SECRET[20:],
    "secret_malformed",
    schemes=["pivotal"],
    key="text",
)
secret(
    "secret-with-a-control-character-beyond-ascii-inside-is-malformed",
    "Control characters beyond ASCII are refused too.",
    SECRET[:20] + "\x85" + SECRET[20:],
    "secret_malformed",
    schemes=["pivotal"],
    key="text",
)
secret(
    "secret-with-a-vertical-tab-after-it-is-malformed",
    "Trimmed are space, tab, line feed, form feed and carriage return; this is none of them.",
    SECRET + "\v",
    "secret_malformed",
    schemes=["pivotal"],
    key="text",
)
secret(
    "secret-with-a-space-after-the-prefix-is-malformed",
    "The secret was probably copied wrongly.",
    "whsec_ " + b64(KEY),
    "secret_malformed",
    key="text",
    schemes=["pivotal"],
)
secret(
    "secret-with-a-no-break-space-after-it-is-malformed",
    "Only ASCII white space is trimmed, and this is not base64.",
    SECRET + "\N{NO-BREAK SPACE}",
    "secret_malformed",
)
secret(
    "secret-in-quotes-is-malformed",
    "Quotes from a file of variables are not base64.",
    f'"{SECRET}"',
    "secret_malformed",
)
secret(
    "secret-with-its-variable-name-is-malformed",
    "A whole line from a file of variables is not base64.",
    f"PIVOTAL_WEBHOOK_SECRET={SECRET}",
    "secret_malformed",
)
for what, prefix in {
    "capitals": "WHSEC_",
    "title-case": "Whsec_",
    "mixed-case": "whSec_",
}.items():
    secret(
        f"secret-with-its-prefix-in-{what}-is-malformed",
        "The prefix is exactly whsec_.",
        prefix + b64(KEY),
        "secret_malformed",
        schemes=["pivotal"],
        key="text",
    )
secret(
    "secret-with-its-prefix-in-capitals-is-malformed-as-base64",
    "The prefix is exactly whsec_.",
    "WHSEC_" + b64(KEY),
    "secret_malformed",
)
secret(
    "secret-with-its-prefix-twice-is-malformed",
    "The prefix was put before a secret that already had one.",
    "whsec_" + SECRET,
    "secret_malformed",
    schemes=["pivotal"],
    key="text",
)
secret(
    "secret-with-its-prefix-twice-is-malformed-as-base64",
    "The prefix was put before a secret that already had one.",
    "whsec_" + SECRET,
    "secret_malformed",
)
secret(
    "secret-with-its-prefix-and-another-one-in-capitals-is-malformed",
    "The prefix was put before a secret that already had one.",
    "whsec_WHSEC_" + b64(KEY),
    "secret_malformed",
    schemes=["pivotal"],
    key="text",
)
secret(
    "secret-with-its-prefix-twice-and-nothing-else-is-malformed",
    "The second prefix is not a key.",
    "whsec_whsec_",
    "secret_malformed",
)
secret(
    "secret-of-an-asymmetric-scheme-is-malformed",
    "whpk_ says that it is a public key.",
    "whpk_" + b64(KEY),
    "secret_malformed",
)
secret(
    "secret-that-is-not-base64-is-malformed-where-svix-is-accepted",
    "svix needs a decoded key, and the help says how to name the schemes in use.",
    "this-is-a-text-secret",
    "secret_malformed",
    (),
)
secret(
    "secret-that-is-not-base64-is-accepted-where-svix-is-not",
    "pivotal takes the text as shown.",
    "this-is-a-text-secret",
    None,
    (),
    schemes=["pivotal"],
)
secret(
    "secret-that-is-not-base64-is-accepted-as-text",
    "With the option text, all characters are allowed.",
    "this-is-a-text-secret",
    None,
    (),
    key="text",
)
secret(
    "secret-that-is-not-base64-is-malformed-as-base64",
    "With the option base64, all schemes require base64.",
    "this-is-a-text-secret",
    "secret_malformed",
    (),
    schemes=["pivotal"],
    key="base64",
)
construct(
    "secret-that-is-not-base64-is-malformed-as-base64-for-pivot",
    "With the option base64, all schemes require base64.",
    pivot("this-is-a-text-secret", key="base64"),
    refused("secret_malformed"),
)
construct(
    "secret-with-a-prefix-that-is-not-base64-is-accepted-for-pivot",
    "Where the rest doesn't decode, the text is the only key.",
    pivot("whsec_this-is-a-text-secret"),
    OPENED,
    ["S8"],
)

MARKED_KEY = bytes.fromhex("fbefbefffeff") * 4  # its base64 is full of + and /
secret(
    "secret-with-plus-and-slash-is-accepted",
    "Both belong to the standard alphabet.",
    whsec(MARKED_KEY),
    None,
    (),
)
secret(
    "secret-in-the-url-safe-alphabet-is-malformed",
    "- and _ are another alphabet.",
    "whsec_" + b64(MARKED_KEY).replace("+", "-").replace("/", "_"),
    "secret_malformed",
    (),
)
secret(
    "secret-without-padding-is-accepted",
    "Padding is optional.",
    SECRET.rstrip("="),
    None,
    (),
)
secret(
    "secret-with-too-little-padding-is-malformed",
    "Padding must be complete if it is present.",
    "whsec_" + b64(KEY[:31])[:-1],
    "secret_malformed",
    (),
)
secret(
    "secret-with-too-much-padding-is-malformed",
    "Padding must be complete if it is present.",
    SECRET + "=",
    "secret_malformed",
    (),
)
secret(
    "secret-with-padding-where-none-belongs-is-malformed",
    "Padding must be complete if it is present.",
    whsec(KEY[:30]) + "=",
    "secret_malformed",
    (),
)
secret(
    "secret-with-a-group-of-padding-is-malformed",
    "Padding must be complete if it is present.",
    whsec(KEY[:30]) + "====",
    "secret_malformed",
    (),
)
secret(
    "secret-with-padding-inside-is-malformed",
    "Padding may only be at the end.",
    "whsec_" + b64(KEY[:16]) + b64(KEY[16:]),
    "secret_malformed",
    (),
)
secret(
    "secret-with-a-character-left-over-is-malformed",
    "One character of a group holds no whole byte.",
    "whsec_" + b64(KEY[:30]) + "A",
    "secret_malformed",
    (),
)
secret(
    "secret-with-last-bits-set-is-malformed",
    "The spare bits are zero.",
    whsec(KEY[:31] + b"\0")[:-2] + "B=",
    "secret_malformed",
    (),
)
secret(
    "secret-with-last-bits-set-and-no-padding-is-malformed",
    "The spare bits are zero.",
    whsec(KEY[:31] + b"\0")[:-2] + "B",
    "secret_malformed",
    (),
)
secret(
    "secret-with-a-letter-beyond-ascii-is-malformed",
    "Only ASCII is in the alphabet.",
    SECRET[:20] + "é" + SECRET[21:],
    "secret_malformed",
    (),
)
secret(
    "secret-of-16-signs-of-padding-is-malformed",
    "Padding alone encodes no bytes.",
    "whsec_" + "=" * 16,
    "secret_malformed",
    ("F10",),
)

# Keys

KEY_BYTES = hashlib.sha512(b"test key").digest() + hashlib.sha512(b"more of it").digest() + b"end"


def key_of(length):
    return KEY_BYTES[:length]


for length in (1, 8, 15):
    secret(
        f"key-of-{length}-bytes-is-weak",
        "At least 16 bytes.",
        whsec(key_of(length)),
        "secret_weak",
        ("F10", "F12"),
    )
for length in (16, 18, 24, 31, 32, 33, 63, 64, 65, 131):
    topic.verify_signature(
        f"key-of-{length}-bytes-is-accepted",
        "Keys around the hash's size and block, and beyond.",
        webhook=pivotal(whsec(key_of(length))),
        headers=svix(key=key_of(length)),
        expect=accepted_svix(),
        threats=["F12", "F10"],
    )
for length in (16, 63, 64, 65, 131):
    text = (KEY_BYTES.hex() + KEY_BYTES.hex())[:length]
    topic.verify_signature(
        f"key-of-{length}-characters-is-accepted-as-text",
        "Text keys around the hash's block, and beyond.",
        webhook=pivot(text),
        headers=pivot_delivery(key=text.encode()),
        body=PIVOT_BODY,
        expect=accepted_pivot(),
        threats=["F12"],
    )
for length in (16, 32, 64, 65, 128):
    secret(
        f"key-of-{length}-zero-bytes-is-weak",
        "A key of zero bytes is the empty key to HMAC, or nearly so.",
        whsec(bytes(length)),
        "secret_weak",
        ("F10",),
    )
secret(
    "key-of-15-zero-bytes-and-a-one-is-accepted",
    "Only all zero bytes are refused.",
    whsec(bytes(15) + b"\1"),
    None,
    ("F10",),
)
construct(
    "key-of-zero-bytes-is-weak-for-pivot-where-it-decodes",
    "The decoded key counts where there is one.",
    pivot(whsec(bytes(32))),
    refused("secret_weak"),
    ["F10"],
)
construct(
    "key-of-zero-bytes-is-text-for-pivot-without-a-prefix",
    "Without the prefix the text is the only key, and 44 letters are not zero.",
    pivot(b64(bytes(32))),
    OPENED,
    ["F10"],
)
topic.verify_signature(
    "key-with-a-zero-byte-appended-is-the-same-to-hmac",
    "HMAC fills keys up with zero bytes, so this is no forgery but the same key.",
    webhook=pivotal(whsec(KEY + b"\0")),
    headers=svix(key=KEY),
    expect=accepted_svix(),
    threats=["F11"],
)
topic.verify_signature(
    "key-longer-than-a-block-is-its-hash-to-hmac",
    "HMAC hashes long keys, so this is no forgery but the same key.",
    webhook=pivotal(whsec(key_of(96))),
    headers=svix(key=hashlib.sha256(key_of(96)).digest()),
    expect=accepted_svix(),
    threats=["F11"],
)
topic.verify_signature(
    "key-of-exactly-a-block-is-not-hashed",
    "Only keys longer than 64 bytes are hashed.",
    webhook=pivotal(whsec(key_of(64))),
    headers=svix(key=hashlib.sha256(key_of(64)).digest()),
    expect=mismatch(),
    threats=["F11"],
)

# Several secrets


def several(name, why, texts, code, threats=("S5",), **options):
    construct(
        name,
        why,
        pivotal(*texts, **options),
        refused(code) if code else OPENED,
        threats,
    )


NINE = [whsec(hashlib.sha256(bytes([number])).digest()) for number in range(9)]
several("secrets-two-are-accepted", "Rotation needs two.", [SECRET, OLD_SECRET], None)
several(
    "secrets-of-which-the-first-is-not-base64-and-the-second-is-weak",
    "The texts of all secrets are checked before a key is derived from one.",
    ["whsec_" + "[" * 44, "changeme"],
    "secret_weak",
)
several("secrets-eight-are-accepted", "At most 8 secrets.", NINE[:8], None, ("H7", "S5"))
several(
    "secrets-nine-are-too-many",
    "At most 8 secrets.",
    NINE,
    "config_invalid",
    ("H7", "S5"),
)
several(
    "secrets-that-are-equal-are-too-many-from-256-on",
    "A list of this length is a mistake of the program.",
    [SECRET] * 256,
    "config_invalid",
    ("H7", "S5"),
)
several(
    "secrets-that-are-equal-are-one",
    "Outside a rotation the variables of the old and the new secret may hold the same one.",
    [SECRET, SECRET],
    None,
    ("F11", "S5"),
)
several(
    "secrets-that-are-equal-but-for-the-prefix-are-refused",
    "Under svix both decode to the same key.",
    [SECRET, b64(KEY)],
    "config_invalid",
    ("F11", "S5"),
)
several(
    "secrets-that-are-equal-but-for-the-padding-are-refused",
    "Under svix both decode to the same key.",
    [SECRET, SECRET.rstrip("=")],
    "config_invalid",
    ("F11", "S5"),
)
several(
    "secrets-that-are-equal-but-for-white-space-are-one",
    "White space at the ends doesn't count.",
    [SECRET, SECRET + "\n"],
    None,
    ("F11", "S5"),
)
several(
    "secrets-that-differ-by-a-zero-byte-at-the-end-are-refused",
    "HMAC fills keys up with zero bytes.",
    [SECRET, whsec(KEY + b"\0")],
    "config_invalid",
    ("F11",),
)
several(
    "secrets-that-differ-by-32-zero-bytes-at-the-end-are-refused",
    "HMAC fills keys up with zero bytes.",
    [whsec(KEY + bytes(32)), SECRET],
    "config_invalid",
    ("F11",),
)
several(
    "secrets-that-differ-by-a-zero-byte-beyond-the-block-are-accepted",
    "65 bytes are hashed, so a zero byte after a full block counts.",
    [whsec(key_of(64)), whsec(key_of(64) + b"\0")],
    None,
    ("F11",),
)
several(
    "secrets-of-which-one-is-the-hash-of-the-other-are-refused",
    "HMAC hashes keys that are longer than a block.",
    [whsec(key_of(65)), whsec(hashlib.sha256(key_of(65)).digest())],
    "config_invalid",
    ("F11",),
)
several(
    "secrets-of-which-one-is-the-hash-of-a-short-other-are-accepted",
    "HMAC doesn't hash keys up to a block.",
    [whsec(key_of(64)), whsec(hashlib.sha256(key_of(64)).digest())],
    None,
    ("F11",),
)
several(
    "secrets-the-first-and-the-last-of-which-are-equal-are-one",
    "All pairs are compared, and eight different secrets are not too many.",
    NINE[:8] + NINE[:1],
    None,
    ("F11", "S5"),
)
several(
    "secrets-that-are-equal-but-for-the-prefix-are-accepted-as-text",
    "As texts they are two keys.",
    [SECRET, b64(KEY)],
    None,
    ("F11",),
    key="text",
)
several(
    "secrets-that-are-equal-but-for-the-prefix-are-accepted-where-svix-is-not",
    "The one has its text and its decoded form as keys, the other only its text, and no two "
    "of them are equal.",
    [SECRET, b64(KEY)],
    None,
    ("F11",),
    schemes=["pivotal"],
)
several(
    "secrets-of-which-one-is-empty-beside-an-equal-pair-are-refused",
    "An empty string is a variable without content, and never skipped.",
    [SECRET, SECRET, ""],
    "secret_empty",
    ("S1", "S5"),
)
construct(
    "secrets-that-are-equal-under-two-labels-are-refused",
    "Only one of the two labels could be reported.",
    {"endpoint": "pivotal", "secrets": secrets(new=SECRET, old=SECRET)},
    refused("config_invalid"),
    ["F11", "S5"],
)
topic.sign(
    "secrets-that-are-equal-sign-once",
    "Equal secrets are one, so there is one signature.",
    signed(v1(svix_mac())),
    webhook=pivotal(SECRET, SECRET),
    threats=["S5"],
)
topic.verify_signature(
    "secrets-that-are-equal-verify",
    "Equal secrets are one, and the other one is still tried.",
    headers=svix(key=OLD_KEY),
    expect=accepted_svix(),
    webhook=pivotal(SECRET, SECRET, OLD_SECRET),
    threats=["S5"],
)
construct(
    "secrets-that-are-equal-are-one-for-pivot",
    "Outside a rotation the variables of the old and the new secret may hold the same one.",
    pivot(PIVOT_SECRET, PIVOT_SECRET),
    OPENED,
    ["F11", "S5"],
)
construct(
    "secrets-whose-decoded-form-is-the-text-of-another-are-refused",
    "Every key of one secret is compared with every key of the other.",
    pivot(whsec(PIVOT_KEY), PIVOT_SECRET),
    refused("config_invalid"),
    ["F11"],
)

# Labels


def labelled(label):
    return {"endpoint": "pivotal", "secrets": [{"secret": SECRET, "label": label}]}


construct(
    "label-of-one-character-is-accepted",
    "1 to 64 characters.",
    labelled("a"),
    OPENED,
    ["S5"],
)
construct(
    "label-of-64-characters-is-accepted",
    "1 to 64 characters.",
    labelled("a" * 64),
    OPENED,
    ["S5"],
)
construct(
    "label-of-64-letters-beyond-ascii-is-accepted",
    "Characters are counted, and not bytes.",
    labelled("ü" * 64),
    OPENED,
    ["S5"],
)
refuses(
    "label-of-65-characters-is-refused",
    "1 to 64 characters.",
    labelled("a" * 65),
    "config_invalid",
    ["S5"],
)
refuses(
    "label-that-is-empty-is-refused",
    "1 to 64 characters.",
    labelled(""),
    "config_invalid",
    ["S5"],
)
