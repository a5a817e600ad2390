"""Where two things are wrong at once: which one is said."""

import hashlib

from telling import (
    AT,
    BODY,
    PIVOT_BODY,
    PIVOT_MISMATCH,
    PIVOTAL_MISMATCH,
    SECRET,
    STRANGER_KEY,
    Topic,
    join,
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
    times,
    unreadable,
    utf8,
    v1,
    whsec,
)

topic = Topic(
    "order",
    "The order of work, shown by cases with two faults: size, scheme, headers, grammar, MAC, "
    "time, JSON; and, before all that, options and secrets.",
)


def check(name, why, headers, expect, body=BODY, webhook=None, now=AT, do=topic.verify):
    do(name, why, webhook=webhook, headers=headers, body=body, now=now, expect=expect)


TOO_OLD = refused("timestamp_too_old", skew=301, tolerance=300)
LARGE = utf8("{ }........")

check(
    "order-size-comes-before-headers",
    "A body that is too large is not even looked for headers.",
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
    [*svix(), ["svix-signature", "v1"], *svix(family="webhook"), ["webhook-id", "a"]],
    refused("header_duplicated", header="svix-signature"),
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
    svix_headers(times("v1,AAAA ", 33), at="soon"),
    refused("timestamp_malformed", header="svix-timestamp"),
)
check(
    "order-too-many-signatures-come-before-the-mac",
    "Grammar comes before the MAC.",
    svix_headers(times("v1,AAAA ", 33)),
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
    "Nothing is said about a body that nobody signed.",
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
    pivotal_headers(times("x", 8193)),
    refused("too_many_signatures", header="pivotal-signature"),
)
check(
    "order-in-pivotal-the-second-timestamp-comes-before-the-missing-signature",
    "Faults met while reading come before what is missing at the end.",
    pivotal_headers(f"v1,t={AT},t={AT}"),
    refused("header_malformed", header="pivotal-signature"),
)
check(
    "order-in-pivotal-33-signatures-come-before-a-missing-timestamp",
    "Faults met while reading come before what is missing at the end.",
    pivotal_headers(join("v1", times(",sig=AAAA", 33))),
    refused("too_many_signatures", header="pivotal-signature"),
)
check(
    "order-in-pivotal-33-signatures-come-before-a-later-second-timestamp",
    "Faults come in the order in which they stand.",
    pivotal_headers(join(f"v1,t={AT}", times(",sig=AAAA", 33), f",t={AT}")),
    refused("too_many_signatures", header="pivotal-signature"),
)
check(
    "order-in-pivotal-a-second-timestamp-comes-before-later-33-signatures",
    "Faults come in the order in which they stand.",
    pivotal_headers(join(f"v1,t={AT},t={AT}", times(",sig=AAAA", 33))),
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
    "Nothing is said about a body that nobody signed.",
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
    "order-the-number-of-secrets-comes-before-the-secrets",
    "Nine secrets are too many, whatever they are.",
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
    "White space inside says more than shortness.",
    pivotal("a b"),
    "secret_malformed",
)
construct(
    "order-the-length-of-a-secret-comes-before-its-alphabet",
    "Shortness is said before anything is decoded.",
    pivotal("-"),
    "secret_weak",
)
