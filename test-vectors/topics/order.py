"""Cases with two faults: which of them is reported."""

import hashlib

from builders import (
    AT,
    BODY,
    PIVOT_BODY,
    PIVOT_MISMATCH,
    PIVOTAL_MISMATCH,
    SECRET,
    STRANGER_KEY,
    Topic,
    malformed,
    mismatch,
    pivot,
    pivot_delivery,
    pivotal,
    pivotal_delivery,
    pivotal_headers,
    refused,
    svix,
    svix_headers,
    svix_mac,
    unreadable,
    utf8,
    v1,
    whsec,
)

topic = Topic(
    "order",
    "The checks run in a fixed order: each case has two faults, and expects the one that is "
    "checked first.",
)


def check(name, why, headers, expect, body=BODY, webhook=None, now=AT, do=topic.verify):
    do(name, why, webhook=webhook, headers=headers, body=body, now=now, expect=expect)


TOO_OLD = refused("timestamp_too_old", skew=301, tolerance=300)
LARGE = utf8("{ }........")

check(
    "order-size-comes-before-headers",
    "The headers of a body that is too large are not read.",
    [],
    refused("payload_too_large"),
    LARGE,
    pivotal(max_body=10),
)
check(
    "order-size-comes-before-the-signature",
    "A body that is too large is never hashed.",
    svix(key=STRANGER_KEY),
    refused("payload_too_large"),
    LARGE,
    pivotal(max_body=10),
)
check(
    "order-missing-comes-before-repeated",
    "All headers are found before their values are read.",
    [["svix-signature", v1(svix_mac())], ["svix-id", "a"], ["svix-id", "b"]],
    refused("header_missing", header="svix-timestamp"),
)
check(
    "order-repeated-comes-before-grammar",
    "A header is one value before its grammar matters.",
    [*svix(id="msg.1"), ["svix-timestamp", "1"]],
    refused("header_duplicated", header="svix-timestamp"),
)
check(
    "order-repeated-in-the-used-family-comes-first",
    "The family in use is read before the other one.",
    [*svix(), ["svix-timestamp", "1"], *svix(family="webhook"), ["webhook-id", "a"]],
    refused("header_duplicated", header="svix-timestamp"),
)
check(
    "order-id-comes-before-timestamp",
    "Grammar is checked in the order id, timestamp, signature.",
    svix(id="msg.1", at="soon"),
    refused("header_malformed", header="svix-id"),
)
check(
    "order-timestamp-comes-before-the-list-of-signatures",
    "Grammar is checked in the order id, timestamp, signature.",
    svix_headers("v1,AAAA " * 33, at="soon"),
    refused("timestamp_malformed", header="svix-timestamp"),
)
check(
    "order-too-many-signatures-come-before-the-mac",
    "Grammar comes before the MAC.",
    svix_headers("v1,AAAA " * 33),
    refused("too_many_signatures", header="svix-signature"),
)
check(
    "order-grammar-comes-before-the-mac",
    "Grammar comes before the MAC.",
    svix(id="msg.1", key=STRANGER_KEY),
    refused("header_malformed", header="svix-id"),
)
check(
    "order-the-mac-comes-before-the-time",
    "timestamp_too_old always means authentic but old.",
    svix(key=STRANGER_KEY),
    mismatch(),
    now=AT + 301,
)
check(
    "order-the-mac-comes-before-the-time-ahead",
    "timestamp_too_new always means authentic but ahead.",
    svix(key=STRANGER_KEY),
    mismatch(),
    now=AT - 301,
)
check(
    "order-the-mac-comes-before-json",
    "The body of a delivery without a valid signature is not checked.",
    svix(key=STRANGER_KEY),
    mismatch(),
    utf8("{{{"),
)
check(
    "order-the-time-comes-before-json",
    "An old body is not parsed.",
    svix(utf8("{{{")),
    TOO_OLD,
    utf8("{{{"),
    now=AT + 301,
)
check(
    "order-in-pivotal-the-length-comes-before-the-version",
    "A header that is too long is not read.",
    pivotal_headers("x" * 8193),
    refused("too_many_signatures", header="pivotal-signature"),
)
check(
    "order-in-pivotal-the-second-timestamp-comes-before-the-missing-signature",
    "Malformed parts are reported before missing parts.",
    pivotal_headers(f"v1,t={AT},t={AT}"),
    refused("header_malformed", header="pivotal-signature"),
)
check(
    "order-in-pivotal-33-signatures-come-before-a-missing-timestamp",
    "Malformed parts are reported before missing parts.",
    pivotal_headers("v1" + ",sig=AAAA" * 33),
    refused("too_many_signatures", header="pivotal-signature"),
)
check(
    "order-in-pivotal-33-signatures-come-before-a-later-second-timestamp",
    "Faults are reported in the order of the header.",
    pivotal_headers(f"v1,t={AT}" + ",sig=AAAA" * 33 + f",t={AT}"),
    refused("too_many_signatures", header="pivotal-signature"),
)
check(
    "order-in-pivotal-a-second-timestamp-comes-before-later-33-signatures",
    "Faults are reported in the order of the header.",
    pivotal_headers(f"v1,t={AT},t={AT}" + ",sig=AAAA" * 33),
    refused("header_malformed", header="pivotal-signature"),
)
check(
    "order-in-pivotal-the-missing-signature-comes-before-the-timestamp",
    "The header is complete before its timestamp is read.",
    pivotal_headers("v1,t=soon"),
    refused("header_malformed", header="pivotal-signature"),
)
check(
    "order-in-pivotal-the-timestamp-comes-before-the-mac",
    "Grammar comes before the MAC.",
    pivotal_headers("v1,t=soon,sig="),
    refused("timestamp_malformed", header="pivotal-signature"),
)
check(
    "order-in-pivotal-the-mac-comes-before-the-time",
    "timestamp_too_old always means authentic but old.",
    pivotal_delivery(key=STRANGER_KEY),
    PIVOTAL_MISMATCH,
    now=AT + 301,
)
check(
    "order-in-pivotal-the-time-comes-before-json",
    "An old body is not parsed.",
    pivotal_delivery(utf8("[]")),
    TOO_OLD,
    utf8("[]"),
    now=AT + 301,
)
check(
    "order-in-pivot-the-mac-comes-before-json",
    "The body of a delivery without a valid signature is not checked.",
    pivot_delivery(utf8("{{{"), STRANGER_KEY),
    PIVOT_MISMATCH,
    utf8("{{{"),
    pivot(),
)
check(
    "order-in-pivot-the-mac-comes-before-the-age",
    "timestamp_too_old always means authentic but old.",
    pivot_delivery(key=STRANGER_KEY),
    PIVOT_MISMATCH,
    PIVOT_BODY,
    pivot(max_event_age=60),
    now=AT + 61,
)
check(
    "order-in-pivot-json-comes-before-the-age",
    "The age is read from a body that can be read.",
    pivot_delivery(utf8("[]")),
    unreadable("not_an_object"),
    utf8("[]"),
    pivot(max_event_age=60),
)

# The envelope


def unwrap(name, why, headers, expect, body, webhook=None, now=AT):
    check(
        f"order-in-unwrap-{name}",
        why,
        headers,
        expect,
        utf8(body),
        webhook,
        now,
        topic.unwrap,
    )


def faults(name, why, body, path, reason):
    unwrap(name, why, svix(utf8(body)), malformed(path, reason), body)


def pivot_faults(name, why, body, path, reason):
    unwrap(
        f"in-pivot-{name}",
        why,
        pivot_delivery(utf8(body)),
        malformed(path, reason),
        body,
        pivot(),
    )


EVENT = '{"id":"evt_1","type":"customer.at_risk","data":{}}'
NO_EVENT = '{"id":"","type":"customer.at_risk","data":{}}'
TWICE = '{"id":"","type":"customer.at_risk","data":{},"data":{}}'
OTHER_TYPE = [["pivotal-event", "webhook.ping"]]
NO_PIVOT_EVENT = '{"event_type":"","timestamp":"2025-06-15T15:06:40Z","data":{}}'

unwrap(
    "size-comes-before-the-envelope",
    "A body that is too large is not read.",
    svix(utf8(NO_EVENT)),
    refused("payload_too_large"),
    NO_EVENT,
    pivotal(max_body=10),
)
unwrap(
    "the-mac-comes-before-the-envelope",
    "The body of a delivery without a valid signature is not checked.",
    svix(utf8(NO_EVENT), key=STRANGER_KEY),
    mismatch(),
    NO_EVENT,
)
unwrap(
    "the-mac-comes-before-the-empty-body",
    "The body of a delivery without a valid signature is not checked.",
    svix(utf8(""), key=STRANGER_KEY),
    mismatch(),
    "",
)
unwrap(
    "the-time-comes-before-the-envelope",
    "An old body is not read.",
    svix(utf8(NO_EVENT)),
    TOO_OLD,
    NO_EVENT,
    now=AT + 301,
)
unwrap(
    "the-time-comes-before-the-empty-body",
    "An old body is not read.",
    svix(utf8("")),
    TOO_OLD,
    "",
    now=AT + 301,
)
unwrap(
    "syntax-comes-before-the-envelope",
    "The whole body is validated before any field is read.",
    svix(utf8(NO_EVENT + ",")),
    unreadable("syntax"),
    NO_EVENT + ",",
)
unwrap(
    "a-repeated-key-comes-before-the-envelope",
    "The whole body is validated before any field is read.",
    svix(utf8(TWICE)),
    unreadable("duplicate_key"),
    TWICE,
)
TWICE_AND_CUT = TWICE[:-1]
unwrap(
    "syntax-comes-before-a-repeated-key",
    "The keys of an object are compared when it has ended.",
    svix(utf8(TWICE_AND_CUT)),
    unreadable("syntax"),
    TWICE_AND_CUT,
)
unwrap(
    "a-repeated-key-comes-before-what-follows-the-object",
    "The keys of an object are compared when it has ended.",
    svix(utf8(TWICE + ",")),
    unreadable("duplicate_key"),
    TWICE + ",",
)
NO_NUMBER = '{"n":' + "9" * 400 + ".}"
unwrap(
    "syntax-comes-before-the-range-of-a-number",
    "Only a whole number has a range.",
    svix(utf8(NO_NUMBER)),
    unreadable("syntax"),
    NO_NUMBER,
)
unwrap(
    "the-mac-comes-before-the-unsigned-type",
    "The body of a delivery without a valid signature is not checked.",
    pivotal_delivery(utf8(EVENT), key=STRANGER_KEY) + OTHER_TYPE,
    PIVOTAL_MISMATCH,
    EVENT,
)
unwrap(
    "the-time-comes-before-the-unsigned-type",
    "An old body is not read.",
    pivotal_delivery(utf8(EVENT)) + OTHER_TYPE,
    TOO_OLD,
    EVENT,
    now=AT + 301,
)
unwrap(
    "json-comes-before-the-unsigned-type",
    "The outermost value must be an object before its type is read.",
    pivotal_delivery(utf8("[]")) + OTHER_TYPE,
    unreadable("not_an_object"),
    "[]",
)
unwrap(
    "the-envelope-comes-before-the-unsigned-type",
    "Only the type of a valid event is compared with the header.",
    pivotal_delivery(utf8(NO_EVENT)) + OTHER_TYPE,
    malformed("id", "empty"),
    NO_EVENT,
)
for what, data, path, reason in [
    ("data-come", "null", "data", "missing"),
    ("the-record-comes", '{"object":{},"object":{}}', "data.object", "duplicated"),
    (
        "prior-values-come",
        '{"previous_attributes":[]}',
        "data.previous_attributes",
        "wrong_type",
    ),
]:
    body = f'{{"id":"evt_1","type":"customer.at_risk","data":{data}}}'
    unwrap(
        f"{what}-before-the-unsigned-type",
        "Only the type of a valid event is compared with the header.",
        pivotal_delivery(utf8(body)) + OTHER_TYPE,
        malformed(path, reason),
        body,
    )

# Each body has its later field first: fields are read in their own order.

faults(
    "id-comes-before-type",
    "Fields are read in their order.",
    '{"type":7,"id":"","data":{}}',
    "id",
    "empty",
)
faults(
    "type-comes-before-created-at",
    "Fields are read in their order.",
    '{"created_at":7,"id":"evt_1","data":{}}',
    "type",
    "missing",
)
faults(
    "created-at-comes-before-org-id",
    "Fields are read in their order.",
    '{"org_id":7,"created_at":"now","id":"evt_1","type":"a","data":{}}',
    "created_at",
    "not_rfc3339",
)
faults(
    "another-name-of-created-at-comes-before-org-id",
    "The order of the checks does not depend on the name of a field.",
    '{"org_id":7,"timestamp":7,"id":"evt_1","type":"a","data":{}}',
    "timestamp",
    "wrong_type",
)
faults(
    "org-id-comes-before-livemode",
    "Fields are read in their order.",
    '{"livemode":7,"org_id":7,"id":"evt_1","type":"a","data":{}}',
    "org_id",
    "wrong_type",
)
faults(
    "livemode-comes-before-api-version",
    "Fields are read in their order.",
    '{"api_version":7,"livemode":7,"id":"evt_1","type":"a","data":{}}',
    "livemode",
    "wrong_type",
)
faults(
    "api-version-comes-before-data",
    "Fields are read in their order.",
    '{"data":7,"api_version":7,"id":"evt_1","type":"a"}',
    "api_version",
    "wrong_type",
)
faults(
    "api-version-comes-before-what-is-in-data",
    "The envelope is read before the objects in it.",
    '{"data":{"object":{},"object":{}},"api_version":7,"id":"evt_1","type":"a"}',
    "api_version",
    "wrong_type",
)
faults(
    "a-repeated-record-comes-before-repeated-prior-values",
    "The record is read first.",
    '{"id":"evt_1","type":"a","data":{"previous_attributes":{},"previous_attributes":{},'
    '"object":{},"object":{}}}',
    "data.object",
    "duplicated",
)
faults(
    "a-repeated-record-comes-before-prior-values-of-a-wrong-type",
    "The record is read first.",
    '{"id":"evt_1","type":"a","data":{"previous_attributes":7,"object":{},"object":{}}}',
    "data.object",
    "duplicated",
)
faults(
    "repeated-prior-values-come-before-their-type",
    "A key is counted before its value is looked at.",
    '{"id":"evt_1","type":"a","data":{"previous_attributes":7,"previous_attributes":7}}',
    "data.previous_attributes",
    "duplicated",
)
pivot_faults(
    "event-type-comes-before-subject",
    "Fields are read in their order.",
    '{"subject":7,"eventType":7,"data":{}}',
    "eventType",
    "wrong_type",
)
pivot_faults(
    "subject-comes-before-timestamp",
    "Fields are read in their order.",
    '{"timestamp":7,"subject":7,"event_type":"a","data":{}}',
    "subject",
    "wrong_type",
)
pivot_faults(
    "what-is-in-a-subject-comes-before-timestamp",
    "The members of a subject are read together with the subject.",
    '{"timestamp":7,"subject":{"type":"room","id":""},"event_type":"a","data":{}}',
    "subject.id",
    "empty",
)
pivot_faults(
    "the-type-of-a-subject-comes-before-its-id",
    "Fields are read in their order.",
    '{"subject":{"id":7,"type":""},"event_type":"a","data":{}}',
    "subject.type",
    "empty",
)
pivot_faults(
    "the-missing-type-of-a-subject-comes-before-its-repeated-id",
    "Fields are read in their order.",
    '{"subject":{"id":"r1","id":"r2"},"event_type":"a","data":{}}',
    "subject.type",
    "missing",
)
pivot_faults(
    "the-repeated-type-of-a-subject-comes-before-its-kind",
    "A key is counted before its value is looked at.",
    '{"subject":{"id":"r1","type":7,"type":7},"event_type":"a","data":{}}',
    "subject.type",
    "duplicated",
)
pivot_faults(
    "timestamp-comes-before-organization-id",
    "Fields are read in their order.",
    '{"organization_id":7,"timestamp":"now","event_type":"a","data":{}}',
    "timestamp",
    "not_rfc3339",
)
pivot_faults(
    "organization-id-comes-before-space-id",
    "Fields are read in their order.",
    '{"space_id":7,"organizationId":7,"event_type":"a","data":{}}',
    "organizationId",
    "wrong_type",
)
pivot_faults(
    "space-id-comes-before-data",
    "Fields are read in their order.",
    '{"data":null,"spaceId":7,"event_type":"a"}',
    "spaceId",
    "wrong_type",
)
unwrap(
    "in-pivot-the-mac-comes-before-the-envelope",
    "The body of a delivery without a valid signature is not checked.",
    pivot_delivery(utf8(NO_PIVOT_EVENT), STRANGER_KEY),
    PIVOT_MISMATCH,
    NO_PIVOT_EVENT,
    pivot(),
)
unwrap(
    "in-pivot-the-age-comes-before-the-envelope",
    "An old event is not read.",
    pivot_delivery(utf8(NO_PIVOT_EVENT)),
    refused("timestamp_too_old", skew=61, tolerance=60),
    NO_PIVOT_EVENT,
    pivot(max_event_age=60),
    AT + 61,
)
unwrap(
    "in-pivot-the-missing-age-comes-before-the-envelope",
    "A missing time is reported before other missing fields.",
    pivot_delivery(utf8("{}")),
    unreadable("timestamp"),
    "{}",
    pivot(max_event_age=60),
)

# Construction


def construct(name, why, webhook, code):
    topic.construct(name, why, webhook, refused(code))


EIGHT = [whsec(hashlib.sha256(bytes([number])).digest()) for number in range(8)]
construct(
    "order-options-come-before-secrets",
    "Options are checked first.",
    pivotal("", tolerance=-1),
    "config_invalid",
)
construct(
    "order-options-come-before-an-empty-list-of-secrets",
    "Options are checked first.",
    {"endpoint": "pivotal", "secrets": [], "schemes": []},
    "config_invalid",
)
construct(
    "order-the-source-comes-before-secrets",
    "Options are checked first.",
    pivotal("", source=""),
    "config_invalid",
)
construct(
    "order-the-number-of-secrets-comes-before-the-secrets",
    "The number of secrets is checked before the secrets.",
    pivotal("", *EIGHT),
    "config_invalid",
)
construct(
    "order-labels-come-before-secrets",
    "Labels are checked before any secret is read.",
    {"endpoint": "pivotal", "secrets": [{"secret": "", "label": ""}]},
    "config_invalid",
)
construct(
    "order-the-first-bad-secret-speaks-empty",
    "Secrets are read in their order.",
    pivotal("", "WHSEC_AAAA"),
    "secret_empty",
)
construct(
    "order-the-first-bad-secret-speaks-malformed",
    "Secrets are read in their order.",
    pivotal("WHSEC_AAAA", ""),
    "secret_malformed",
)
construct(
    "order-a-bad-secret-comes-before-equal-ones",
    "Every secret is read before any two are compared.",
    pivotal(SECRET, SECRET, "changeme"),
    "secret_weak",
)
construct(
    "order-the-shape-of-a-secret-comes-before-its-length",
    "White space in a secret is reported before its length.",
    pivotal("a b"),
    "secret_malformed",
)
construct(
    "order-the-length-of-a-secret-comes-before-its-alphabet",
    "The length of the text is checked before it is decoded.",
    pivotal("-"),
    "secret_weak",
)
