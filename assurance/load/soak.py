"""Makes many calls in one process: `python assurance/load/soak.py CALLS WEBHOOKS`.

Each figure is printed as one line of JSON, as `cargo xtask assure` records it.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from pivotal_webhooks import Webhook, WebhookVerificationError

AT = 1_774_000_000
KEY = os.urandom(24)
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
BODY = b'{"id":"evt_1","type":"customer.at_risk","data":{"object":{"id":"cus_2N"}}}'
MAC = base64.b64encode(hmac.digest(KEY, f"msg_1.{AT}.".encode() + BODY, hashlib.sha256)).decode()
HEADERS = {"svix-id": "msg_1", "svix-timestamp": str(AT), "svix-signature": f"v1,{MAC}"}

ENTRIES = 200_000
PARTS = 20
SLICES = 50
"""In how many slices a part is timed: the fastest one counts, as the others were disturbed."""
REFUSALS = 20


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def tell(about: str, measured: str, goal: str, *, is_met: bool) -> None:
    figure = {"about": f"{about}, Python", "measured": measured, "goal": goal, "is_met": is_met}
    print(json.dumps(figure), flush=True)


def soak(about: str, count: int, call: Callable[[], object]) -> None:
    memory: list[int] = []
    times: list[int] = []
    calls = range(count // PARTS // SLICES)
    for _ in range(PARTS):
        slices: list[int] = []
        for _ in range(SLICES):
            start = time.thread_time_ns()
            for _ in calls:
                call()
            slices.append(time.thread_time_ns() - start)
        times.append(min(slices))
        memory.append(resident())
    early, late = slice(PARTS // 4, PARTS // 2), slice(-PARTS // 4, None)
    about = f"{count} {about}"
    growth = (min(memory[late]) - min(memory[early])) / 2**20
    measured = f"{growth:.2f} MiB"
    tell(f"growth of the memory in {about}", measured, "below 1 MiB", is_met=growth < 1)
    slower = median(times[late]) / median(times[early])
    about = f"time of a call at the end, divided by that before the middle, of {about}"
    tell(about, f"{slower:.2f}", "at most 1.2", is_met=slower <= 1.2)


def many_signatures() -> None:
    webhook = Webhook(SECRET, clock=lambda: AT)
    headers = {**HEADERS, "svix-signature": " ".join([f"v1,{MAC}"] * ENTRIES)}
    times: list[int] = []
    for _ in range(REFUSALS):
        start = time.thread_time_ns()
        try:
            webhook.verify_signature(BODY, headers)
        except WebhookVerificationError as error:
            times.append(time.thread_time_ns() - start)
            assert error.code == "too_many_signatures", error.code
    assert len(times) == REFUSALS
    measured = median(times) / 1e6
    about = f"time of the refusal of a header with {ENTRIES} signatures"
    tell(about, f"{measured:.3f} ms", "below 1 ms", is_met=measured < 1)


def main() -> None:
    calls, webhooks = map(int, sys.argv[1:])
    many_signatures()
    webhook = Webhook(SECRET, clock=lambda: AT)
    soak("verifications", calls, lambda: webhook.verify_signature(BODY, HEADERS))

    def make() -> None:
        Webhook(SECRET, clock=lambda: AT).unwrap(BODY, HEADERS)

    soak("webhooks that are made, used and dropped", webhooks, make)


main()
