"""What a delivery costs beside the packages that verify one too, with the installed wheel.

All cases run in turn, slice by slice, so that a busy machine slows each of them: the ratios hold.
The peers are measured where they are installed: `pip install svix standardwebhooks orjson`. The
core's own time needs a wheel with the feature `bench`, which `cargo xtask bench` builds.
"""

from __future__ import annotations

import hmac
import importlib
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from timeit import Timer
from typing import Any, NamedTuple

import pivotal_webhooks
from pivotal_webhooks import Webhook
from unwrap import event

SIZES = (179, 1_024, 16_384, 1_048_576)
ROUNDS = 61
SLICE = 1_500_000  # nanoseconds of this thread
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
IMPORTS = 15
PEERS = ("svix.webhooks", "standardwebhooks.webhooks", "orjson")
CORE = getattr(pivotal_webhooks._core, "core_verify_signature", None)
CHECK_REPLACED_TIME = getattr(pivotal_webhooks._core, "check_replaced_time", None)

RATIOS = [
    ("svix", "verify_signature"),
    ("standardwebhooks", "verify"),
    ("hmac.digest", "verify_signature"),
    ("verify_signature", "core"),
    ("json.loads", "unwrap"),
    ("orjson.loads", "unwrap"),
]
"""Of each pair the first is divided by the second."""


def main() -> None:
    print(f"{platform.python_implementation()} {platform.python_version()}")
    if absent := [name for name in PEERS if not peer(name)]:
        print(f"not measured, as they are not installed: {', '.join(absent)}")
    if not CORE:
        print("the core is not measured: the wheel was built without the feature `bench`")
    print()
    tables = [table(others) for others in (0, len(OTHER_HEADERS))]
    if file := os.environ.get("PIVOTAL_BENCH_RESULTS"):
        Path(file).write_text(json.dumps(tables), "utf-8")
    if CHECK_REPLACED_TIME:
        replaced_time()
    imports()


class Case(NamedTuple):
    """A statement, what stands in it, and how many calls it makes."""

    statement: str
    names: dict[str, Any]
    calls: int = 1


OTHER_HEADERS = {
    "host": "receiver.example",
    "user-agent": "Svix-Webhooks/1.24 (sender-9YMgn; +https://www.svix.com/http-sender/)",
    "accept": "*/*",
    "accept-encoding": "gzip",
    "content-type": "application/json",
    "content-length": "1024",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-proto": "https",
    "x-request-id": "7b0e2c1a-0f6d-4e0b-9a50-2f7c1f0a5d11",
}
"""What a server adds to the three headers that are signed."""


def table(others: int) -> dict[str, Any]:
    """Print the times, and return what `cargo xtask bench` reads."""
    rows = {size: measure(cases(event(size), others)) for size in SIZES}
    measured = rows[SIZES[0]]
    title = f"{3 + others} headers, nanoseconds"
    print(f"{title:>36}" + "".join(f"{size:>10} B" for size in SIZES))
    for name in measured:
        print(f"{name:>36}" + "".join(f"{min(row[name]):>12.0f}" for row in rows.values()))
    print(f"{'ratio, median of the rounds':>36}")
    for first, second in RATIOS:
        if first in measured and second in measured:
            values = (ratio(row[first], row[second]) for row in rows.values())
            print(f"{f'{first} / {second}':>36}" + "".join(f"{value:>12.2f}" for value in values))
    print()
    return {
        "name": "python" if others == 0 else f"python, {3 + others} headers",
        "about": "`core` is the core's own part of `verify_signature`. `svix` and "
        "`standardwebhooks` are packages from PyPI, which parse the JSON too. `hmac.digest` and "
        "the JSON parsers get the same bytes.",
        "runtime": f"{platform.python_implementation()} {platform.python_version()}",
        "clock": "time of the thread",
        "rows": [
            {"bytes": size, "case": name, "rounds": rounds}
            for size, row in rows.items()
            for name, rounds in row.items()
        ],
    }


def cases(body: bytes, others: int) -> dict[str, Case]:
    webhook = Webhook(SECRET)
    now = int(time.time())
    headers = {
        **dict(list(OTHER_HEADERS.items())[:others]),
        "svix-id": ID,
        "svix-timestamp": str(now),
        "svix-signature": webhook.sign(ID, now, body),
    }
    delivery = {"body": body, "headers": headers}
    key, content = b"k" * 24, f"{ID}.{now}.".encode() + body
    found = {
        name: Case("verify(body, headers)", {"verify": getattr(webhook, name), **delivery})
        for name in ("verify_signature", "verify", "unwrap")
    }
    found["hmac.digest"] = Case(
        "digest(key, content, 'sha256')", {"digest": hmac.digest, "key": key, "content": content}
    )
    found["json.loads"] = Case("loads(body)", {"loads": json.loads, "body": body})
    if CORE:
        rust = {"core": CORE, "webhook": webhook, "body": body, "pairs": list(headers.items())}
        found["core"] = Case("core(webhook, body, pairs, 16)", rust, 16)
    if svix := peer("svix.webhooks"):
        verify = svix.Webhook(SECRET).verify
        found["svix"] = Case("verify(body, headers)", {"verify": verify, **delivery})
    if standard := peer("standardwebhooks.webhooks"):
        renamed = {name.replace("svix-", "webhook-"): value for name, value in headers.items()}
        verify = standard.Webhook(SECRET).verify
        names = {"verify": verify, "body": body, "headers": renamed}
        found["standardwebhooks"] = Case("verify(body, headers)", names)
    if orjson := peer("orjson"):
        found["orjson.loads"] = Case("loads(body)", {"loads": orjson.loads, "body": body})
    return found


def replaced_time() -> None:
    """What each delivery pays so that freezegun and time-machine set its time: less than 60 ns."""
    calls = 1_000
    found = {
        "check for frozen clocks": Case(f"check({calls})", {"check": CHECK_REPLACED_TIME}, calls),
        "time.time": Case("for _ in turns: time()", {"turns": range(calls), **vars(time)}, calls),
    }
    for name, nanoseconds in measure(found).items():
        print(f"{name:>36}{min(nanoseconds):>12.0f} ns")
    print()


def peer(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def measure(found: dict[str, Case]) -> dict[str, list[float]]:
    """By case the nanoseconds per call, for each round."""
    timers = {
        name: Timer(case.statement, timer=time.thread_time_ns, globals=case.names)
        for name, case in found.items()
    }
    turns = {}
    for name, timer in timers.items():
        timer.timeit(2)  # what is imported or allocated once
        turns[name] = max(1, int(SLICE / max(1, timer.timeit(16) / 16)))
    rounds: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(ROUNDS):
        for name, timer in timers.items():
            elapsed = timer.timeit(turns[name])
            rounds[name].append(elapsed / turns[name] / found[name].calls)
    return rounds


def ratio(first: list[float], second: list[float]) -> float:
    return median(one / other for one, other in zip(first, second, strict=True))


PROBE = """
import time
start = time.perf_counter()
{statement}
spent = time.perf_counter() - start
try:
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
except OSError:  # not Linux
    pages = 0
print(spent, pages)
"""
PAGE = 4  # KiB


def imports() -> None:
    """The least of several processes: time, and resident memory beyond a bare interpreter's."""
    wanted = ["import pivotal_webhooks", "from pivotal_webhooks import events"]
    wanted += [f"import {name}" for name in ("svix", "standardwebhooks") if peer(name)]
    _, bare = imported("pass")
    print(f"{'import':>36}{'ms':>12}{'KiB':>12}")
    for statement in wanted:
        spent, pages = imported(statement)
        print(f"{statement:>36}{spent * 1_000:>12.2f}{(pages - bare) * PAGE:>12.0f}")


def imported(statement: str) -> tuple[float, float]:
    command = [sys.executable, "-c", PROBE.format(statement=statement)]
    runs = [
        tuple(map(float, subprocess.check_output(command, text=True).split()))
        for _ in range(IMPORTS)
    ]
    return min(spent for spent, _ in runs), min(pages for _, pages in runs)


if __name__ == "__main__":
    main()
