"""Two accidents that come together: the time of a delivery, and something else."""

import json

from builders import AT, OLD_KEY, OLD_SECRET, SECRET

from accidents.delivery import CUSTOMER, TASK, Accidents, by_pivotal, by_svix

topic = Accidents("combined", "A delivery that was recorded is old as well: the time comes second.")

SVIX = by_svix()
PIVOTAL = by_pivotal()
LATER = AT + 3 * 24 * 3600
SOON = AT + 900

topic.add(
    "combined-rewritten-body-of-a-recorded-delivery",
    "A request from a log was written again and verified days later.",
    ["body_json_spacing", "delivery_replayed"],
    SVIX.but(body=json.dumps(CUSTOMER, indent=2).encode(), now=LATER),
    SVIX,
)
topic.add(
    "combined-rewritten-body-in-a-queue",
    "A queue stores the parsed body, and the receiver verifies it a quarter of an hour later.",
    ["body_json_spacing", "clock_fast", "delivery_replayed"],
    PIVOTAL.but(body=json.dumps(TASK).encode(), now=SOON),
    PIVOTAL,
)
topic.add(
    "combined-quoted-secret-and-a-slow-clock",
    "A new machine has the wrong time and a secret in quotation marks.",
    ["secret_quoted", "clock_slow"],
    SVIX.secret(f'"{SECRET}"').but(now=AT - 900),
    SVIX,
)
topic.add(
    "combined-old-secret-of-a-recorded-delivery",
    "A recorded delivery is signed with the secret of its time.",
    ["secret_rotated", "delivery_replayed"],
    by_svix(key=OLD_KEY).but(now=LATER),
    by_svix(key=OLD_KEY, secret=OLD_SECRET),
    previous_secrets=[OLD_SECRET],
)
topic.add(
    "combined-renamed-headers-and-a-time-zone",
    "A program of its own reads the variables of CGI and a local time.",
    ["header_prefixed", "clock_time_zone", "clock_fast", "delivery_replayed"],
    SVIX.named(lambda name: f"HTTP_{name.upper().replace('-', '_')}").but(now=AT + 7200),
    SVIX,
)
