"""Deliveries to which no known accident happened: the honest answer is an empty list."""

from builders import (
    AT,
    ID,
    OLD_KEY,
    OLD_SECRET,
    SECRET,
    STRANGER_KEY,
    STRANGER_SECRET,
    b64,
    pivotal,
)

from accidents.delivery import (
    CUSTOMER_BODY,
    MESSAGE_BODY,
    TASK_BODY,
    Accidents,
    by_pivot,
    by_pivotal,
    by_svix,
)

topic = Accidents(
    "none", "No known accident fits: forgeries, and causes that only the sender knows."
)

SVIX = by_svix()
PIVOTAL = by_pivotal()
PIVOT = by_pivot()


def add(what, why, received, **given):
    topic.add(f"none-{what}", why, [], received, **given)


add("stranger-signs-svix", "Somebody else signed it.", by_svix(key=STRANGER_KEY))
add("stranger-signs-pivotal", "Somebody else signed it.", by_pivotal(key=STRANGER_KEY))
add("stranger-signs-pivot", "Somebody else signed it.", by_pivot(key=STRANGER_KEY))
add(
    "secret-that-nobody-gave",
    "The other secrets are known, and none of them signed it.",
    by_svix(key=STRANGER_KEY),
    other_secrets=[OLD_SECRET],
    previous_secrets=[OLD_SECRET],
)
add(
    "tampered-name",
    "The content was changed.",
    SVIX.but(body=CUSTOMER_BODY.replace(b"Acme", b"Evil")),
)
add(
    "tampered-number",
    "The content was changed.",
    SVIX.but(body=CUSTOMER_BODY.replace(b'"health_score":38', b'"health_score":83')),
)
add(
    "tampered-pivot",
    "The content was changed.",
    PIVOT.but(body=MESSAGE_BODY.replace(b"SENT", b"SEND")),
)
add(
    "added-member", "The content was changed.", PIVOTAL.but(body=TASK_BODY[:-1] + b',"admin":true}')
)
add(
    "body-of-another-delivery",
    "The bodies of two deliveries were exchanged.",
    SVIX.but(body=TASK_BODY),
)
add(
    "id-of-another-delivery",
    "The id is signed.",
    SVIX.valued(lambda value: "msg_2" if value == ID else value),
)
add(
    "timestamp-moved-by-an-hour",
    "The time is signed, and nobody logs an hour late.",
    SVIX.valued(lambda value: str(AT + 3600) if value == str(AT) else value),
)
add(
    "timestamp-moved-back",
    "A log is never written before the delivery is signed.",
    SVIX.valued(lambda value: str(AT - 5) if value == str(AT) else value),
)
add(
    "signature-with-one-bit-changed",
    "A signature is right or wrong.",
    SVIX.valued(
        lambda value: value.replace(value[3:6], "AAA") if value.startswith("v1,") else value
    ),
)
add(
    "signature-cut-short",
    "A part of a signature proves nothing.",
    SVIX.valued(lambda value: value[:-8] if value.startswith("v1,") else value),
)
add(
    "signature-of-another-version",
    "The only signature has a version that is not read.",
    SVIX.valued(lambda value: f"v1a,{value[3:]}" if value.startswith("v1,") else value),
)
add(
    "signature-of-zeros",
    "A forger sends what costs nothing.",
    PIVOT.but(headers=[["x-pivot-signature", "0" * 64]]),
)
add(
    "malformed-pivot-signature",
    "The header has another form.",
    PIVOT.but(headers=[["x-pivot-signature", "sha1=1234"]]),
)
add(
    "malformed-pivotal-signature",
    "The header has another version.",
    PIVOTAL.but(headers=[["pivotal-signature", f"v2,t={AT},sig={b64(OLD_KEY)}"]]),
)
add(
    "two-secrets-and-a-stranger",
    "Both secrets of a rotation are tried.",
    by_svix(key=STRANGER_KEY).but(webhook=pivotal(SECRET, OLD_SECRET)),
)
add("body-beyond-the-limit", "Nothing is hashed.", SVIX.secret(SECRET, max_body=100))
add(
    "binary-body",
    "The bytes are no text, and nothing says that they are compressed.",
    SVIX.but(body=b"\x00\x01\x02\xff\xfe binary"),
)
add("words-for-a-body", "The body is no JSON.", PIVOTAL.but(body=b"hello, world"))
add(
    "cut-at-no-round-length",
    "A body without an end may be cut, and nothing shows where.",
    SVIX.but(body=CUSTOMER_BODY[:77]),
)
add(
    "forged-rotation",
    "Two signatures, neither of them by a known secret.",
    by_svix(key=STRANGER_KEY).valued(
        lambda value: f"{value} v1,{b64(OLD_KEY)}" if value.startswith("v1,") else value
    ),
    other_secrets=[OLD_SECRET],
)
add(
    "genuine-delivery",
    "Nothing is wrong.",
    SVIX,
)
add(
    "genuine-delivery-of-another-secret-of-the-endpoint",
    "Nothing is wrong: both secrets are configured.",
    by_svix(key=STRANGER_KEY).but(webhook=pivotal(SECRET, STRANGER_SECRET)),
)
