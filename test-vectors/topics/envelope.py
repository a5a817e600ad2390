"""Cases of `unwrap` with authentic bodies: the envelope, the record, and other members."""

from builders import (
    AT,
    PIVOT_MISMATCH,
    PIVOTAL_MISMATCH,
    STRANGER_KEY,
    STRANGER_SECRET,
    TYPE_MISMATCH,
    Topic,
    malformed,
    mismatch,
    pivot,
    pivot_delivery,
    pivotal,
    pivotal_delivery,
    refused,
    svix,
    unreadable,
    unwrapped,
    utf8,
)

topic = Topic(
    "envelope",
    "unwrap reads the envelope of an event: fields under each of their names, missing fields, "
    "wrong types, the record, and unknown members.",
)

# Two ordinary events: each member's name and value as they stand in the body.

NOW = "2025-06-15T15:06:40Z"  # AT
PIVOTAL = {
    "id": '"evt_1"',
    "type": '"customer.at_risk"',
    "created_at": f'"{NOW}"',
    "org_id": '"org_1"',
    "livemode": "true",
    "api_version": '"v1"',
    "data": '{"object":{"id":"cus_1"}}',
}
PIVOTAL_FACTS = {
    "type": "customer.at_risk",
    "id": "evt_1",
    "created_at": NOW,
    "created_at_micros": AT * 1_000_000,
    "org_id": "org_1",
    "livemode": True,
    "api_version": "v1",
}
PIVOT = {
    "event_type": '"message_sent"',
    "subject": '{"type":"room","id":"r1"}',
    "timestamp": f'"{NOW}"',
    "organization_id": '"o1"',
    "space_id": '"s1"',
    "data": '{"message_id":"m1"}',
}
PIVOT_FACTS = {
    "type": "message_sent",
    "created_at": NOW,
    "created_at_micros": AT * 1_000_000,
    "org_id": "o1",
    "space_id": "s1",
    "subject": {"type": "room", "id": "r1"},
    "object": "data",
}


def text_of(members):
    return "{" + ",".join(f'"{name}":{value}' for name, value in members.items()) + "}"


def encoded(body):
    """The bytes of a body that is given as its members, as its text, or as bytes."""
    if isinstance(body, bytes):
        return body
    return utf8(body if isinstance(body, str) else text_of(body))


def without(members, *names):
    return {name: value for name, value in members.items() if name not in names}


def with_data(*pieces):
    """The ordinary event of Pivotal around long data."""
    return utf8(text_of(without(PIVOTAL, "data"))[:-1] + ',"data":' + "".join(pieces) + "}")


def unwrap(name, why, body, expect, threats=()):
    body = encoded(body)
    topic.unwrap(name, why, headers=svix(body), body=body, expect=expect, threats=threats)


def unwrap_pivot(name, why, body, expect, threats=(), now=AT, **options):
    body = encoded(body)
    topic.unwrap(
        name,
        why,
        webhook=pivot(**options),
        headers=pivot_delivery(body),
        body=body,
        now=now,
        expect=expect,
        threats=threats,
    )


def reads(name, why, body, threats=(), **facts):
    unwrap(f"envelope-{name}", why, body, unwrapped(**PIVOTAL_FACTS | facts), threats)


def refuses(name, why, body, path, reason, threats=("B12",)):
    unwrap(f"envelope-{name}", why, body, malformed(path, reason), threats)


def reads_pivot(name, why, body, threats=(), **facts):
    unwrap_pivot(f"envelope-pivot-{name}", why, body, unwrapped(**PIVOT_FACTS | facts), threats)


def refuses_pivot(name, why, body, path, reason, threats=("B12",)):
    unwrap_pivot(f"envelope-pivot-{name}", why, body, malformed(path, reason), threats)


def kebab(path):
    return path.replace(".", "-").replace("_", "-").lower()


STRING = {"a-string": '"true"'}
EMPTY_STRING = {"an-empty-string": '""'}
NUMBERS = {"a-number": "7", "zero": "0"}
BOOLEANS = {"true": "true", "false": "false"}
ARRAYS = {"an-array": '["evt_1"]', "an-empty-array": "[]"}
OBJECTS = {"an-object": '{"id":"evt_1"}', "an-empty-object": "{}"}
NO_STRING = {**NUMBERS, **BOOLEANS, **ARRAYS, **OBJECTS}
NO_BOOLEAN = {**STRING, **EMPTY_STRING, **NUMBERS, **ARRAYS, **OBJECTS}
NO_OBJECT = {**STRING, **EMPTY_STRING, **NUMBERS, **BOOLEANS, **ARRAYS}

# The whole

reads("of-an-ordinary-event-is-read", "An event with all fields.", PIVOTAL)
reads(
    "of-the-required-fields-alone-is-read",
    "All other fields of an event are optional.",
    {"id": '"evt_1"', "type": '"customer.at_risk"', "data": "{}"},
    created_at=None,
    created_at_micros=None,
    org_id=None,
    livemode=None,
    api_version=None,
    object="data",
)
reads(
    "in-another-order-is-read",
    "Members may have any order.",
    dict(reversed(PIVOTAL.items())),
)
reads(
    "with-white-space-everywhere-is-read",
    "White space between tokens has no effect.",
    " \t\r\n{\n"
    + ",\r\n".join(f'  "{name}"\t: {value} ' for name, value in PIVOTAL.items())
    + "\n} \n",
)
reads_pivot("of-an-ordinary-event-is-read", "An event with all fields.", PIVOT)
reads_pivot(
    "of-the-required-fields-alone-is-read",
    "All other fields of an event are optional.",
    {"event_type": '"message_sent"', "data": "{}"},
    subject=None,
    created_at=None,
    created_at_micros=None,
    org_id=None,
    space_id=None,
)
reads_pivot(
    "in-another-order-is-read",
    "Members may have any order.",
    dict(reversed(PIVOT.items())),
)

# What comes before the envelope

unwrap(
    "envelope-of-an-empty-body-is-refused",
    "An empty body is not an event.",
    "",
    unreadable("syntax"),
    ("B9",),
)
unwrap_pivot(
    "envelope-pivot-of-an-empty-body-is-refused",
    "An empty body is not an event.",
    "",
    unreadable("syntax"),
    ("B9",),
)
for what, why, body, reason, threats in [
    ("of-white-space-alone", "White space is not an event.", " \n", "syntax", ["B9"]),
    (
        "that-is-cut-off",
        "The whole body is validated.",
        text_of(PIVOTAL)[:-1],
        "syntax",
        ["B9"],
    ),
    (
        "after-a-byte-order-mark",
        "A byte order mark is not JSON.",
        "\ufeff" + text_of(PIVOTAL),
        "syntax",
        ["B6"],
    ),
    (
        "that-is-not-utf-8",
        "An event is UTF-8.",
        text_of(PIVOTAL | {"org_id": '"\xe9"'}).encode("latin-1"),
        "utf8",
        ["B6"],
    ),
    (
        "in-an-array",
        "An event is an object.",
        f"[{text_of(PIVOTAL)}]",
        "not_an_object",
        ["B9"],
    ),
    ("that-is-null", "An event is an object.", "null", "not_an_object", ["B9"]),
    (
        "with-an-id-twice",
        "Two parsers could read two events.",
        PIVOTAL | {r"\u0069d": '"evt_1"'},
        "duplicate_key",
        ["B5"],
    ),
    (
        "with-an-unknown-name-twice",
        "All names of the top level are compared, including unknown ones.",
        PIVOTAL | {"x": "1", r"\u0078": "1"},
        "duplicate_key",
        ["B5"],
    ),
    (
        "with-half-a-character-in-its-type",
        "Half of a surrogate pair is not a character.",
        PIVOTAL | {"type": r'"\ud83d"'},
        "syntax",
        ["B7"],
    ),
]:
    unwrap(f"envelope-{what}-is-refused", why, body, unreadable(reason), threats)
topic.unwrap(
    "envelope-of-an-event-that-a-stranger-signed-is-refused",
    "unwrap makes the same checks as verify_signature.",
    headers=svix(encoded(PIVOTAL), key=STRANGER_KEY),
    body=encoded(PIVOTAL),
    expect=mismatch(),
    threats=["F1", "F6"],
)
topic.unwrap(
    "envelope-of-an-event-that-a-stranger-signed-in-pivotal-is-refused",
    "unwrap compares the MAC of every scheme.",
    headers=pivotal_delivery(encoded(PIVOTAL), key=STRANGER_SECRET.encode()),
    body=encoded(PIVOTAL),
    expect=PIVOTAL_MISMATCH,
    threats=["F1", "F6"],
)
topic.unwrap(
    "envelope-pivot-of-an-event-that-a-stranger-signed-is-refused",
    "unwrap compares the MAC of every scheme.",
    webhook=pivot(),
    headers=pivot_delivery(encoded(PIVOT), key=STRANGER_KEY),
    body=encoded(PIVOT),
    expect=PIVOT_MISMATCH,
    threats=["F1", "F6"],
)
topic.unwrap(
    "envelope-of-an-event-without-a-signature-is-refused",
    "unwrap makes the same checks as verify_signature.",
    headers=[],
    body=encoded(PIVOTAL),
    expect=refused("header_missing", header="svix-signature"),
    threats=["H5"],
)
topic.unwrap(
    "envelope-of-an-event-that-is-too-old-is-refused",
    "unwrap makes the same checks as verify_signature.",
    headers=svix(encoded(PIVOTAL)),
    body=encoded(PIVOTAL),
    now=AT + 301,
    expect=refused("timestamp_too_old", skew=301, tolerance=300),
    threats=["R2"],
)
topic.unwrap(
    "envelope-of-an-event-that-is-too-large-is-refused",
    "unwrap makes the same checks as verify_signature.",
    webhook=pivotal(max_body=10),
    headers=svix(encoded(PIVOTAL)),
    body=encoded(PIVOTAL),
    expect=refused("payload_too_large"),
    threats=["B1"],
)

# The other sender's events

refuses(
    "of-an-event-of-pivot-is-refused",
    "Pivot's events have no id.",
    PIVOT,
    "id",
    "missing",
)
refuses_pivot(
    "of-an-event-of-pivotal-is-refused",
    "Pivotal's events have no event_type.",
    PIVOTAL,
    "event_type",
    "missing",
)
reads(
    "with-the-names-of-pivot-keeps-them",
    "Another sender's names are unknown ones.",
    {**PIVOT, **PIVOTAL, "timestamp": "null"},
    extra=["event_type", "subject", "organization_id", "space_id"],
)
reads(
    "with-null-under-the-names-of-pivot-keeps-them",
    "Another sender's names are unknown ones.",
    PIVOTAL | {"eventType": "null", "spaceId": "null"},
    extra=["eventType", "spaceId"],
)
reads_pivot(
    "with-the-names-of-pivotal-keeps-them",
    "Another sender's names are unknown ones.",
    {**PIVOTAL, **PIVOT, "org": "null"},
    extra=["id", "type", "created_at", "org_id", "livemode", "api_version", "org"],
)

# Required: id and type, event_type, and what is in a subject

for field in ("id", "type"):
    refuses(
        f"without-{field}-is-refused",
        f"Every event has its {field}.",
        without(PIVOTAL, field),
        field,
        "missing",
    )
    refuses(
        f"with-null-for-{field}-is-refused",
        "Null counts as absent.",
        PIVOTAL | {field: "null"},
        field,
        "missing",
    )
    refuses(
        f"with-an-empty-{field}-is-refused",
        "An empty string is not an id or a type.",
        PIVOTAL | {field: '""'},
        field,
        "empty",
    )
    for what, value in NO_STRING.items():
        refuses(
            f"with-{what}-for-{field}-is-refused",
            f"An {field} is a string." if field == "id" else f"A {field} is a string.",
            PIVOTAL | {field: value},
            field,
            "wrong_type",
        )
refuses(
    "with-a-large-number-for-id-is-refused",
    "Beyond 2 to the 53 two hosts could read two ids.",
    PIVOTAL | {"id": "9007199254740993"},
    "id",
    "wrong_type",
    ("B8",),
)
for what, why, value, id in [
    ("of-white-space-alone", "Nothing is trimmed.", '"  "', "  "),
    (
        "with-white-space-around-it",
        "Nothing is trimmed.",
        '" evt_1\t"'.replace("\t", r"\t"),
        " evt_1\t",
    ),
    (
        "of-digits",
        "A number in quotes is a string.",
        '"9007199254740993"',
        "9007199254740993",
    ),
    (
        "written-with-escapes",
        "Strings are read after unescaping.",
        r'"\u0065vt\u005f1"',
        "evt_1",
    ),
    ("with-a-nul", "A NUL is an ordinary character.", r'"evt\u0000_1"', "evt\0_1"),
    ("beyond-ascii", "Any character may come.", '"évt_\U0001f680"', "évt_\U0001f680"),
    ("that-says-null", "A string is a string.", '"null"', "null"),
    (
        "of-10000-characters",
        "Strings have no length limit of their own.",
        f'"{"e" * 10_000}"',
        "e" * 10_000,
    ),
]:
    reads(f"with-an-id-{what}-is-read", why, PIVOTAL | {"id": value}, id=id)
refuses_pivot(
    "without-event-type-is-refused",
    "Every event has a type.",
    without(PIVOT, "event_type"),
    "event_type",
    "missing",
)
refuses_pivot(
    "with-null-for-both-names-of-its-type-is-refused",
    "The error for a missing field has the first of its names.",
    {"eventType": "null", "event_type": "null", "data": "{}"},
    "event_type",
    "missing",
)
for name, what_is_read in [
    ("event_type", "event-type"),
    ("eventType", "event-type-in-camel-case"),
]:
    members = without(PIVOT, "event_type")
    refuses_pivot(
        f"with-an-empty-{what_is_read}-is-refused",
        "The path says which name was read.",
        members | {name: '""'},
        name,
        "empty",
    )
    for what, value in NO_STRING.items():
        refuses_pivot(
            f"with-{what}-for-{what_is_read}-is-refused",
            "The path says which name was read.",
            members | {name: value},
            name,
            "wrong_type",
        )

# Types: an open set

for what, why, value, type in [
    (
        "that-is-unknown",
        "Senders add types without notice.",
        '"customer.won"',
        "customer.won",
    ),
    (
        "of-pivot",
        "Each sender has a list of its own.",
        '"message_sent"',
        "message_sent",
    ),
    (
        "in-another-letter-case",
        "Types are compared with regard to case.",
        '"Customer.At_Risk"',
        "Customer.At_Risk",
    ),
    (
        "with-a-space-after-it",
        "Nothing is trimmed.",
        '"customer.at_risk "',
        "customer.at_risk ",
    ),
    ("of-white-space-alone", "Nothing is trimmed.", '" "', " "),
    ("that-is-the-start-of-one", "Types are compared whole.", '"customer"', "customer"),
    (
        "with-more-after-it",
        "Types are compared whole.",
        '"customer.at_risk.v2"',
        "customer.at_risk.v2",
    ),
    (
        "with-a-nul-after-it",
        "A NUL does not end a type.",
        r'"customer.at_risk\u0000"',
        "customer.at_risk\0",
    ),
    (
        "beyond-ascii",
        "Any character may come.",
        '"Kunde.gefährdet\U0001f680"',
        "Kunde.gefährdet\U0001f680",
    ),
    (
        "with-a-look-alike",
        "Types are compared by code point.",
        '"\u0441ustomer.at_risk"',
        "\u0441ustomer.at_risk",
    ),
]:
    reads(
        f"with-a-type-{what}-is-read-and-not-listed",
        why,
        PIVOTAL | {"type": value},
        type=type,
        listed=False,
    )
for name in ("__proto__", "constructor", "toString", "hasOwnProperty"):
    reads(
        f"with-the-type-{kebab(name.strip('_'))}-is-read-and-not-listed",
        "Names that every JavaScript object inherits are not listed types.",
        PIVOTAL | {"type": f'"{name}"'},
        ("B10",),
        type=name,
        listed=False,
    )
    reads_pivot(
        f"with-the-type-{kebab(name.strip('_'))}-is-read-and-not-listed",
        "Names that every JavaScript object inherits are not listed types.",
        PIVOT | {"event_type": f'"{name}"', "data": '{"roomId":"r1"}'},
        ("B10",),
        type=name,
        listed=False,
    )
reads(
    "with-a-type-written-with-escapes-is-listed",
    "Strings are read after unescaping.",
    PIVOTAL | {"type": r'"customer\u002eat_risk"'},
)
reads_pivot(
    "with-a-type-of-pivotal-is-read-and-not-listed",
    "Each sender has a list of its own.",
    PIVOT | {"event_type": '"customer.at_risk"'},
    type="customer.at_risk",
    listed=False,
)

# Optional strings

for names, reader, refuser, base, fact in [
    (("org_id", "org"), reads, refuses, PIVOTAL, "org_id"),
    (("api_version",), reads, refuses, PIVOTAL, "api_version"),
    (
        ("organization_id", "organizationId"),
        reads_pivot,
        refuses_pivot,
        PIVOT,
        "org_id",
    ),
    (("space_id", "spaceId"), reads_pivot, refuses_pivot, PIVOT, "space_id"),
]:
    first = names[0]
    reader(
        f"without-{kebab(first)}-is-read",
        "The field is optional.",
        without(base, first),
        **{fact: None},
    )
    reader(
        f"with-null-for-{kebab(first)}-is-read",
        "Null counts as absent.",
        base | {first: "null"},
        **{fact: None},
    )
    reader(
        f"with-an-empty-{kebab(first)}-is-read",
        "An optional field may be empty.",
        base | {first: '""'},
        **{fact: ""},
    )
    for what, value in NO_STRING.items():
        refuser(
            f"with-{what}-for-{kebab(first)}-is-refused",
            "The field is a string or absent.",
            base | {first: value},
            first,
            "wrong_type",
        )

# livemode

for what, why, members, livemode in [
    (
        "of-a-test",
        "livemode is false for test events.",
        PIVOTAL | {"livemode": "false"},
        False,
    ),
    ("without-livemode", "The field is optional.", without(PIVOTAL, "livemode"), None),
    (
        "with-null-for-livemode",
        "Null counts as absent.",
        PIVOTAL | {"livemode": "null"},
        None,
    ),
]:
    reads(f"{what}-is-read", why, members, livemode=livemode)
for what, value in NO_BOOLEAN.items():
    refuses(
        f"with-{what}-for-livemode-is-refused",
        "Only true and false are booleans.",
        PIVOTAL | {"livemode": value},
        "livemode",
        "wrong_type",
    )

# created_at

for what, why, text, micros in [
    (
        "of-whole-seconds",
        "A fraction may be left out.",
        "2026-05-26T18:42:00Z",
        1_779_820_920_000_000,
    ),
    (
        "of-tenths",
        "A fraction has one digit or more.",
        "2026-05-26T18:42:00.5Z",
        1_779_820_920_500_000,
    ),
    (
        "of-milliseconds",
        "The senders write this form.",
        "2026-05-26T18:42:00.123Z",
        1_779_820_920_123_000,
    ),
    (
        "of-microseconds",
        "The time is as exact as the sender writes it.",
        "2026-05-26T18:42:00.123456Z",
        1_779_820_920_123_456,
    ),
    (
        "of-nanoseconds",
        "Further digits are cut off.",
        "2026-05-26T18:42:00.123456999Z",
        1_779_820_920_123_456,
    ),
    (
        "of-seven-nines",
        "Nothing is rounded up.",
        "2026-05-26T18:42:00.9999999Z",
        1_779_820_920_999_999,
    ),
    (
        "of-300-decimals",
        "Further digits are cut off.",
        f"2026-05-26T18:42:00.{'1' * 300}Z",
        1_779_820_920_111_111,
    ),
    (
        "in-small-letters",
        "RFC 3339 allows t and z.",
        "2026-05-26t18:42:00z",
        1_779_820_920_000_000,
    ),
    (
        "with-an-offset-of-zero",
        "+00:00 and Z mean the same.",
        "2026-05-26T18:42:00+00:00",
        1_779_820_920_000_000,
    ),
    (
        "with-an-unknown-offset",
        "-00:00 means UTC with an unknown local offset.",
        "2026-05-26T18:42:00-00:00",
        1_779_820_920_000_000,
    ),
    (
        "with-an-offset-to-the-east",
        "Local time is ahead of UTC there.",
        "2026-05-27T00:12:00.25+05:30",
        1_779_820_920_250_000,
    ),
    (
        "with-an-offset-to-the-west",
        "Local time is behind UTC there.",
        "2026-05-26T11:42:00-07:00",
        1_779_820_920_000_000,
    ),
    (
        "with-the-largest-offset",
        "Offsets reach 23:59.",
        "2026-05-27T18:41:00+23:59",
        1_779_820_920_000_000,
    ),
    (
        "on-a-leap-day",
        "The year 2024 has a leap day.",
        "2024-02-29T00:00:00Z",
        1_709_164_800_000_000,
    ),
    (
        "in-a-leap-second",
        "Second 60 counts as 59.",
        "2016-12-31T23:59:60Z",
        1_483_228_799_000_000,
    ),
    (
        "in-half-a-leap-second",
        "Second 60 keeps its fraction.",
        "2016-12-31T23:59:60.5Z",
        1_483_228_799_500_000,
    ),
    (
        "in-second-60-of-any-minute",
        "Leap seconds are not known in advance, so any minute may have one.",
        "2026-05-26T18:41:60Z",
        1_779_820_919_000_000,
    ),
    (
        "in-the-first-second-of-1970",
        "The Unix time 0 is a valid time.",
        "1970-01-01T00:00:00Z",
        0,
    ),
    (
        "just-before-1970",
        "Digits are cut off, also before 1970.",
        "1969-12-31T23:59:59.9999999Z",
        -1,
    ),
    (
        "half-a-second-before-1970",
        "A fraction counts forward, also before 1970.",
        "1969-12-31T23:59:59.5Z",
        -500_000,
    ),
    (
        "before-1970-by-its-offset",
        "Times are given in UTC.",
        "1970-01-01T00:00:00+01:00",
        -3_600_000_000,
    ),
    (
        "in-1900",
        "Most centuries have no leap day.",
        "1900-03-01T00:00:00Z",
        -2_203_891_200_000_000,
    ),
    (
        "in-the-first-second-of-year-1",
        "Go writes its zero time like this.",
        "0001-01-01T00:00:00Z",
        -62_135_596_800_000_000,
    ),
    (
        "in-year-1-by-its-offset",
        "Times are given in UTC.",
        "0001-01-01T00:01:00+00:01",
        -62_135_596_800_000_000,
    ),
    (
        "in-the-last-second-of-9999",
        "Four digits end there.",
        "9999-12-31T23:59:59Z",
        253_402_300_799_000_000,
    ),
    (
        "in-the-last-leap-second-of-9999",
        "Second 60 counts as 59.",
        "9999-12-31T23:59:60Z",
        253_402_300_799_000_000,
    ),
]:
    reads(
        f"with-a-created-at-{what}-is-read",
        why,
        PIVOTAL | {"created_at": f'"{text}"'},
        created_at=text,
        created_at_micros=micros,
    )
for what, why, text in [
    ("that-is-empty", "A date has digits.", ""),
    ("of-a-date-alone", "A time is needed.", "2026-05-26"),
    (
        "without-an-offset",
        "A time without an offset is refused.",
        "2026-05-26T18:42:00",
    ),
    ("without-seconds", "Seconds are needed.", "2026-05-26T18:42Z"),
    (
        "with-a-space-for-t",
        "T or t stands between date and time.",
        "2026-05-26 18:42:00Z",
    ),
    ("with-a-space-before-it", "Nothing is trimmed.", " 2026-05-26T18:42:00Z"),
    ("with-a-space-after-it", "Nothing is trimmed.", "2026-05-26T18:42:00Z "),
    ("with-a-line-feed-after-it", "Nothing is trimmed.", r"2026-05-26T18:42:00Z\n"),
    (
        "without-digits-after-the-dot",
        "A dot has digits after it.",
        "2026-05-26T18:42:00.Z",
    ),
    ("with-a-comma-for-the-dot", "RFC 3339 has a dot there.", "2026-05-26T18:42:00,5Z"),
    (
        "with-an-offset-without-a-colon",
        "Offsets have a colon.",
        "2026-05-26T18:42:00+0000",
    ),
    (
        "with-an-offset-of-hours-alone",
        "Offsets have minutes.",
        "2026-05-26T18:42:00+00",
    ),
    (
        "with-an-offset-of-24-hours",
        "Offsets end at 23:59.",
        "2026-05-26T18:42:00+24:00",
    ),
    (
        "with-an-offset-of-60-minutes",
        "Offsets end at 23:59.",
        "2026-05-26T18:42:00+00:60",
    ),
    ("in-month-0", "Months start at 1.", "2026-00-26T18:42:00Z"),
    ("in-month-13", "Months end at 12.", "2026-13-26T18:42:00Z"),
    ("on-day-0", "Days start at 1.", "2026-05-00T18:42:00Z"),
    ("on-april-31", "Months have their own lengths.", "2026-04-31T18:42:00Z"),
    ("on-february-29-in-2026", "2026 has no leap day.", "2026-02-29T18:42:00Z"),
    (
        "on-february-29-in-1900",
        "Most centuries have no leap day.",
        "1900-02-29T18:42:00Z",
    ),
    ("in-hour-24", "Hours end at 23.", "2026-05-26T24:00:00Z"),
    ("in-minute-60", "Minutes end at 59.", "2026-05-26T18:60:00Z"),
    ("in-second-61", "Seconds end at 60.", "2026-05-26T18:42:61Z"),
    ("in-the-year-0000", "Years start at 1.", "0000-12-31T23:59:59Z"),
    (
        "in-the-year-0000-by-its-offset",
        "Years start at 1 in UTC.",
        "0001-01-01T00:00:59+00:01",
    ),
    (
        "out-of-the-year-0000-by-its-offset",
        "Years start at 1 as written, too.",
        "0000-12-31T23:59:59-00:01",
    ),
    ("in-the-year-10000", "Years have four digits.", "10000-01-01T00:00:00Z"),
    (
        "in-the-year-10000-by-its-offset",
        "Years end at 9999 in UTC.",
        "9999-12-31T23:59:00-00:01",
    ),
    ("in-a-year-with-a-sign", "Years have four digits.", "+2026-05-26T18:42:00Z"),
    (
        "in-full-width-digits",
        "Digits are ASCII.",
        "\N{FULLWIDTH DIGIT TWO}026-05-26T18:42:00Z",
    ),
    ("of-seconds-since-1970", "A number in quotes is not a date.", "1779820920"),
    (
        "as-http-writes-it",
        "The date format of HTTP is refused.",
        "Tue, 26 May 2026 18:42:00 GMT",
    ),
]:
    refuses(
        f"with-a-created-at-{what}-is-refused",
        why,
        PIVOTAL | {"created_at": f'"{text}"'},
        "created_at",
        "not_rfc3339",
    )
UNDATED = {"created_at": None, "created_at_micros": None}
reads(
    "without-created-at-is-read",
    "The field is optional.",
    without(PIVOTAL, "created_at"),
    **UNDATED,
)
reads(
    "with-null-for-created-at-is-read",
    "Null counts as absent.",
    PIVOTAL | {"created_at": "null"},
    **UNDATED,
)
reads(
    "with-a-created-at-written-with-escapes-is-read",
    "Strings are read after unescaping.",
    PIVOTAL | {"created_at": r'"2025-06-15T15:06:40\u005a"'},
)
reads_pivot(
    "without-timestamp-is-read",
    "The field is optional.",
    without(PIVOT, "timestamp"),
    **UNDATED,
)
reads_pivot(
    "with-null-for-timestamp-is-read",
    "Null counts as absent.",
    PIVOT | {"timestamp": "null"},
    **UNDATED,
)
reads_pivot(
    "with-a-timestamp-before-1970-is-read",
    "Times before 1970 are valid.",
    PIVOT | {"timestamp": '"0001-01-01T00:00:00Z"'},
    created_at="0001-01-01T00:00:00Z",
    created_at_micros=-62_135_596_800_000_000,
)
refuses_pivot(
    "with-a-timestamp-that-is-no-date-is-refused",
    "A time must be in the format of RFC 3339.",
    PIVOT | {"timestamp": '"yesterday"'},
    "timestamp",
    "not_rfc3339",
)
for what, value in NO_STRING.items():
    refuses(
        f"with-{what}-for-created-at-is-refused",
        "A time is a string.",
        PIVOTAL | {"created_at": value},
        "created_at",
        "wrong_type",
    )
    refuses_pivot(
        f"with-{what}-for-timestamp-is-refused",
        "A time is a string.",
        PIVOT | {"timestamp": value},
        "timestamp",
        "wrong_type",
    )

# Other names of a field

for better, other, reader, refuser, base, fact in [
    ("org_id", "org", reads, refuses, PIVOTAL, "org_id"),
    ("organization_id", "organizationId", reads_pivot, refuses_pivot, PIVOT, "org_id"),
    ("space_id", "spaceId", reads_pivot, refuses_pivot, PIVOT, "space_id"),
    ("event_type", "eventType", reads_pivot, refuses_pivot, PIVOT, "type"),
]:
    renamed = {(other if name == better else name): value for name, value in base.items()}
    own = {"event_type": "message_edited"}.get(better, "another")
    what = kebab(better) + ("-as-org" if other == "org" else "-in-camel-case")
    reader(
        f"with-{what}-is-read",
        "The field has two names.",
        renamed | {other: f'"{own}"'},
        **{fact: own},
    )
    reader(
        f"with-{what}-beside-null-is-read",
        "The first name that is present with a value is read.",
        {better: "null", **renamed, other: f'"{own}"'},
        **{fact: own},
    )
    reader(
        f"with-{what}-as-well-and-alike-is-kept",
        "The preferred name is read, and the other one is in extra.",
        base | {other: base[better]},
        extra=[other],
    )
    reader(
        f"with-{what}-as-well-and-different-is-kept",
        "The preferred name is read, and the other one is in extra.",
        {other: f'"{own}"', **base},
        extra=[other],
    )
    reader(
        f"with-{what}-as-well-and-of-a-wrong-type-is-kept",
        "A member that is not read may have any value.",
        base | {other: "7"},
        extra=[other],
    )
    reader(
        f"with-{what}-as-well-and-null-is-not-kept",
        "Null counts as absent.",
        base | {other: "null"},
    )
    if better != "event_type":
        reader(
            f"with-null-for-{what}-and-null-beside-it-is-read",
            "Null counts as absent.",
            base | {better: "null", other: "null"},
            **{fact: None},
        )
        refuser(
            f"with-{what}-of-a-wrong-type-is-refused",
            "The path says which name was read.",
            renamed | {other: "7"},
            other,
            "wrong_type",
        )
        refuser(
            f"with-{what}-of-a-wrong-type-beside-null-is-refused",
            "The path says which name was read.",
            {better: "null", **renamed, other: "7"},
            other,
            "wrong_type",
        )
refuses_pivot(
    "with-an-empty-event-type-beside-another-name-is-refused",
    "An empty string is a value, so the first name is read.",
    PIVOT | {"event_type": '""', "eventType": '"message_sent"'},
    "event_type",
    "empty",
)
reads(
    "with-a-timestamp-for-created-at-is-read",
    "The field has two names.",
    without(PIVOTAL, "created_at") | {"timestamp": f'"{NOW}"'},
)
reads(
    "with-a-timestamp-beside-null-is-read",
    "The first name that is present with a value is read.",
    PIVOTAL | {"created_at": "null", "timestamp": f'"{NOW}"'},
)
reads(
    "with-a-timestamp-as-well-and-alike-is-kept",
    "The preferred name is read, and the other one is in extra.",
    PIVOTAL | {"timestamp": f'"{NOW}"'},
    extra=["timestamp"],
)
reads(
    "with-a-timestamp-as-well-and-different-is-kept",
    "The preferred name is read, and the other one is in extra.",
    {"timestamp": '"2026-05-26T18:42:00Z"', **PIVOTAL},
    extra=["timestamp"],
)
reads(
    "with-a-timestamp-as-well-that-is-no-date-is-kept",
    "A member that is not read may have any value.",
    PIVOTAL | {"timestamp": "1750000000"},
    extra=["timestamp"],
)
refuses(
    "with-a-number-for-the-timestamp-is-refused",
    "The path says which name was read.",
    without(PIVOTAL, "created_at") | {"timestamp": "1750000000"},
    "timestamp",
    "wrong_type",
)
refuses(
    "with-a-timestamp-that-is-no-date-is-refused",
    "The path says which name was read.",
    PIVOTAL | {"created_at": "null", "timestamp": '"now"'},
    "timestamp",
    "not_rfc3339",
)
refuses(
    "with-an-empty-created-at-beside-a-timestamp-is-refused",
    "An empty string is a value, so the first name is read.",
    PIVOTAL | {"created_at": '""', "timestamp": f'"{NOW}"'},
    "created_at",
    "not_rfc3339",
)
reads_pivot(
    "in-camel-case-is-read",
    "Names come in snake_case or in camelCase.",
    {
        "eventType": '"message_sent"',
        "subject": PIVOT["subject"],
        "timestamp": f'"{NOW}"',
        "organizationId": '"o1"',
        "spaceId": '"s1"',
        "data": '{"messageId":"m1","roomId":"r1"}',
    },
    renamed={"messageId": "message_id", "roomId": "room_id"},
)
reads_pivot(
    "in-both-cases-is-read",
    "Each field may use another spelling of its name.",
    {
        "eventType": '"message_sent"',
        "subject": PIVOT["subject"],
        "timestamp": f'"{NOW}"',
        "organization_id": '"o1"',
        "spaceId": '"s1"',
        "data": '{"message_id":"m1","roomId":"r1"}',
    },
    renamed={"roomId": "room_id"},
)

# Names

reads(
    "with-a-name-written-with-escapes-is-read",
    "Names are read after unescaping.",
    {
        {"type": r"t\u0079pe", "data": r"\u0064ata"}.get(name, name): v
        for name, v in PIVOTAL.items()
    },
)
reads_pivot(
    "with-a-name-written-with-escapes-is-read",
    "Names are read after unescaping.",
    {{"event_type": r"event\u005ftype"}.get(name, name): value for name, value in PIVOT.items()},
)
refuses(
    "with-its-id-in-capitals-is-refused",
    "Names are compared with regard to case.",
    {"ID": '"evt_1"', **without(PIVOTAL, "id")},
    "id",
    "missing",
)
refuses(
    "with-a-space-in-the-name-of-its-type-is-refused",
    "Names are compared whole.",
    {"type ": '"customer.at_risk"', **without(PIVOTAL, "type")},
    "type",
    "missing",
)
refuses(
    "with-its-type-inside-data-is-refused",
    "Only the top level is the envelope.",
    without(PIVOTAL, "type") | {"data": '{"type":"customer.at_risk","object":{}}'},
    "type",
    "missing",
)
refuses(
    "with-its-fields-inside-proto-is-refused",
    "__proto__ is an ordinary member.",
    {"__proto__": text_of(PIVOTAL), "data": "{}"},
    "id",
    "missing",
    ("B10",),
)
for what, why, name, plain in [
    ("unknown", "Senders add fields without notice.", "request_id", "request_id"),
    ("empty", "The empty string is an ordinary name.", "", ""),
    ("like-an-index", "A name of digits is an ordinary name.", "0", "0"),
    ("with-a-dot", "A dot is a character of the name.", "data.object", "data.object"),
    ("beyond-ascii", "Any character may come.", "größe\U0001f680", "größe\U0001f680"),
    (
        "written-with-escapes",
        "The names in extra are unescaped.",
        r"\u0065xtr\u0061\"\\",
        'extra"\\',
    ),
    ("with-a-nul", "A NUL does not end a name.", r"id\u0000", "id\0"),
    ("in-capitals", "Names are compared with regard to case.", "TYPE", "TYPE"),
    ("in-camel-case", "Pivotal's names are in snake_case.", "createdAt", "createdAt"),
    (
        "like-one-of-data",
        "previous_attributes belongs into data.",
        "previous_attributes",
        "previous_attributes",
    ),
    ("like-the-record", "The record belongs into data.", "object", "object"),
]:
    reads(
        f"with-a-name-{what}-is-kept",
        why,
        {name: '"x"', **PIVOTAL},
        extra=[plain],
    )
for name in (
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "prototype",
    "valueOf",
):
    reads(
        f"with-the-name-{kebab(name.strip('_'))}-is-kept",
        "Names that every JavaScript object inherits are ordinary names.",
        PIVOTAL | {name: '{"polluted":true}'},
        ("B10",),
        extra=[name],
    )
    reads(
        f"with-{kebab(name.strip('_'))}-in-its-record-is-read",
        "Names that every JavaScript object inherits are ordinary names.",
        PIVOTAL | {"data": f'{{"object":{{"{name}":{{"polluted":true}}}},"{name}":1}}'},
        ("B10",),
    )
    reads_pivot(
        f"with-{kebab(name.strip('_'))}-in-data-is-read",
        "Names that every JavaScript object inherits are not aliases of fields.",
        PIVOT | {"data": f'{{"{name}":{{"polluted":true}}}}'},
        ("B10",),
    )
reads(
    "with-unknown-names-of-every-kind-is-kept",
    "All other members are in extra, including members that are null.",
    PIVOTAL
    | {
        "s": '"x"',
        "n": "-1.5e+3",
        "t": "true",
        "f": "false",
        "z": "null",
        "a": '[1,"2",[],{"k":null}]',
        "o": '{"k":{"l":[{}]}}',
    },
    extra=["s", "n", "t", "f", "z", "a", "o"],
)
reads(
    "with-unknown-names-everywhere-keeps-their-order",
    "The names in extra have the order of the body.",
    {"z": "1", "id": '"evt_1"', "b": "2", "a": "3", **without(PIVOTAL, "id"), "c": "4"},
    extra=["z", "b", "a", "c"],
)
reads_pivot(
    "with-unknown-names-is-kept",
    "Senders add fields without notice.",
    PIVOT | {"room_id": '"r1"', "version": "2", "actor": "null"},
    extra=["room_id", "version", "actor"],
)

# data and its record

for refuser, base in [(refuses, PIVOTAL), (refuses_pivot, PIVOT)]:
    refuser(
        "without-data-is-refused",
        "Every event has data.",
        without(base, "data"),
        "data",
        "missing",
    )
    refuser(
        "with-null-for-data-is-refused",
        "Null counts as absent.",
        base | {"data": "null"},
        "data",
        "missing",
    )
    for what, value in NO_OBJECT.items():
        refuser(
            f"with-{what}-for-data-is-refused",
            "The data of an event are an object.",
            base | {"data": value},
            "data",
            "wrong_type",
        )
for what, why, data, where in [
    ("an-empty-data", "An empty object is an object.", "{}", "data"),
    (
        "an-empty-record",
        "An empty object is an object.",
        '{"object":{}}',
        "data.object",
    ),
    (
        "its-record-in-data",
        "The record may be data itself.",
        '{"id":"cus_1","name":"Acme"}',
        "data",
    ),
    (
        "its-record-beside-other-data",
        "The record is one member of data.",
        '{"note":"x","object":{"id":"cus_1"},"id":"other"}',
        "data.object",
    ),
    (
        "null-for-its-record",
        "A record is an object.",
        '{"object":null,"id":"cus_1"}',
        "data",
    ),
    (
        "a-string-for-its-record",
        "A record is an object.",
        '{"object":"customer","id":"cus_1"}',
        "data",
    ),
    (
        "a-number-for-its-record",
        "A record is an object.",
        '{"object":7}',
        "data",
    ),
    (
        "true-for-its-record",
        "A record is an object.",
        '{"object":true}',
        "data",
    ),
    (
        "an-array-for-its-record",
        "A record is an object.",
        '{"object":[{"id":"cus_1"}]}',
        "data",
    ),
    (
        "its-record-deeper-down",
        "A member of a record may itself be called object.",
        '{"object":{"object":{"id":"x"}}}',
        "data.object",
    ),
    (
        "an-object-in-capitals",
        "Names are compared with regard to case.",
        '{"Object":{"id":"cus_1"}}',
        "data",
    ),
    (
        "its-record-under-an-escaped-name",
        "Names are read after unescaping.",
        r'{"\u006fbject":{"id":"cus_1"}}',
        "data.object",
    ),
    (
        "an-empty-name-in-data",
        "The empty string is an ordinary name.",
        '{"":{"object":{}}}',
        "data",
    ),
    (
        "a-name-beyond-ascii-in-its-record",
        "Any character may come.",
        '{"object":{"Größe":"\U0001f680"}}',
        "data.object",
    ),
]:
    reads(f"with-{what}-is-read", why, PIVOTAL | {"data": data}, object=where)
reads(
    "with-a-record-inside-proto-is-read-from-data",
    "__proto__ is an ordinary member.",
    PIVOTAL | {"data": '{"__proto__":{"object":{"id":"x"},"previous_attributes":{}}}'},
    ("B10",),
    object="data",
)
for what, why, data, where, previous in [
    (
        "prior-values",
        "previous_attributes has the prior values of changed fields.",
        '{"object":{"id":"c"},"previous_attributes":{"plan":"x"}}',
        "data.object",
        True,
    ),
    (
        "prior-values-before-its-record",
        "Members may have any order.",
        '{"previous_attributes":{"plan":"x"},"object":{"id":"c"}}',
        "data.object",
        True,
    ),
    (
        "no-prior-values-at-all",
        "An empty object is an object.",
        '{"object":{},"previous_attributes":{}}',
        "data.object",
        True,
    ),
    (
        "null-for-a-prior-value",
        "A prior value may be null.",
        '{"object":{},"previous_attributes":{"plan":null,"mrr":null}}',
        "data.object",
        True,
    ),
    (
        "null-for-prior-values",
        "Null counts as absent.",
        '{"object":{},"previous_attributes":null}',
        "data.object",
        False,
    ),
    (
        "its-record-and-prior-values-in-data",
        "The record may be beside the prior values.",
        '{"id":"c","previous_attributes":{"plan":"x"}}',
        "data",
        True,
    ),
    (
        "its-record-and-null-in-data",
        "Null counts as absent.",
        '{"id":"c","previous_attributes":null}',
        "data",
        False,
    ),
    (
        "prior-values-inside-its-record",
        "The prior values are beside the record.",
        '{"object":{"previous_attributes":{"plan":"x"}}}',
        "data.object",
        False,
    ),
    (
        "anything-like-prior-values-inside-its-record",
        "The values in a record are not checked.",
        '{"object":{"previous_attributes":7}}',
        "data.object",
        False,
    ),
    (
        "prior-values-under-an-escaped-name",
        "Names are read after unescaping.",
        r'{"object":{},"previous\u005fattributes":{}}',
        "data.object",
        True,
    ),
]:
    reads(
        f"with-{what}-is-read",
        why,
        PIVOTAL | {"data": data},
        object=where,
        previous_attributes=previous,
    )
for what, value in NO_OBJECT.items():
    refuses(
        f"with-{what}-for-prior-values-is-refused",
        "The prior values are an object or absent.",
        PIVOTAL | {"data": f'{{"object":{{}},"previous_attributes":{value}}}'},
        "data.previous_attributes",
        "wrong_type",
    )
refuses(
    "with-its-record-and-a-string-for-prior-values-in-data-is-refused",
    "The prior values are an object, also if data is the record.",
    PIVOTAL | {"data": '{"id":"cus_1","previous_attributes":"plan"}'},
    "data.previous_attributes",
    "wrong_type",
)
reads_pivot(
    "with-an-object-in-data-is-read-from-data",
    "The record of Pivot is data itself.",
    PIVOT | {"data": '{"object":{"id":"x"},"previous_attributes":7}'},
)
reads_pivot(
    "with-an-empty-data-is-read",
    "An empty object is an object.",
    PIVOT | {"data": "{}"},
)

# Keys that come twice

for what, why, data in [
    (
        "its-record-twice",
        "Parsers differ: some keep the first of two equal keys, some the last.",
        '{"object":{"id":"a"},"object":{"id":"b"}}',
    ),
    (
        "its-record-twice-and-alike",
        "Two equal members are refused too.",
        '{"object":{},"object":{}}',
    ),
    (
        "its-record-twice-far-apart",
        "All members of data are compared.",
        '{"object":{},"x":1,"previous_attributes":null,"y":2,"object":{}}',
    ),
    (
        "its-record-twice-once-escaped",
        "Keys are compared after unescaping.",
        r'{"object":{"id":"a"},"\u006fbject":{"id":"b"}}',
    ),
    (
        "its-record-twice-and-once-null",
        "A parser that keeps the other one reads another record.",
        '{"object":{"id":"a"},"object":null}',
    ),
    (
        "null-twice-for-its-record",
        "A key is counted before its value is looked at.",
        '{"object":null,"object":null}',
    ),
    (
        "its-record-three-times",
        "Three equal keys are refused too.",
        '{"object":{},"object":{},"object":{}}',
    ),
]:
    refuses(
        f"with-{what}-is-refused",
        why,
        PIVOTAL | {"data": data},
        "data.object",
        "duplicated",
        ["B5"],
    )
for what, why, data in [
    (
        "prior-values-twice",
        "Parsers differ: some keep the first of two equal keys, some the last.",
        '{"object":{},"previous_attributes":{"a":1},"previous_attributes":{"a":2}}',
    ),
    (
        "prior-values-twice-once-escaped",
        "Keys are compared after unescaping.",
        r'{"object":{},"previous_attributes":{},"\u0070revious_attributes":{}}',
    ),
    (
        "prior-values-twice-and-once-null",
        "A parser that keeps the other member reads another event.",
        '{"object":{},"previous_attributes":null,"previous_attributes":{}}',
    ),
    (
        "prior-values-twice-in-data",
        "They are the prior values, also if data is the record.",
        '{"id":"c","previous_attributes":null,"previous_attributes":null}',
    ),
]:
    refuses(
        f"with-{what}-is-refused",
        why,
        PIVOTAL | {"data": data},
        "data.previous_attributes",
        "duplicated",
        ["B5"],
    )
for what, why, data, facts in [
    (
        "a-key-of-its-record-twice",
        "All hosts keep the last one.",
        '{"object":{"id":"a","id":"b"}}',
        {},
    ),
    (
        "a-key-of-data-twice",
        "All hosts keep the last one.",
        '{"id":"a","id":"b"}',
        {"object": "data"},
    ),
    (
        "a-key-twice-beside-its-record",
        "All hosts keep the last one.",
        '{"x":1,"object":{},"x":{}}',
        {},
    ),
    (
        "an-object-twice-inside-its-record",
        "Only data is looked at.",
        '{"object":{"object":{},"object":7}}',
        {},
    ),
    (
        "a-prior-value-twice",
        "All hosts keep the last one.",
        '{"object":{},"previous_attributes":{"plan":"a","plan":"b"}}',
        {"previous_attributes": True},
    ),
    (
        "keys-that-differ-in-letter-case",
        "Keys are compared with regard to case.",
        '{"object":{},"Object":{},"OBJECT":{}}',
        {},
    ),
    (
        "keys-that-differ-in-an-escaped-backslash",
        "An escaped backslash does not start an escape.",
        r'{"object":{},"\\u006fbject":{}}',
        {},
    ),
]:
    reads(f"with-{what}-is-read", why, PIVOTAL | {"data": data}, ["B5"], **facts)
reads(
    "with-a-key-twice-in-an-unknown-member-is-kept",
    "All hosts keep the last one.",
    PIVOTAL | {"subject": '{"type":"a","type":"b","id":1,"id":2}'},
    ["B5"],
    extra=["subject"],
)
# subject

for what, why, value, subject in [
    (
        "a-space",
        "The type of a subject is any text.",
        '{"type":"space","id":"s1"}',
        {"type": "space", "id": "s1"},
    ),
    (
        "its-id-first",
        "Members may have any order.",
        '{"id":"r1","type":"room"}',
        {"type": "room", "id": "r1"},
    ),
    (
        "more-in-it",
        "Other members of a subject are kept.",
        '{"type":"room","id":"r1","name":null,"at":[1]}',
        {"type": "room", "id": "r1"},
    ),
    (
        "spaces-in-it",
        "Nothing is trimmed.",
        '{"type":" ","id":" r1"}',
        {"type": " ", "id": " r1"},
    ),
    (
        "escapes-in-it",
        "Names and strings are read after unescaping.",
        r'{"t\u0079pe":"ro\u006fm","\u0069d":"r1"}',
        {"type": "room", "id": "r1"},
    ),
    (
        "proto-in-it",
        "__proto__ is an ordinary member.",
        '{"type":"room","id":"r1","__proto__":{"id":"r2"}}',
        {"type": "room", "id": "r1"},
    ),
    (
        "another-key-twice-in-it",
        "All hosts keep the last one.",
        '{"type":"room","id":"r1","x":1,"x":2}',
        {"type": "room", "id": "r1"},
    ),
    ("null-for-it", "Null counts as absent.", "null", None),
]:
    reads_pivot(
        f"with-a-subject-with-{what}-is-read",
        why,
        PIVOT | {"subject": value},
        subject=subject,
    )
reads_pivot(
    "without-subject-is-read",
    "The field is optional.",
    without(PIVOT, "subject"),
    subject=None,
)
for what, value in NO_OBJECT.items():
    refuses_pivot(
        f"with-{what}-for-subject-is-refused",
        "A subject is an object or absent.",
        PIVOT | {"subject": value},
        "subject",
        "wrong_type",
    )
for part, other in [("type", "id"), ("id", "type")]:
    rest = f'"{other}":"x"'
    for what, why, text, reason in [
        (
            f"without-the-{part}-of-its-subject",
            "A subject must have a type and an id.",
            f"{{{rest}}}",
            "missing",
        ),
        (
            f"with-null-for-the-{part}-of-its-subject",
            "Null counts as absent.",
            f'{{{rest},"{part}":null}}',
            "missing",
        ),
        (
            f"with-an-empty-{part}-of-its-subject",
            "An empty string is not an id or a type.",
            f'{{{rest},"{part}":""}}',
            "empty",
        ),
        (
            f"with-capitals-for-the-{part}-of-its-subject",
            "Names are compared with regard to case.",
            f'{{{rest},"{part.upper()}":"x"}}',
            "missing",
        ),
    ]:
        refuses_pivot(
            f"{what}-is-refused",
            why,
            PIVOT | {"subject": text},
            f"subject.{part}",
            reason,
        )
    for what, value in NO_STRING.items():
        refuses_pivot(
            f"with-{what}-for-the-{part}-of-its-subject-is-refused",
            "The type and the id of a subject are strings.",
            PIVOT | {"subject": f'{{{rest},"{part}":{value}}}'},
            f"subject.{part}",
            "wrong_type",
        )
    escaped = {"type": r"typ\u0065", "id": r"\u0069d"}[part]
    for what, why, text in [
        (
            "twice",
            "Parsers differ: some keep the first of two equal keys, some the last.",
            f'"{part}":"a","{part}":"b"',
        ),
        (
            "twice-and-alike",
            "Two equal members are refused too.",
            f'"{part}":"a","{part}":"a"',
        ),
        (
            "twice-once-escaped",
            "Keys are compared after unescaping.",
            f'"{part}":"a","{escaped}":"b"',
        ),
        (
            "twice-as-null",
            "A key is counted before its value is looked at.",
            f'"{part}":null,"{part}":null',
        ),
    ]:
        refuses_pivot(
            f"with-the-{part}-of-its-subject-{what}-is-refused",
            why,
            PIVOT | {"subject": f"{{{rest},{text}}}"},
            f"subject.{part}",
            "duplicated",
            ["B5"],
        )
refuses_pivot(
    "with-an-empty-subject-is-refused",
    "A subject must have a type and an id, and the type is read first.",
    PIVOT | {"subject": "{}"},
    "subject.type",
    "missing",
)
refuses_pivot(
    "with-its-subject-inside-proto-is-refused",
    "__proto__ is an ordinary member.",
    PIVOT | {"subject": '{"__proto__":{"type":"room","id":"r1"}}'},
    "subject.type",
    "missing",
    ("B10",),
)

# The names of a record in camelCase

ROOM = {"roomId": "room_id"}
for what, why, data, renamed in [
    (
        "in-camel-case-is-renamed",
        "The field has a name in snake_case.",
        '{"roomId":"r1"}',
        ROOM,
    ),
    (
        "all-in-camel-case-is-renamed",
        "Every field that has two names.",
        '{"status":"SENT","createdAt":"x","userId":"u1","messageId":"m1","deletedAt":"y","roomId":"r1"}',
        {
            "createdAt": "created_at",
            "userId": "user_id",
            "messageId": "message_id",
            "deletedAt": "deleted_at",
            **ROOM,
        },
    ),
    (
        "in-both-cases-is-left",
        "An alias does not overwrite the listed name.",
        '{"roomId":"a","room_id":"b"}',
        {},
    ),
    (
        "in-both-cases-the-other-way-round-is-left",
        "An alias does not overwrite the listed name.",
        '{"room_id":"b","roomId":"a"}',
        {},
    ),
    (
        "in-both-cases-and-null-is-left",
        "Null is a value of the record.",
        '{"room_id":null,"roomId":"a"}',
        {},
    ),
    (
        "in-camel-case-and-null-is-renamed",
        "Null is a value of the record.",
        '{"roomId":null}',
        ROOM,
    ),
    (
        "in-camel-case-and-no-string-is-renamed",
        "The values in a record are not checked.",
        '{"roomId":[{"x":1}]}',
        ROOM,
    ),
    (
        "in-camel-case-with-escapes-is-renamed",
        "Names are read after unescaping.",
        r'{"room\u0049d":"r1"}',
        ROOM,
    ),
    (
        "in-snake-case-with-escapes-is-found",
        "Names are read after unescaping.",
        r'{"roomId":"a","room\u005fid":"b"}',
        {},
    ),
    (
        "twice-in-camel-case-is-renamed",
        "All hosts keep the last one.",
        '{"roomId":"a","roomId":"b"}',
        ROOM,
    ),
    (
        "that-is-unknown-is-left",
        "Only the fields that are listed have two names.",
        '{"threadId":"t1","roomID":"r1","RoomId":"r2"}',
        {},
    ),
    (
        "of-another-object-is-left",
        "The alias belongs to another record.",
        '{"recordingId":"r1"}',
        {},
    ),
    (
        "deeper-down-is-left",
        "Only the record's own members are renamed.",
        '{"room":{"roomId":"r1"}}',
        {},
    ),
    (
        "of-the-envelope-is-left",
        "The envelope's names are not the record's.",
        '{"spaceId":"s1","eventType":"x"}',
        {},
    ),
]:
    reads_pivot(f"with-a-name-{what}", why, PIVOT | {"data": data}, renamed=renamed)
reads_pivot(
    "of-a-recording-with-a-name-in-camel-case-is-renamed",
    "Each object has its own fields.",
    PIVOT
    | {
        "event_type": '"room_recording_published"',
        "data": '{"recordingId":"x1","roomId":"r1","messageId":"m1"}',
    },
    type="room_recording_published",
    renamed={"recordingId": "recording_id", **ROOM},
)
reads_pivot(
    "of-an-unknown-type-with-a-name-in-camel-case-is-left",
    "An unknown event has no aliases.",
    PIVOT | {"event_type": '"message_pinned"', "data": '{"messageId":"m1","roomId":"r1"}'},
    type="message_pinned",
    listed=False,
)
reads(
    "with-a-name-in-camel-case-is-left",
    "Pivotal's names have one form.",
    PIVOTAL | {"data": '{"object":{"createdAt":"x","displayId":1,"roomId":"r1"}}'},
)

# Numbers, depth and size

for what, why, number in [
    (
        "beyond-2-to-the-53",
        "Large integers are not changed.",
        "9007199254740993",
    ),
    (
        "beyond-64-bits",
        "Large integers are not changed.",
        "18446744073709551617",
    ),
    ("of-300-digits", "An integer may be as large as a double.", "1" * 300),
    ("of-negative-zero", "Zero may have a sign.", "-0"),
    (
        "below-the-smallest-double",
        "A number that rounds to zero is in range.",
        "1e-400",
    ),
    (
        "with-20-decimals",
        "Digits beyond a double's precision are no error.",
        "0.12345678901234567890",
    ),
]:
    reads(
        f"with-a-number-{what}-is-read",
        why,
        PIVOTAL | {"data": f'{{"object":{{"mrr":{number}}}}}', "x": number},
        ["B8"],
        extra=["x"],
    )
for what, number in [
    ("1e400", "1e400"),
    ("negative-1e400", "-1e400"),
    ("an-integer-of-400-digits", "1" * 400),
    ("an-integer-of-10000-digits", "1" * 10_000),
]:
    unwrap(
        f"envelope-with-{what}-in-its-record-is-refused",
        "Hosts read a number beyond a double's range differently.",
        with_data('{"object":{"mrr":', number, "}}"),
        unreadable("number_out_of_range"),
        ["B8"],
    )
for what, opening, closing in [("arrays", "[", "]"), ("objects", '{"b":', "}")]:
    innermost = "" if what == "arrays" else "0"
    reads(
        f"of-127-levels-of-{what}-is-read",
        "127 levels are the limit.",
        with_data('{"a":', opening * 125, innermost, closing * 125, "}"),
        ["B3"],
        object="data",
    )
    unwrap(
        f"envelope-of-128-levels-of-{what}-is-refused",
        "127 levels are the limit.",
        with_data('{"a":', opening * 126, innermost, closing * 126, "}"),
        unreadable("depth"),
        ["B3"],
    )
reads(
    "of-127-levels-in-an-unknown-member-is-kept",
    "127 levels are the limit, wherever they are.",
    utf8('{"x":' + "[" * 126 + "]" * 126 + "," + text_of(PIVOTAL)[1:]),
    ["B3"],
    extra=["x"],
)
reads(
    "with-a-record-of-500000-bytes-is-read",
    "A record has no length limit of its own.",
    with_data('{"object":{"notes":"', "x" * 500_000, '"}}'),
    ["B1"],
)
reads(
    "with-50000-keys-in-data-is-read",
    "Keys are compared in about linear time.",
    with_data("{", '"a":0,' * 50_000, '"object":{}}'),
    ["B4"],
)
reads_pivot(
    "with-50000-keys-in-data-is-read",
    "Keys are compared in about linear time.",
    utf8(
        text_of(without(PIVOT, "data"))[:-1]
        + ',"data":{'
        + '"roomId":0,' * 50_000
        + '"user_id":"u1"}}'
    ),
    ["B4"],
    renamed=ROOM,
)

# The unsigned type


def announced(name, why, headers, matches=True, members=PIVOTAL, threats=("H14",), **facts):
    body = encoded(members)
    topic.unwrap(
        f"envelope-{name}",
        why,
        headers=[*pivotal_delivery(body), *headers],
        body=body,
        expect=unwrapped(**PIVOTAL_FACTS | facts) if matches else TYPE_MISMATCH,
        threats=threats,
    )


def contradicted(name, why, *values, threats=("H14",)):
    announced(
        f"whose-unsigned-type-{name}-is-refused",
        why,
        [["pivotal-event", value] for value in values],
        matches=False,
        threats=threats,
    )


TYPE = "customer.at_risk"
announced("without-an-unsigned-type-is-read", "The header may be absent.", [], threats=())
announced(
    "with-an-unsigned-type-that-is-its-own-is-read",
    "The header says what was signed.",
    [["pivotal-event", TYPE]],
)
announced(
    "with-an-unsigned-type-under-a-name-in-capitals-is-read",
    "Header names are compared without regard to case.",
    [["Pivotal-Event", TYPE]],
    threats=["H1"],
)
contradicted(
    "is-its-own-twice",
    "Hosts that join lines show another type, so every host refuses.",
    TYPE,
    TYPE,
    threats=["H2", "H14"],
)
contradicted(
    "is-its-own-joined-twice",
    "Types are compared whole.",
    f"{TYPE}, {TYPE}",
    threats=["H2", "H14"],
)
announced(
    "with-an-unsigned-type-under-a-name-with-an-underscore-is-read",
    "An underscore is not a hyphen.",
    [["pivotal_event", "webhook.ping"]],
    threats=["H3"],
)
announced(
    "with-an-unsigned-delivery-id-is-read",
    "The delivery id is not compared with the type.",
    [["pivotal-delivery-id", "webhook.ping"]],
)
announced(
    "with-an-unsigned-type-that-is-unknown-is-read",
    "The two types are compared, also if they are not listed.",
    [["pivotal-event", "customer.won"]],
    members=PIVOTAL | {"type": '"customer.won"'},
    type="customer.won",
    listed=False,
)
announced(
    "with-an-unsigned-type-that-it-writes-with-escapes-is-read",
    "Strings are read after unescaping.",
    [["pivotal-event", TYPE]],
    members=PIVOTAL | {"type": r'"customer\u002eat_risk"'},
)
for what, type, written in [
    ("with-a-space", "customer at risk", '"customer at risk"'),
    ("of-256-characters", "e" * 256, f'"{"e" * 256}"'),
    ("of-257-characters", "e" * 257, f'"{"e" * 257}"'),
    ("beyond-ascii", "customer.\u00e9", '"customer.\u00e9"'),
    ("that-is-unprintable", "customer\x7f", r'"customer\u007f"'),
]:
    announced(
        f"with-an-unsigned-type-{what}-is-read",
        "Bytes are compared, whether or not they could be reported.",
        [["pivotal-event", type]],
        members=PIVOTAL | {"type": written},
        type=type,
        listed=False,
    )
contradicted(
    "is-another",
    "The unsigned header differs from the type in the body.",
    "webhook.ping",
)
contradicted("is-in-capitals", "Types are compared with regard to case.", "Customer.At_Risk")
contradicted("is-the-start-of-its-own", "Types are compared whole.", "customer")
contradicted("goes-on-after-its-own", "Types are compared whole.", TYPE + ".v2")
contradicted("has-a-space-after-it", "Nothing is trimmed.", TYPE + " ")
contradicted("has-a-space-before-it", "Nothing is trimmed.", " " + TYPE)
contradicted("is-in-quotes", "A header is not parsed as JSON.", f'"{TYPE}"')
contradicted("is-empty", "An empty value counts as present.", "")
contradicted("has-a-line-feed-after-it", "Nothing is trimmed.", TYPE + "\n")
contradicted("has-a-delete-character-after-it", "Types are compared whole.", TYPE + "\x7f")
contradicted("is-of-one-space", "Nothing is trimmed.", " ")
contradicted("has-a-look-alike", "Types are compared byte for byte.", "\u0441ustomer.at_risk")
contradicted("is-of-257-characters", "Values of any length are compared.", "e" * 257)
contradicted("is-of-10000-characters", "Types are compared whole.", "e" * 10_000)
contradicted(
    "comes-twice-first-as-its-own",
    "If the header has two different values, one of them differs from the type.",
    TYPE,
    "webhook.ping",
    threats=["H2"],
)
contradicted(
    "comes-twice-last-as-its-own",
    "If the header has two different values, one of them differs from the type.",
    "webhook.ping",
    TYPE,
    threats=["H2"],
)
contradicted(
    "comes-twice-as-another",
    "Two equal header lines agree with the type.",
    "webhook.ping",
    "webhook.ping",
    threats=["H2"],
)
announced(
    "whose-unsigned-type-under-a-name-in-capitals-is-another-is-refused",
    "Header names are compared without regard to case.",
    [["PIVOTAL-EVENT", "webhook.ping"]],
    matches=False,
    threats=["H1"],
)
for what, headers in [
    ("svix", svix(encoded(PIVOTAL))),
    ("webhook", svix(encoded(PIVOTAL), family="webhook")),
    ("svix-and-pivotal", svix(encoded(PIVOTAL)) + pivotal_delivery(encoded(PIVOTAL))),
]:
    topic.unwrap(
        f"envelope-of-{what}-ignores-the-unsigned-type",
        "The header belongs to the pivotal scheme, and another scheme was checked.",
        headers=[*headers, ["pivotal-event", "webhook.ping"]],
        body=encoded(PIVOTAL),
        expect=unwrapped(**PIVOTAL_FACTS),
        threats=["H14"],
    )
topic.unwrap(
    "envelope-pivot-ignores-the-unsigned-type",
    "The header belongs to the pivotal scheme, and another scheme was checked.",
    webhook=pivot(),
    headers=[*pivot_delivery(encoded(PIVOT)), ["pivotal-event", "webhook.ping"]],
    body=encoded(PIVOT),
    expect=unwrapped(**PIVOT_FACTS),
    threats=["H14"],
)

# max_event_age


def aged(name, why, members, expect, now=AT):
    unwrap_pivot(f"envelope-pivot-{name}", why, members, expect, ["R4"], now, max_event_age=60)


aged(
    "as-old-as-max-event-age-is-read",
    "Exactly the age passes.",
    PIVOT,
    unwrapped(**PIVOT_FACTS),
    AT + 60,
)
aged(
    "older-than-max-event-age-is-refused",
    "Older than the age.",
    PIVOT,
    refused("timestamp_too_old", skew=61, tolerance=60),
    AT + 61,
)
aged(
    "without-timestamp-has-no-age-and-is-refused",
    "An event without a time has no age.",
    without(PIVOT, "timestamp"),
    unreadable("timestamp"),
)
aged(
    "with-a-number-for-timestamp-has-no-age-and-is-refused",
    "The age is checked before the envelope is read.",
    PIVOT | {"timestamp": "1750000000"},
    unreadable("timestamp"),
)
aged(
    "with-a-timestamp-before-1970-is-too-old",
    "A valid time before 1970 is too old.",
    PIVOT | {"timestamp": '"0001-01-01T00:00:00Z"'},
    refused("timestamp_too_old", skew=AT + 62_135_596_800, tolerance=60),
)
aged(
    "of-an-empty-body-has-no-age-and-is-refused",
    "An event without a time has no age.",
    "",
    unreadable("timestamp"),
)
