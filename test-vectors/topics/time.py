"""Cases of timestamps: their grammar, the tolerance in both directions, and the clock."""

from builders import (
    AT,
    STRANGER_KEY,
    Topic,
    accepted_pivotal,
    accepted_svix,
    b64,
    mismatch,
    pivotal,
    pivotal_delivery,
    pivotal_headers,
    pivotal_mac,
    refused,
    svix,
    svix_headers,
    svix_mac,
    v1,
)

topic = Topic(
    "time",
    "Timestamps: the cases test 1 to 12 digits, the tolerance in both directions, and the "
    "receiver's clock.",
)


def aged(name, why, age, expect, threats=("R2",), **options):
    """An honest svix delivery at an age in seconds."""
    topic.verify_signature(
        name,
        why,
        webhook=pivotal(**options),
        headers=svix(),
        now=AT + age,
        expect=expect,
        threats=threats,
    )


def too_old(skew, tolerance=300):
    return refused("timestamp_too_old", skew=skew, tolerance=tolerance)


def too_new(skew, tolerance=300):
    return refused("timestamp_too_new", skew=-skew, tolerance=tolerance)


# The default tolerance

aged(
    "time-accepts-a-delivery-299-seconds-old",
    "Younger than the tolerance.",
    299,
    accepted_svix(),
)
aged(
    "time-accepts-a-delivery-exactly-300-seconds-old",
    "Exactly the tolerance passes.",
    300,
    accepted_svix(),
)
aged(
    "time-refuses-a-delivery-301-seconds-old",
    "Older than the tolerance.",
    301,
    too_old(301),
)
aged(
    "time-refuses-a-delivery-a-day-old",
    "A captured delivery is refused a day later.",
    86_400,
    too_old(86_400),
)
aged(
    "time-accepts-a-delivery-299-seconds-ahead",
    "A sender's clock may be fast.",
    -299,
    accepted_svix(),
    ("R3",),
)
aged(
    "time-accepts-a-delivery-exactly-300-seconds-ahead",
    "Exactly the tolerance passes in this direction, too.",
    -300,
    accepted_svix(),
    ("R3",),
)
aged(
    "time-refuses-a-delivery-301-seconds-ahead",
    "Further ahead than the tolerance.",
    -301,
    too_new(301),
    ("R3",),
)
aged(
    "time-refuses-a-delivery-a-day-ahead",
    "A delivery can't be dated far ahead to stay fresh.",
    -86_400,
    too_new(86_400),
    ("R3",),
)
for age, expect in [
    (300, accepted_pivotal()),
    (301, too_old(301)),
    (-300, accepted_pivotal()),
    (-301, too_new(301)),
]:
    verdict, direction = (
        ("accepts" if "ok" in expect else "refuses"),
        ("old" if age > 0 else "ahead"),
    )
    topic.verify_signature(
        f"time-{verdict}-a-pivotal-delivery-{abs(age)}-seconds-{direction}",
        "The tolerance is the same in the pivotal scheme.",
        headers=pivotal_delivery(),
        now=AT + age,
        expect=expect,
        threats=["R2" if age > 0 else "R3"],
    )
topic.verify(
    "time-is-checked-by-verify-as-well",
    "verify makes the same checks as verify_signature.",
    headers=svix(),
    now=AT + 301,
    expect=too_old(301),
    threats=["R2"],
)

# Other tolerances

aged(
    "tolerance-0-accepts-the-same-second",
    "0 means the same second, and not off.",
    0,
    accepted_svix(),
    ("R9",),
    tolerance=0,
)
aged(
    "tolerance-0-refuses-one-second-old",
    "0 means the same second, and not off.",
    1,
    too_old(1, 0),
    ("R9",),
    tolerance=0,
)
aged(
    "tolerance-0-refuses-one-second-ahead",
    "0 means the same second, and not off.",
    -1,
    too_new(1, 0),
    ("R9",),
    tolerance=0,
)
aged(
    "tolerance-10-accepts-10-seconds-old",
    "The option replaces the default tolerance.",
    10,
    accepted_svix(),
    ("R9",),
    tolerance=10,
)
aged(
    "tolerance-10-refuses-11-seconds-old",
    "The option replaces the default tolerance.",
    11,
    too_old(11, 10),
    ("R9",),
    tolerance=10,
)
aged(
    "tolerance-3600-accepts-an-hour-old",
    "The largest tolerance is an hour.",
    3600,
    accepted_svix(),
    ("R9",),
    tolerance=3600,
)
aged(
    "tolerance-3600-refuses-an-hour-and-a-second-old",
    "The largest tolerance is an hour.",
    3601,
    too_old(3601, 3600),
    ("R9",),
    tolerance=3600,
)
aged(
    "tolerance-3600-accepts-an-hour-ahead",
    "The largest tolerance is an hour.",
    -3600,
    accepted_svix(),
    ("R9",),
    tolerance=3600,
)
aged(
    "tolerance-3600-refuses-an-hour-and-a-second-ahead",
    "The largest tolerance is an hour.",
    -3601,
    too_new(3601, 3600),
    ("R9",),
    tolerance=3600,
)

# Without the window

aged(
    "ignore-timestamp-accepts-a-year-old",
    "The tolerance is switched off.",
    31_536_000,
    accepted_svix(),
    ("R9",),
    ignore_timestamp=True,
)
aged(
    "ignore-timestamp-accepts-a-year-ahead",
    "The tolerance is switched off in both directions.",
    -31_536_000,
    accepted_svix(),
    ("R9",),
    ignore_timestamp=True,
)
aged(
    "ignore-timestamp-outweighs-a-tolerance",
    "Both options may be set, and the tolerance stays off.",
    301,
    accepted_svix(),
    ("R9",),
    ignore_timestamp=True,
    tolerance=0,
)
aged(
    "ignore-timestamp-that-is-false-keeps-the-window",
    "Only the value true switches the tolerance off.",
    301,
    too_old(301),
    ("R9",),
    ignore_timestamp=False,
)
topic.verify_signature(
    "ignore-timestamp-keeps-the-signature",
    "Only the check of the time is switched off.",
    webhook=pivotal(ignore_timestamp=True),
    headers=svix(key=STRANGER_KEY),
    expect=mismatch(),
    threats=["R9", "F1"],
)
topic.verify_signature(
    "ignore-timestamp-keeps-the-grammar",
    "Only the check of the time is switched off.",
    webhook=pivotal(ignore_timestamp=True),
    headers=svix(at="never"),
    expect=refused("timestamp_malformed", header="svix-timestamp"),
    threats=["R9", "R6"],
)
topic.verify_signature(
    "ignore-timestamp-holds-for-pivotal-too",
    "The tolerance is switched off in every scheme.",
    webhook=pivotal(ignore_timestamp=True),
    headers=pivotal_delivery(),
    now=AT + 86_400,
    expect=accepted_pivotal(),
    threats=["R9"],
)

# The clock


def clock(name, why, now, at, expect, threats=("R8",), **options):
    topic.verify_signature(
        name,
        why,
        webhook=pivotal(**options),
        headers=svix(at=at),
        now=now,
        expect=expect,
        threats=threats,
    )


clock(
    "clock-at-0-accepts-a-delivery-300-seconds-ahead",
    "The clock may be 0.",
    0,
    300,
    accepted_svix(timestamp=300),
)
clock(
    "clock-at-0-refuses-a-delivery-301-seconds-ahead",
    "The clock may be 0.",
    0,
    301,
    too_new(301),
)
clock(
    "clock-at-0-accepts-the-first-second",
    "1 is the smallest timestamp.",
    0,
    1,
    accepted_svix(timestamp=1),
)
clock(
    "clock-at-0-refuses-the-largest-timestamp",
    "No difference overflows.",
    0,
    999_999_999_999,
    too_new(999_999_999_999),
)
clock(
    "clock-far-ahead-refuses-the-smallest-timestamp",
    "No difference overflows.",
    999_999_999_999,
    1,
    too_old(999_999_999_998),
)
clock(
    "clock-far-ahead-accepts-the-largest-timestamp",
    "12 digits are a timestamp.",
    999_999_999_999,
    999_999_999_999,
    accepted_svix(timestamp=999_999_999_999),
)
clock(
    "clock-beyond-the-largest-timestamp-is-refused",
    "A clock of 13 digits counts milliseconds, and its skew would blame the sender.",
    1_000_000_000_000,
    999_999_999_999,
    refused("internal"),
)
clock(
    "clock-in-milliseconds-is-refused",
    "A clock of 13 digits counts milliseconds, and its skew would blame the sender.",
    AT * 1000,
    AT,
    refused("internal"),
)
clock(
    "clock-in-milliseconds-is-refused-without-the-window",
    "An invalid clock is refused also if the tolerance is switched off.",
    AT * 1000,
    AT,
    refused("internal"),
    ignore_timestamp=True,
)
clock(
    "clock-of-the-largest-safe-integer-is-refused",
    "A clock has at most 12 digits.",
    9_007_199_254_740_991,
    999_999_999_999,
    refused("internal"),
)
clock(
    "clock-at-0-accepts-the-largest-timestamp-without-the-window",
    "No difference is needed.",
    0,
    999_999_999_999,
    accepted_svix(timestamp=999_999_999_999),
    ignore_timestamp=True,
)
clock(
    "clock-before-1970-is-an-internal-error",
    "A delivery is never accepted with an invalid clock.",
    -1,
    AT,
    refused("internal"),
    ("R10",),
)
topic.verify(
    "clock-before-1970-is-an-internal-error-for-verify-too",
    "A delivery is never accepted with an invalid clock.",
    headers=svix(),
    now=-1,
    expect=refused("internal"),
    threats=["R10"],
)


def in_digits_from(zero):
    return "".join(chr(ord(zero) + int(digit)) for digit in str(AT))


ARABIC_INDIC = in_digits_from("\N{ARABIC-INDIC DIGIT ZERO}")
FULL_WIDTH = in_digits_from("\N{FULLWIDTH DIGIT ZERO}")

# The grammar. Each delivery is signed over the timestamp as it stands, so only the grammar can
# refuse it.

clock(
    "timestamp-of-one-digit-is-accepted",
    "A timestamp has at least one digit.",
    9,
    9,
    accepted_svix(timestamp=9),
    ("R6",),
)
clock(
    "timestamp-of-nine-digits-is-accepted",
    "The year 2001 had nine digits.",
    999_999_999,
    999_999_999,
    accepted_svix(timestamp=999_999_999),
    ("R6",),
)
clock(
    "timestamp-beyond-32-bits-is-accepted",
    "Times after 2038 and 2106 are valid.",
    4_294_967_296,
    4_294_967_296,
    accepted_svix(timestamp=4_294_967_296),
    ("R6",),
)
for what, why, text in [
    ("empty", "A timestamp has digits.", ""),
    ("0", "Without leading zeros nothing starts with 0.", "0"),
    ("00", "A leading zero is another text for the same number.", "00"),
    (
        "with-a-leading-zero",
        "A leading zero is another text for the same number.",
        f"0{AT}",
    ),
    ("of-13-digits", "Milliseconds have 13 digits.", f"{AT}000"),
    ("of-19-digits", "Nanoseconds have 19 digits.", f"{AT}000000000"),
    (
        "beyond-64-bits",
        "No number is parsed before its length is known.",
        "18446744073709551616",
    ),
    (
        "of-400-digits",
        "No number is parsed before its length is known.",
        "1" * 400,
    ),
    ("with-a-plus-sign", "A sign is no digit.", f"+{AT}"),
    ("with-a-minus-sign", "A sign is no digit.", f"-{AT}"),
    ("with-a-space-before", "Nothing is trimmed.", f" {AT}"),
    ("with-a-space-after", "Nothing is trimmed.", f"{AT} "),
    ("with-a-space-inside", "A space is no digit.", "1750 000 000"),
    ("with-a-tab-after", "Nothing is trimmed.", f"{AT}\t"),
    ("with-a-line-feed-after", "Nothing is trimmed.", f"{AT}\n"),
    ("with-a-nul-after", "A signature is not shortened to fit.", f"{AT}\0"),
    ("with-a-zero-fraction", "A timestamp is whole.", f"{AT}.0"),
    ("with-a-fraction", "A timestamp is whole.", f"{AT}.9"),
    ("with-a-dot-at-the-end", "A dot is no digit.", f"{AT}."),
    ("with-an-exponent", "A timestamp has no exponent.", "1e9"),
    ("in-hex", "A timestamp is decimal.", "0x684EDB80"),
    ("in-hex-digits-alone", "A timestamp is decimal.", "684EDB80"),
    (
        "with-underscores",
        "Some languages read 1_750; here _ is no digit.",
        "1_750_000_000",
    ),
    ("with-commas", "A comma is no digit.", "1,750,000,000"),
    ("nan", "Comparisons with NaN are never true.", "NaN"),
    ("infinity", "No tolerance reaches infinity.", "Infinity"),
    ("inf", "No tolerance reaches infinity.", "inf"),
    ("null", "A word is no number.", "null"),
    (
        "in-arabic-indic-digits",
        "Digits are ASCII.",
        ARABIC_INDIC,
    ),
    (
        "in-full-width-digits",
        "Digits are ASCII.",
        FULL_WIDTH,
    ),
    (
        "with-one-full-width-digit",
        "Digits are ASCII.",
        "\N{FULLWIDTH DIGIT ONE}750000000",
    ),
    ("with-a-superscript-digit", "Digits are ASCII.", "175000000²"),
    ("with-a-letter", "A letter is no digit.", "175000000a"),
    (
        "with-a-slash",
        "The characters next to the digits in ASCII are not digits.",
        "175000000/",
    ),
    (
        "with-a-colon",
        "The characters next to the digits in ASCII are not digits.",
        "175000000:",
    ),
    ("in-javascript-bigint-form", "A letter is no digit.", f"{AT}n"),
    ("as-a-date", "A timestamp is a number of seconds.", "2025-06-15T15:06:40Z"),
]:
    clock(
        f"timestamp-{what}-is-malformed",
        why,
        AT,
        text,
        refused("timestamp_malformed", header="svix-timestamp"),
        ("R6", "R7"),
    )
topic.verify_signature(
    "timestamp-that-only-a-number-parser-would-take-is-malformed",
    "The sender signed 1750000000, and a zero was added before it. As a number it would be "
    "the same.",
    headers=svix_headers(v1(svix_mac()), at=f"0{AT}"),
    expect=refused("timestamp_malformed", header="svix-timestamp"),
    threats=["R6", "R7"],
)
for what, text in [
    ("0", "0"),
    ("with-a-leading-zero", f"0{AT}"),
    ("of-13-digits", f"{AT}000"),
    ("with-a-plus-sign", f"+{AT}"),
    ("with-a-fraction", f"{AT}.0"),
    ("nan", "NaN"),
    (
        "in-arabic-indic-digits",
        ARABIC_INDIC,
    ),
    ("with-a-line-feed-after", f"{AT}\n"),
]:
    topic.verify_signature(
        f"timestamp-{what}-is-malformed-in-pivotal",
        "The grammar is the same in the pivotal scheme, and the error names its header.",
        headers=pivotal_headers(f"v1,t={text},sig={b64(pivotal_mac(at=text))}"),
        expect=refused("timestamp_malformed", header="pivotal-signature"),
        threats=["R6", "R7"],
    )
topic.verify_signature(
    "timestamp-malformed-names-the-unbranded-header",
    "The error names the header that was read.",
    headers=svix(at="NaN", family="webhook"),
    expect=refused("timestamp_malformed", header="webhook-timestamp"),
    threats=["R6"],
)
