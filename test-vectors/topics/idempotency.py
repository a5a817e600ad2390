"""The idempotency key of an event, and the `source` of an endpoint that it begins with.

The digits of the keys were computed with `sha256sum`.
"""

import json

from builders import (
    AT,
    OLD_SECRET,
    OPENED,
    SECRET,
    Topic,
    b64,
    pivot,
    pivot_delivery,
    pivot_headers,
    pivot_mac,
    pivotal,
    pivotal_delivery,
    refused,
    secrets,
    svix,
    unwrapped,
    utf8,
)

topic = Topic(
    "idempotency",
    "The idempotency key names an event by the source of the endpoint and the event's id or body, "
    "and nothing else changes it.",
)

# The source

SOURCES = {
    "of-one-letter": "a",
    "of-one-digit": "7",
    "of-one-hyphen": "-",
    "of-one-underscore": "_",
    "of-every-kind-of-character": "eu-1_crm",
    "of-64-characters": "z" * 64,
    "that-is-the-name-of-a-sender": "pivot",
}
NO_SOURCES = {
    "that-is-empty": "",
    "of-65-characters": "z" * 65,
    "with-a-capital": "Crm",
    "with-a-colon": "crm:eu",
    "with-a-dot": "crm.eu",
    "with-a-slash": "crm/eu",
    "with-a-space": "crm eu",
    "with-a-space-after-it": "crm ",
    "with-a-line-feed-after-it": "crm\n",
    "with-a-carriage-return": "crm\reu",
    "with-a-nul": "crm\0",
    "with-an-asterisk": "crm*",
    "with-an-accent": "cr\u00e9m",
    "with-a-cyrillic-letter": "\u0441rm",
    "with-a-fullwidth-digit": "crm\uff11",
    "with-a-letter-beyond-16-bits": "crm\U0001d5ba",
}
for endpoint in (pivotal, pivot):
    sender = endpoint()["endpoint"]
    for what, name in SOURCES.items():
        topic.construct(
            f"source-{what}-is-taken-at-a-{sender}-endpoint",
            "A source has 1 to 64 of the characters a-z, 0-9, _ and -.",
            endpoint(source=name),
            OPENED,
            ["D2"],
        )
    for what, name in NO_SOURCES.items():
        topic.construct(
            f"source-{what}-is-refused-at-a-{sender}-endpoint",
            "A source has 1 to 64 of the characters a-z, 0-9, _ and -.",
            endpoint(source=name),
            refused("config_invalid"),
            ["D11"],
        )


# Pivotal's events, which have an id


def event(id, name="Ada"):
    members = {"id": id, "type": "task.completed", "data": {"object": {"name": name}}}
    return utf8(json.dumps(members, ensure_ascii=False))


FIRST = event("evt_1")
KEY_OF_FIRST = "pivotal_fc151bb927959bdc3bacb19b6b608607"


def names(name, why, key, id="evt_1", body=None, headers=None, threats=(), **rest):
    body = event(id) if body is None else body
    topic.unwrap(
        f"idempotency-key-{name}",
        why,
        svix(body) if headers is None else headers,
        unwrapped("task.completed", id=id, idempotency_key=key),
        body,
        threats=threats,
        **rest,
    )


names("begins-with-the-sender", "The source is the sender's name by default.", KEY_OF_FIRST)
names(
    "begins-with-the-source",
    "The option source replaces the sender's name.",
    "crm_fc151bb927959bdc3bacb19b6b608607",
    webhook=pivotal(source="crm"),
    threats=["D2"],
)
names(
    "has-another-source-for-another-endpoint",
    "Two endpoints with sources of their own never share a key.",
    "crm_eu_fc151bb927959bdc3bacb19b6b608607",
    webhook=pivotal(source="crm_eu"),
    threats=["D2"],
)
names(
    "of-a-source-that-ends-with-an-underscore",
    "The digits have a fixed length, so the source ends before the last underscore.",
    "crm__fc151bb927959bdc3bacb19b6b608607",
    webhook=pivotal(source="crm_"),
    threats=["D2"],
)
names(
    "of-a-source-of-64-characters",
    "The longest key has 97 characters.",
    "z" * 64 + "_fc151bb927959bdc3bacb19b6b608607",
    webhook=pivotal(source="z" * 64),
)

# What may differ between two deliveries of one event

names(
    "is-the-same-with-another-delivery-id",
    "A retry may have a delivery id of its own.",
    KEY_OF_FIRST,
    headers=svix(FIRST, id="msg_2"),
    threats=["D13"],
)
names(
    "is-the-same-when-it-is-signed-later",
    "A retry is signed again, with another timestamp.",
    KEY_OF_FIRST,
    headers=svix(FIRST, at=AT + 60),
    threats=["D13"],
)
names(
    "is-the-same-under-the-unbranded-headers",
    "The names of the headers are no part of the event.",
    KEY_OF_FIRST,
    headers=svix(FIRST, family="webhook"),
    threats=["D13"],
)
names(
    "is-the-same-in-the-pivotal-scheme",
    "The sender signs one event in either scheme.",
    KEY_OF_FIRST,
    headers=pivotal_delivery(FIRST),
    threats=["D13"],
)
names(
    "is-the-same-after-a-rotation",
    "The secret is no part of the event.",
    KEY_OF_FIRST,
    webhook=pivotal(OLD_SECRET, SECRET),
    threats=["D13"],
)
names(
    "is-the-same-under-a-label",
    "A label names a secret, not an event.",
    KEY_OF_FIRST,
    webhook={"endpoint": "pivotal", "secrets": secrets(current=SECRET)},
    threats=["D13"],
)
names(
    "is-the-same-with-another-record",
    "The id alone names an event that has one: a replay may be serialised again.",
    KEY_OF_FIRST,
    body=event("evt_1", name="Grace"),
    threats=["D13"],
)
names(
    "is-the-same-for-an-id-with-escapes",
    "Escapes are another spelling of the same id.",
    KEY_OF_FIRST,
    body=utf8('{"id":"\\u0065vt_1","type":"task.completed","data":{"object":{"name":"Ada"}}}'),
    threats=["D13"],
)
names(
    "is-not-changed-by-an-unsigned-delivery-id",
    "Anyone can write an unsigned header.",
    KEY_OF_FIRST,
    headers=[*pivotal_delivery(FIRST), ["pivotal-delivery-id", "msg_forged"]],
    threats=["D1"],
)
names(
    "is-not-changed-by-the-id-header-of-another-scheme",
    "The pivotal scheme signs no header named svix-id.",
    KEY_OF_FIRST,
    headers=[*pivotal_delivery(FIRST), ["svix-id", "evt_forged"], ["webhook-id", "evt_forged"]],
    threats=["D1"],
)
names(
    "is-not-changed-by-a-header-that-is-called-idempotency-key",
    "No header is read for the key.",
    KEY_OF_FIRST,
    headers=[*svix(FIRST), ["idempotency-key", "pivotal_00000000000000000000000000000000"]],
    threats=["D1"],
)

# Ids

PIVOT_BODY = utf8('{"event_type":"message_sent","data":{"message_id":"m1"}}')
for name, why, id, digits in [
    (
        "of-the-next-id-is-another",
        "Each event has a key of its own.",
        "evt_2",
        "30f1accbbff425786093f255c1e3f92f",
    ),
    (
        "of-an-id-in-capitals-is-another",
        "Ids have a letter case.",
        "EVT_1",
        "77fd218fd0499be4805c3fef35405aed",
    ),
    (
        "of-an-id-with-a-space-after-it-is-another",
        "Nothing is trimmed.",
        "evt_1 ",
        "01ee0d62a6d7052312fe439db709892b",
    ),
    (
        "of-an-id-with-a-nul-after-it-is-another",
        "Nothing is cut off.",
        "evt_1\0",
        "efba69504bd144f50b85c724b5453044",
    ),
    ("of-an-id-of-one-space", "A space is an id.", " ", "ab612e17c79937ff9d0e94f936221e3e"),
    (
        "of-an-id-of-digits",
        "An id is text, also if it looks like a number.",
        "1",
        "b7fe48acf1769095342dfda9e3fa9869",
    ),
    (
        "of-an-id-with-colons",
        "A colon separates nothing in a key.",
        "crm:evt:1",
        "8d02480dc91e5b505e4a14b368b400a4",
    ),
    (
        "of-an-id-with-line-feeds",
        "An id can't add a command.",
        "evt_1\r\nDEL crm\r\n",
        "2d4625e6ba4d584b894261816d34dfb3",
    ),
    (
        "of-an-id-that-is-a-pattern",
        "The key contains no pattern.",
        "*[a-z]?",
        "baaf90edc1c33f9b08fa31b3f61dd667",
    ),
    (
        "of-an-id-that-is-a-path",
        "The key contains no path.",
        "../../evt_1",
        "99792dcdeffbc4082ebc28b77915f06a",
    ),
    (
        "of-an-id-with-quotes",
        "The key contains no quotes.",
        "'; DROP TABLE events; --\"",
        "7f7887a889ae373342fba20a5b0b286c",
    ),
    (
        "of-an-id-beyond-ascii",
        "An id is hashed as UTF-8.",
        "\u00e9v\u00e9nement",
        "797c4e696deb045cfe967defe85ac270",
    ),
    (
        "of-an-id-beyond-ascii-in-another-form-is-another",
        "No Unicode form is changed into another.",
        "e\u0301ve\u0301nement",
        "5b36a5b05a610d03354b8d324da22a80",
    ),
    (
        "of-an-id-beyond-16-bits",
        "An id is hashed as UTF-8.",
        "\U0001f511",
        "5eeb837b473fbbbca316bd65ee23f281",
    ),
    (
        "of-an-id-that-is-a-key",
        "A key of a key is another key.",
        KEY_OF_FIRST,
        "c2081071474ff4651b0d84c7cd62b282",
    ),
    (
        "of-an-id-that-begins-like-a-body",
        "The word before the zero byte is not taken from the id.",
        "body\0{}",
        "46e62106a19daedfa312e0ebfa031eca",
    ),
    (
        "of-an-id-that-is-the-body-of-an-event-without-id",
        "An id never has the key of a body: another word is hashed before it.",
        PIVOT_BODY.decode(),
        "ccc81e2aad3c7d00d24f598381c90017",
    ),
    (
        "of-an-id-of-55-bytes",
        "With its prefix the id ends near a block.",
        "i" * 55,
        "932aa7884c331a7de5e96622eaa84cf2",
    ),
    (
        "of-an-id-of-61-bytes",
        "With its prefix the id fills a block.",
        "i" * 61,
        "4e09d97fd501d7b5c5aba80fa8be2e01",
    ),
    (
        "of-an-id-of-100000-characters",
        "A key has a fixed length.",
        "x" * 100_000,
        "9bb99470c5b498d389ede4f3145caf74",
    ),
]:
    names(name, why, f"pivotal_{digits}", id, threats=["D11"])

# Pivot's events, which have no id


def names_body(
    name,
    why,
    key,
    body=PIVOT_BODY,
    headers=None,
    webhook=None,
    threats=("D13",),
    extra=(),
    **rest,
):
    topic.unwrap(
        f"idempotency-key-{name}",
        why,
        pivot_delivery(body) if headers is None else headers,
        unwrapped("message_sent", object="data", extra=extra, idempotency_key=key),
        body,
        webhook or pivot(),
        threats=threats,
        **rest,
    )


KEY_OF_BODY = "pivot_36061bea9fbf991ebb922482a90f046e"
names_body("of-an-event-without-id-is-of-its-body", "The body names the event.", KEY_OF_BODY)
names_body(
    "of-an-event-without-id-begins-with-the-source",
    "The option source replaces the sender's name.",
    KEY_OF_BODY.replace("pivot_", "crm_"),
    webhook=pivot(source="crm"),
    threats=["D2"],
)
names(
    "of-an-id-that-is-a-body-with-the-same-source",
    "Two endpoints that share a source still don't mix ids and bodies.",
    "crm_ccc81e2aad3c7d00d24f598381c90017",
    PIVOT_BODY.decode(),
    webhook=pivotal(source="crm"),
    threats=["D2", "D11"],
)
names_body(
    "of-a-body-with-the-source-of-the-other-sender",
    "A source can be shared by endpoints of both senders.",
    KEY_OF_BODY.replace("pivot_", "pivotal_"),
    webhook=pivot(source="pivotal"),
    threats=["D2"],
)
names_body(
    "of-a-body-is-the-same-for-each-spelling-of-its-signature",
    "The signature is no part of the event.",
    KEY_OF_BODY,
    headers=pivot_headers("sha256=" + b64(pivot_mac(PIVOT_BODY))),
)
names_body(
    "of-a-body-is-the-same-a-year-later",
    "The receiver's time is no part of the event.",
    KEY_OF_BODY,
    now=AT + 365 * 24 * 3600,
)
names_body(
    "of-a-body-is-not-changed-by-an-unsigned-id",
    "Pivot signs no header.",
    KEY_OF_BODY,
    headers=[*pivot_delivery(PIVOT_BODY), ["svix-id", "evt_1"], ["pivotal-delivery-id", "evt_1"]],
    threats=["D1"],
)
names_body(
    "of-a-body-with-a-space-after-it-is-another",
    "The raw bytes are hashed, not the JSON that they contain.",
    "pivot_f9f522cd8bf23798a160b8c49fb3b653",
    PIVOT_BODY + b" ",
)
names_body(
    "of-a-body-with-a-member-called-id-is-of-its-body",
    "An id is no field of Pivot's envelope.",
    "pivot_1b1d5f8250a3c749a440cb737234c742",
    utf8('{"id":"evt_1","event_type":"message_sent","data":{"message_id":"m1"}}'),
    extra=["id"],
)
names_body(
    "of-a-body-beyond-ascii",
    "The raw bytes are hashed.",
    "pivot_4baa19ffd70c465ed07fa1398e360a20",
    utf8('{"event_type":"message_sent","data":{"text":"\u00e9\U0001f511"}}'),
)
