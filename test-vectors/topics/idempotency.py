"""The name of an event in a store of handled events."""

import json

from builders import (
    AT,
    OPENED,
    Topic,
    pivot,
    pivot_delivery,
    pivotal,
    pivotal_delivery,
    refused,
    svix,
    unwrapped,
    utf8,
)

topic = Topic(
    "idempotency",
    "The idempotency key of an event: made of the endpoint's source and the verified id, or the "
    "verified body where the sender has no ids.",
)


def body_of(id):
    return utf8(json.dumps({"id": id, "type": "customer.at_risk", "data": {}}))


def named(id, key, **facts):
    """An event of Pivotal with this id and this key."""
    return unwrapped("customer.at_risk", id=id, idempotency_key=key, object="data", **facts)


# echo -n 'id@evt_1' | tr '@' '\0' | sha256sum
KEY = "fc151bb927959bdc3bacb19b6b608607"
BODY = body_of("evt_1")

topic.unwrap(
    "idempotency-key-is-made-of-the-sender-and-the-id",
    "The source is the sender's name by default.",
    svix(BODY),
    named("evt_1", f"pivotal_{KEY}"),
    BODY,
    threats=["D13"],
)
topic.unwrap(
    "idempotency-key-of-a-replay-is-the-same",
    "A replay has another delivery id, and another time.",
    svix(BODY, id="msg_replayed", at=AT + 86400),
    named("evt_1", f"pivotal_{KEY}"),
    BODY,
    now=AT + 86400,
    threats=["D13"],
)
topic.unwrap(
    "idempotency-key-is-the-same-in-every-scheme",
    "The header scheme says nothing about the event.",
    pivotal_delivery(BODY),
    named("evt_1", f"pivotal_{KEY}"),
    BODY,
    threats=["D13"],
)
topic.unwrap(
    "idempotency-key-does-not-depend-on-an-unsigned-id",
    "Anyone can set the unsigned delivery id.",
    [*pivotal_delivery(BODY), ["pivotal-delivery-id", "evt_2"]],
    named("evt_1", f"pivotal_{KEY}"),
    BODY,
    threats=["D1", "D13"],
)
topic.unwrap(
    "idempotency-key-does-not-depend-on-the-rest-of-the-body",
    "The same event may be written in another way.",
    svix(BODY + b" "),
    named("evt_1", f"pivotal_{KEY}"),
    BODY + b" ",
    threats=["D13"],
)
topic.unwrap(
    "idempotency-key-has-the-source-of-the-endpoint",
    "Endpoints that share a store have sources of their own.",
    svix(BODY),
    named("evt_1", f"crm-eu_1_{KEY}"),
    BODY,
    pivotal(source="crm-eu_1"),
    threats=["D2"],
)
topic.unwrap(
    "idempotency-key-of-an-escaped-id-is-that-of-the-id",
    "JSON can write one id in several ways.",
    svix(utf8('{"id":"\\u0065vt_1","type":"customer.at_risk","data":{}}')),
    named("evt_1", f"pivotal_{KEY}"),
    utf8('{"id":"\\u0065vt_1","type":"customer.at_risk","data":{}}'),
    threats=["D13"],
)
for name, id in [
    ("a-colon", "a:b"),
    ("a-line-feed", "a\r\nSET key value"),
    ("a-nul", "a\0b"),
    ("a-wildcard", "*"),
    ("a-path", "../../a"),
    ("letters-beyond-ascii", "événement-\U0001f514"),
    ("4096-characters", "x" * 4096),
]:
    topic.unwrap(
        f"idempotency-key-of-an-id-with-{name}-is-hex-digits",
        "No id reaches another key, or a command of the store.",
        svix(body_of(id)),
        named(id, None),
        body_of(id),
        threats=["D11"],
    )

# Pivot's events have no id.

MESSAGE = utf8('{"event_type":"message_edited","data":{}}')
# { printf 'body\0'; printf '{"event_type":"message_edited","data":{}}'; } | sha256sum
MESSAGE_KEY = "0d553bdd8b70f6f84d98819d904d76df"


def message(key=None, **facts):
    return unwrapped("message_edited", object="data", idempotency_key=key, **facts)


topic.unwrap(
    "idempotency-key-of-pivot-is-made-of-the-body",
    "Pivot sends no id; the same body is the same event.",
    pivot_delivery(MESSAGE),
    message(f"pivot_{MESSAGE_KEY}"),
    MESSAGE,
    pivot(),
    threats=["D13"],
)
topic.unwrap(
    "idempotency-key-of-pivot-has-the-source-too",
    "Endpoints that share a store have sources of their own.",
    pivot_delivery(MESSAGE),
    message(f"chat_{MESSAGE_KEY}"),
    MESSAGE,
    pivot(source="chat"),
    threats=["D2"],
)
topic.unwrap(
    "idempotency-key-of-another-body-of-pivot-is-another",
    "One byte more is another event.",
    pivot_delivery(MESSAGE + b" "),
    message(),
    MESSAGE + b" ",
    pivot(),
    threats=["D13"],
)
topic.unwrap(
    "idempotency-key-of-pivot-ignores-a-member-named-id",
    "Pivot documents no id, so that a member of this name is not one.",
    pivot_delivery(utf8('{"id":"evt_1","event_type":"message_edited","data":{}}')),
    message(extra=["id"]),
    utf8('{"id":"evt_1","event_type":"message_edited","data":{}}'),
    pivot(),
    threats=["D13"],
)

# Sources

for name, source in [
    ("one-letter", "a"),
    ("every-kind-of-character", "crm-eu_1"),
    ("64-characters", "z" * 64),
]:
    for endpoint, make in [("pivotal", pivotal), ("pivot", pivot)]:
        topic.construct(
            f"idempotency-source-of-{name}-for-{endpoint}",
            "1 to 64 of the characters a-z, 0-9, _ and -.",
            make(source=source),
            OPENED,
            ["D2"],
        )
for name, source in [
    ("an-empty-text", ""),
    ("65-characters", "z" * 65),
    ("a-capital-letter", "Crm"),
    ("a-colon", "crm:eu"),
    ("a-space", "crm eu"),
    ("a-dot", "crm.eu"),
    ("a-line-feed-at-the-end", "crm\n"),
    ("a-letter-beyond-ascii", "crm-é"),
    ("a-full-width-digit", "crm-\uff11"),
]:
    for endpoint, make in [("pivotal", pivotal), ("pivot", pivot)]:
        topic.construct(
            f"idempotency-refuses-a-source-of-{name}-for-{endpoint}",
            "A source is a part of job ids and keys, where these characters have meanings.",
            make(source=source),
            refused("config_invalid"),
            ["D11"],
        )
