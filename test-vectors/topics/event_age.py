"""Cases of `max_event_age`: the age of a Pivot event, by the `timestamp` in its signed body."""

from builders import (
    AT,
    PARSED,
    Topic,
    accepted_pivot,
    pivot,
    pivot_delivery,
    refused,
    unreadable,
    utf8,
)

topic = Topic(
    "event-age",
    "max_event_age limits the age of an event at a Pivot endpoint: the cases test the grammar "
    "of the body's timestamp and the allowed age.",
)

MINUTE = 60


def dated(text):
    return utf8(f'{{"timestamp":"{text}"}}')


def check(
    name,
    why,
    body,
    expect,
    now=AT,
    max_event_age=MINUTE,
    do=topic.verify_signature,
    threats=("R4",),
    **options,
):
    do(
        name,
        why,
        webhook=pivot(max_event_age=max_event_age, **options),
        headers=pivot_delivery(body),
        body=body,
        now=now,
        expect=expect,
        threats=threats,
    )


NOW = dated("2025-06-15T15:06:40Z")  # AT

# The age

check(
    "event-age-accepts-an-event-of-this-second",
    "An event with the age 0 is accepted.",
    NOW,
    accepted_pivot(),
)
check(
    "event-age-accepts-an-event-exactly-that-old",
    "Exactly the age passes.",
    NOW,
    accepted_pivot(),
    AT + 60,
)
check(
    "event-age-refuses-an-event-one-second-older",
    "Older than the age.",
    NOW,
    refused("timestamp_too_old", skew=61, tolerance=60),
    AT + 61,
)
check(
    "event-age-accepts-an-event-300-seconds-ahead",
    "A sender's clock may be fast, by the ordinary tolerance.",
    NOW,
    accepted_pivot(),
    AT - 300,
)
check(
    "event-age-refuses-an-event-301-seconds-ahead",
    "Further ahead than the ordinary tolerance.",
    NOW,
    refused("timestamp_too_new", skew=-301, tolerance=300),
    AT - 301,
)
check(
    "event-age-accepts-an-event-ahead-by-a-tolerance-of-ones-own",
    "The tolerance bounds the future.",
    NOW,
    accepted_pivot(),
    AT - 10,
    tolerance=10,
)
check(
    "event-age-refuses-an-event-ahead-of-a-tolerance-of-ones-own",
    "The tolerance bounds the future.",
    NOW,
    refused("timestamp_too_new", skew=-11, tolerance=10),
    AT - 11,
    tolerance=10,
)
check(
    "event-age-does-not-add-the-tolerance-to-the-age",
    "The tolerance bounds the future alone.",
    NOW,
    refused("timestamp_too_old", skew=61, tolerance=60),
    AT + 61,
    tolerance=3600,
)
check(
    "event-age-of-a-week-accepts-a-week",
    "Retries may take hours, replays days.",
    NOW,
    accepted_pivot(),
    AT + 604_800,
    604_800,
)
check(
    "event-age-of-a-week-refuses-a-week-and-a-second",
    "Retries may take hours, replays days.",
    NOW,
    refused("timestamp_too_old", skew=604_801, tolerance=604_800),
    AT + 604_801,
    604_800,
)
check(
    "event-age-of-a-second-refuses-two",
    "The smallest age is a second.",
    NOW,
    refused("timestamp_too_old", skew=2, tolerance=1),
    AT + 2,
    1,
)
check(
    "event-age-of-a-year-accepts-a-year",
    "The largest age is 365 days.",
    NOW,
    accepted_pivot(),
    AT + 31_536_000,
    31_536_000,
)
check(
    "event-age-is-checked-by-verify-as-well",
    "verify makes the same checks as verify_signature.",
    NOW,
    refused("timestamp_too_old", skew=61, tolerance=60),
    AT + 61,
    do=topic.verify,
)
check(
    "event-age-lets-verify-give-the-parsed-body",
    "A fresh event is parsed.",
    NOW,
    PARSED,
    AT + 60,
    do=topic.verify,
)

# What the body must be


def unreadable_body(name, why, body, reason):
    check(name, why, utf8(body) if isinstance(body, str) else body, unreadable(reason))


unreadable_body(
    "event-age-refuses-a-body-without-a-timestamp",
    "An event without a time has no age.",
    '{"eventType":"message_sent"}',
    "timestamp",
)
unreadable_body(
    "event-age-refuses-an-empty-body",
    "An event without a time has no age.",
    "",
    "timestamp",
)
unreadable_body(
    "event-age-refuses-a-timestamp-deeper-down",
    "Only a timestamp in the outermost object is read.",
    '{"data":{"timestamp":"2025-06-15T15:06:40Z"}}',
    "timestamp",
)
unreadable_body(
    "event-age-refuses-a-timestamp-key-in-capitals",
    "Keys are compared with regard to case.",
    '{"Timestamp":"2025-06-15T15:06:40Z"}',
    "timestamp",
)
unreadable_body(
    "event-age-refuses-a-number-for-a-timestamp",
    "A timestamp is a string.",
    '{"timestamp":1750000000}',
    "timestamp",
)
unreadable_body(
    "event-age-refuses-null-for-a-timestamp",
    "A timestamp is a string.",
    '{"timestamp":null}',
    "timestamp",
)
unreadable_body(
    "event-age-refuses-an-array-for-a-timestamp",
    "A timestamp is a string.",
    '{"timestamp":["2025-06-15T15:06:40Z"]}',
    "timestamp",
)
unreadable_body(
    "event-age-refuses-an-object-for-a-timestamp",
    "A timestamp is a string.",
    '{"timestamp":{"timestamp":"2025-06-15T15:06:40Z"}}',
    "timestamp",
)
unreadable_body(
    "event-age-refuses-two-timestamps",
    "A key twice could be read in two ways.",
    '{"timestamp":"2025-06-15T15:06:40Z","timestamp":"2025-06-15T15:06:40Z"}',
    "duplicate_key",
)
unreadable_body(
    "event-age-refuses-an-array-for-a-body",
    "An event is an object.",
    '[{"timestamp":"2025-06-15T15:06:40Z"}]',
    "not_an_object",
)
unreadable_body(
    "event-age-refuses-a-body-that-is-not-json",
    "An event is JSON.",
    "timestamp=2025-06-15T15:06:40Z",
    "syntax",
)
unreadable_body(
    "event-age-refuses-a-body-that-is-not-json-after-the-timestamp",
    "The whole body is validated.",
    '{"timestamp":"2025-06-15T15:06:40Z"',
    "syntax",
)
unreadable_body(
    "event-age-refuses-a-body-that-is-not-utf-8",
    "An event is UTF-8.",
    b'{"timestamp":"2025-06-15T15:06:40Z","a":"\xff"}',
    "utf8",
)
unreadable_body(
    "event-age-refuses-a-body-that-is-too-deep",
    "The whole body is validated.",
    utf8('{"timestamp":"2025-06-15T15:06:40Z","a":' + "[" * 127 + "]" * 127 + "}"),
    "depth",
)
check(
    "event-age-reads-a-timestamp-among-other-members",
    "Members may have any order.",
    utf8(
        '{"eventType":"message_sent","subject":{"type":"room","id":"r1"},"timestamp":"2025-06-15T15:06:40Z","data":{}}'
    ),
    accepted_pivot(),
    AT + 60,
)
check(
    "event-age-reads-an-escaped-key",
    "Keys are read after unescaping.",
    utf8(r'{"\u0074imestamp":"2025-06-15T15:06:40Z"}'),
    refused("timestamp_too_old", skew=61, tolerance=60),
    AT + 61,
)
check(
    "event-age-reads-an-escaped-timestamp",
    "Strings are read after unescaping.",
    utf8(r'{"timestamp":"2025-06-15T15:06:40\u005a"}'),
    accepted_pivot(),
    AT + 60,
)
check(
    "event-age-reads-the-top-level-beside-a-deeper-one",
    "Only a timestamp in the outermost object is read.",
    utf8(
        '{"data":{"timestamp":"1999-01-01T00:00:00Z"},"timestamp":"2025-06-15T15:06:40Z","x":{"timestamp":0}}'
    ),
    accepted_pivot(),
)

# RFC 3339. Each event is a second too old, and the error says by how much: that tells how its
# timestamp was read.

for what, why, text, seconds in [
    ("a-fraction-of-one-digit", "Fractions are cut off.", "2025-06-15T15:06:40.9Z", AT),
    (
        "a-fraction-of-milliseconds",
        "Fractions are cut off.",
        "2025-06-15T15:06:40.999Z",
        AT,
    ),
    (
        "a-fraction-of-nanoseconds",
        "Fractions are cut off.",
        "2025-06-15T15:06:40.999999999Z",
        AT,
    ),
    (
        "a-fraction-of-30-digits",
        "Fractions of any length are cut off.",
        "2025-06-15T15:06:40." + "9" * 30 + "Z",
        AT,
    ),
    ("small-letters", "RFC 3339 allows t and z.", "2025-06-15t15:06:40z", AT),
    (
        "an-offset-of-zero",
        "+00:00 and Z mean the same.",
        "2025-06-15T15:06:40+00:00",
        AT,
    ),
    (
        "an-unknown-offset",
        "-00:00 means UTC with an unknown local offset.",
        "2025-06-15T15:06:40-00:00",
        AT,
    ),
    (
        "an-offset-to-the-east",
        "Local time is ahead of UTC there.",
        "2025-06-15T17:06:40+02:00",
        AT,
    ),
    (
        "an-offset-to-the-west",
        "Local time is behind UTC there.",
        "2025-06-15T08:06:40-07:00",
        AT,
    ),
    (
        "an-offset-of-half-an-hour",
        "Offsets have minutes.",
        "2025-06-15T20:36:40+05:30",
        AT,
    ),
    (
        "an-offset-over-midnight",
        "The date in UTC differs from the date as written.",
        "2025-06-16T00:06:40+09:00",
        AT,
    ),
    ("the-largest-offset", "Offsets reach 23:59.", "2025-06-16T15:05:40+23:59", AT),
    (
        "a-fraction-and-an-offset",
        "Both may be given.",
        "2025-06-15T17:06:40.123+02:00",
        AT,
    ),
    (
        "a-leap-day",
        "The year 2024 has a leap day.",
        "2024-02-29T00:00:00Z",
        1_709_164_800,
    ),
    (
        "a-leap-day-in-2000",
        "Every fourth century has a leap day.",
        "2000-02-29T00:00:00Z",
        951_782_400,
    ),
    (
        "the-day-after-a-leap-day",
        "Days are counted right.",
        "2024-03-01T00:00:00Z",
        1_709_251_200,
    ),
    (
        "the-first-leap-day",
        "1972 had the first one.",
        "1972-02-29T00:00:00Z",
        68_169_600,
    ),
    (
        "the-end-of-a-leap-year",
        "366 days are counted.",
        "2000-12-31T00:00:00Z",
        978_220_800,
    ),
    ("march-2100", "2100 has no leap day.", "2100-03-01T00:00:00Z", 4_107_542_400),
    ("a-leap-second", "Second 60 counts as 59.", "2016-12-31T23:59:60Z", 1_483_228_799),
    ("the-first-second-of-1970", "This is the Unix time 0.", "1970-01-01T00:00:00Z", 0),
    (
        "a-moment-of-1970-that-is-1969-where-it-was-written",
        "The time is compared in UTC.",
        "1969-12-31T23:30:00-01:00",
        1_800,
    ),
    (
        "the-last-second-of-9999",
        "Four digits end there.",
        "9999-12-31T23:59:59Z",
        253_402_300_799,
    ),
]:
    check(
        f"event-age-reads-{what}",
        why,
        dated(text),
        refused("timestamp_too_old", skew=61, tolerance=60),
        seconds + 61,
    )
for what, why, text in [
    ("an-empty-timestamp", "A date has digits.", ""),
    ("a-date-alone", "A time is needed.", "2025-06-15"),
    (
        "a-time-without-an-offset",
        "A time without an offset is refused.",
        "2025-06-15T15:06:40",
    ),
    ("a-time-without-seconds", "Seconds are needed.", "2025-06-15T15:06Z"),
    ("a-space-for-t", "T or t stands between date and time.", "2025-06-15 15:06:40Z"),
    ("a-space-before-it", "Nothing is trimmed.", " 2025-06-15T15:06:40Z"),
    ("a-space-after-it", "Nothing is trimmed.", "2025-06-15T15:06:40Z "),
    ("something-after-it", "Nothing follows the offset.", "2025-06-15T15:06:40Zx"),
    (
        "a-zone-name-after-it",
        "RFC 3339 has no names of zones.",
        "2025-06-15T15:06:40Z[UTC]",
    ),
    (
        "a-zone-name-for-an-offset",
        "RFC 3339 has no names of zones.",
        "2025-06-15T15:06:40UTC",
    ),
    ("an-offset-without-a-colon", "Offsets have a colon.", "2025-06-15T15:06:40+0000"),
    ("an-offset-of-hours-alone", "Offsets have minutes.", "2025-06-15T15:06:40+00"),
    ("an-offset-of-24-hours", "Offsets end at 23:59.", "2025-06-15T15:06:40+24:00"),
    ("an-offset-of-60-minutes", "Offsets end at 23:59.", "2025-06-15T15:06:40+00:60"),
    (
        "a-fraction-without-digits",
        "A dot has digits after it.",
        "2025-06-15T15:06:40.Z",
    ),
    ("a-fraction-after-a-comma", "RFC 3339 has a dot there.", "2025-06-15T15:06:40,5Z"),
    ("the-basic-form", "RFC 3339 has separators.", "20250615T150640Z"),
    ("slashes", "RFC 3339 has hyphens.", "2025/06/15T15:06:40Z"),
    ("a-month-of-one-digit", "Months have two digits.", "2025-6-15T15:06:40Z"),
    ("month-0", "Months start at 1.", "2025-00-15T15:06:40Z"),
    ("month-13", "Months end at 12.", "2025-13-15T15:06:40Z"),
    ("day-0", "Days start at 1.", "2025-06-00T15:06:40Z"),
    ("february-29-in-2100", "Most centuries have no leap day.", "2100-02-29T15:06:40Z"),
    ("february-30", "February never has 30 days.", "2024-02-30T15:06:40Z"),
    ("hour-24", "Hours end at 23.", "2025-06-15T24:00:00Z"),
    ("minute-60", "Minutes end at 59.", "2025-06-15T15:60:40Z"),
    ("second-61", "Seconds end at 60.", "2025-06-15T15:06:61Z"),
    ("the-year-0000", "Time starts in the year 1.", "0000-01-01T00:00:00Z"),
    ("a-year-of-five-digits", "Years have four digits.", "10000-01-01T00:00:00Z"),
    ("a-year-with-a-sign", "Years have four digits.", "+2025-06-15T15:06:40Z"),
    (
        "a-moment-after-9999-by-its-offset",
        "The year in UTC must have four digits.",
        "9999-12-31T23:59:59-00:01",
    ),
    (
        "full-width-digits",
        "Digits are ASCII.",
        "\N{FULLWIDTH DIGIT TWO}025-06-15T15:06:40Z",
    ),
    ("a-minus-sign-beyond-ascii", "Signs are ASCII.", "2025-06-15T15:06:40\u221200:00"),
    ("seconds-since-1970", "A number in quotes is not a date.", "1750000000"),
    (
        "a-date-of-http",
        "The date format of HTTP is refused.",
        "Sun, 15 Jun 2025 15:06:40 GMT",
    ),
]:
    check(f"event-age-refuses-{what}", why, dated(text), unreadable("timestamp"))

for what, text, seconds in [
    ("the-last-second-of-1969", "1969-12-31T23:59:59Z", -1),
    ("a-moment-before-1970-by-its-offset", "1970-01-01T00:00:00+01:00", -3600),
    ("the-year-1900", "1900-03-01T00:00:00Z", -2_203_891_200),
    ("the-first-second-of-year-1", "0001-01-01T00:00:00Z", -62_135_596_800),
]:
    check(
        f"event-age-of-{what}-is-too-old",
        "A valid time before 1970 is too old.",
        dated(text),
        refused("timestamp_too_old", skew=AT - seconds, tolerance=60),
    )
check(
    "event-age-of-the-last-second-of-1969-is-accepted-by-a-clock-of-1970",
    "Ages are counted across 1970.",
    dated("1969-12-31T23:59:59Z"),
    accepted_pivot(),
    59,
)

# The calendar of 2025: noon of the last day of each month, and the day that doesn't follow it.

for month, date, noon in [
    ("january", "01-31", 1_738_324_800),
    ("february", "02-28", 1_740_744_000),
    ("march", "03-31", 1_743_422_400),
    ("april", "04-30", 1_746_014_400),
    ("may", "05-31", 1_748_692_800),
    ("june", "06-30", 1_751_284_800),
    ("july", "07-31", 1_753_963_200),
    ("august", "08-31", 1_756_641_600),
    ("september", "09-30", 1_759_233_600),
    ("october", "10-31", 1_761_912_000),
    ("november", "11-30", 1_764_504_000),
    ("december", "12-31", 1_767_182_400),
]:
    check(
        f"event-age-reads-the-last-day-of-{month}",
        "Months have their own lengths.",
        dated(f"2025-{date}T12:00:00Z"),
        refused("timestamp_too_old", skew=61, tolerance=60),
        noon + 61,
    )
    check(
        f"event-age-refuses-the-day-after-the-last-of-{month}",
        "Months have their own lengths.",
        dated(f"2025-{date[:3]}{int(date[3:]) + 1}T12:00:00Z"),
        unreadable("timestamp"),
    )
