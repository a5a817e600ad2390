"""Accidents with the receiver's clock and with the signed time."""

from builders import AT, PIVOT_SECRET, b64, pivot, pivotal_mac

from accidents.delivery import MESSAGE, Accidents, by_pivot, by_pivotal, by_svix, compact

topic = Accidents(
    "time", "The clock is wrong, the timestamp is not the signed one, or time has passed."
)

SVIX = by_svix()
PIVOTAL = by_pivotal()
HOUR = 3600
DAY = 24 * HOUR


def add(what, why, findings, received, sent=SVIX):
    topic.add(what, why, findings, received, sent)


for what, factor in [("milliseconds", 1_000), ("microseconds", 1_000_000)]:
    add(
        f"clock-milliseconds-counts-{what}",
        "The clock function returns another unit than seconds.",
        "clock_milliseconds",
        SVIX.but(now=AT * factor + 5),
    )


def at_timestamp(delivery, timestamp):
    """The delivery with another timestamp in its headers, signed as it was."""
    return delivery.valued(lambda value: value.replace(str(AT), str(timestamp)))


add(
    "timestamp-milliseconds-in-svix",
    "Code has multiplied the timestamp to make a date.",
    "timestamp_milliseconds",
    at_timestamp(SVIX, AT * 1000),
)
add(
    "timestamp-milliseconds-in-pivotal",
    "Code has multiplied the timestamp to make a date.",
    "timestamp_milliseconds",
    at_timestamp(PIVOTAL, AT * 1000),
    PIVOTAL,
)
add(
    "timestamp-milliseconds-that-were-signed",
    "The sender signs milliseconds, so that nothing can be undone.",
    "timestamp_milliseconds",
    PIVOTAL.but(
        headers=[
            [
                "pivotal-signature",
                f"v1,t={AT}000,sig={b64(pivotal_mac(PIVOTAL.body, f'{AT}000'))}",
            ]
        ]
    ),
    None,
)
for seconds in (1, 3, 20):
    add(
        f"timestamp-of-log-{seconds}-s-later",
        "The log has the time of its entry instead of the header.",
        "timestamp_of_log",
        at_timestamp(SVIX, AT + seconds),
    )
add(
    "timestamp-of-log-with-a-fraction",
    "The log has the time of its entry with microseconds.",
    "timestamp_of_log",
    at_timestamp(SVIX, f"{AT + 2}.481516"),
)
add(
    "timestamp-of-log-as-a-date",
    "The log has the time of its entry as a date.",
    "timestamp_of_log",
    at_timestamp(SVIX, "2025-06-15T15:06:41.250Z"),
)
add(
    "timestamp-of-log-in-pivotal",
    "The log has the time of its entry instead of the header.",
    "timestamp_of_log",
    at_timestamp(PIVOTAL, AT + 4),
    PIVOTAL,
)
for hours in (1, 2, 9):
    add(
        f"clock-time-zone-{hours}-h-ahead",
        "A local time east of Greenwich is taken for UTC.",
        ["clock_time_zone", "clock_fast", "delivery_replayed"],
        SVIX.but(now=AT + hours * HOUR + 2),
    )
    add(
        f"clock-time-zone-{hours}-h-behind",
        "A local time west of Greenwich is taken for UTC.",
        ["clock_time_zone", "clock_slow"],
        PIVOTAL.but(now=AT - hours * HOUR + 1),
        PIVOTAL,
    )
for seconds in (301, 1_234, 5_000):
    add(
        f"clock-slow-by-{seconds}-s",
        "A delivery from the future means that the receiver's clock is behind.",
        "clock_slow",
        SVIX.but(now=AT - seconds),
    )
    add(
        f"clock-fast-by-{seconds}-s",
        "A delivery that is some minutes old means that the receiver's clock is ahead.",
        ["clock_fast", "delivery_replayed"],
        PIVOTAL.but(now=AT + seconds),
        PIVOTAL,
    )
for what, seconds in [("a-day-and-a-half", 36 * HOUR), ("a-month", 30 * DAY + 77)]:
    add(
        f"delivery-replayed-after-{what}",
        "A clock is rarely wrong by more than a day.",
        "delivery_replayed",
        SVIX.but(now=AT + seconds),
    )
PIVOT = by_pivot(compact(MESSAGE)).but(webhook=pivot(PIVOT_SECRET, max_event_age=3_000))
add(
    "delivery-replayed-at-a-pivot-endpoint",
    "The event's own time is older than the limit allows.",
    "delivery_replayed",
    PIVOT.but(now=AT + 3 * DAY),
    PIVOT,
)
