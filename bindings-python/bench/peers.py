"""What a delivery costs beside the packages that verify one too, with the installed wheel.

All cases run in turn, slice by slice, so that a busy machine slows each of them: the ratios hold.
The peers are measured where they are installed: `requirements.txt` in this folder pins those that
the tests don't use. `stripe` verifies its own scheme. The core's own time needs a wheel with the
feature `bench`, which `cargo xtask bench` builds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib
import json
import os
import platform
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from statistics import median
from timeit import Timer
from typing import Any, NamedTuple

import pivotal_webhooks
from pivotal_webhooks import Webhook
from unwrap import event, written

SIZES = (150, 1_024, 16_384, 262_144, 1_048_576)
ROUNDS = int(os.environ.get("PIVOTAL_BENCH_ROUNDS", "61"))
SLICE = 1_500_000  # nanoseconds of this thread
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
PEERS = ("svix.webhooks", "standardwebhooks.webhooks", "stripe", "orjson")
CORE = getattr(pivotal_webhooks._core, "core_verify_signature", None)
CHECK_REPLACED_TIME = getattr(pivotal_webhooks._core, "check_replaced_time", None)

RATIOS = [
    ("svix", "verify_signature"),
    ("standardwebhooks", "verify"),
    ("stripe", "verify_signature"),
    ("by hand", "verify_signature"),
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
    about = f"{ABOUT} {versions()}"
    tables = [
        table("python", about, {size: cases(event(size)) for size in SIZES}),
        table("python, 12 headers", about, {size: cases(event(size), 9) for size in SIZES}),
        table(
            "python, refused",
            "The same calls with a signature that doesn't match, and their exceptions.",
            {size: refusals(event(size)) for size in SIZES},
        ),
        table(
            "python, two secrets",
            "The delivery is signed with the second of two secrets. `svix` is called for each.",
            {size: two_secrets(event(size)) for size in SIZES},
        ),
        table(
            "python, thirty strings",
            "The same for an event whose record has thirty short strings.",
            {len(body): cases(body) for body in [thirty_strings()]},
        ),
        threads(),
    ]
    if file := os.environ.get("PIVOTAL_BENCH_RESULTS"):
        with Path(file).open("a", encoding="utf-8") as results:
            results.write(json.dumps(tables) + "\n")
    if CHECK_REPLACED_TIME:
        replaced_time()


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


ABOUT = (
    "`core` is the core's own part of `verify_signature`. `by hand` is a receiver that calls "
    "`hmac.digest`, reads the headers and checks the time. `svix` and `standardwebhooks` are "
    "packages from PyPI, which parse the JSON too; `stripe` is its `verify_header`, with the "
    "scheme of its own. `hmac.digest` and the JSON parsers get the same bytes."
)


def table(name: str, about: str, found: dict[int, dict[str, Case]]) -> dict[str, Any]:
    """Print the times, and return what `cargo xtask bench` reads."""
    rows = {size: measure(of_size) for size, of_size in found.items()}
    measured = next(iter(rows.values()))
    print(f"{f'{name}, nanoseconds':>36}" + "".join(f"{size:>10} B" for size in rows))
    for case in measured:
        print(f"{case:>36}" + "".join(f"{min(row[case]):>12.0f}" for row in rows.values()))
    print(f"{'ratio, median of the rounds':>36}")
    for first, second in RATIOS:
        if first in measured and second in measured:
            values = (ratio(row[first], row[second]) for row in rows.values())
            print(f"{f'{first} / {second}':>36}" + "".join(f"{value:>12.2f}" for value in values))
    print()
    return {
        "name": name,
        "about": about,
        "runtime": f"{platform.python_implementation()} {platform.python_version()}",
        "clock": "time of the thread",
        "rows": [
            {"column": size, "case": case, "rounds": rounds}
            for size, row in rows.items()
            for case, rounds in row.items()
        ],
    }


def versions() -> str:
    names = [name.partition(".")[0] for name in PEERS if peer(name)]
    return f"Versions: {', '.join(f'{name} {metadata.version(name)}' for name in names)}."


def thirty_strings() -> bytes:
    record = {f"field_{number}": f"value {number}" for number in range(30)}
    return written({"id": "evt_1", "type": "customer.at_risk", "data": {"object": record}})


def signed(body: bytes, others: int = 0) -> dict[str, str]:
    """The headers of a delivery, signed now."""
    now = int(time.time())
    return {
        **dict(list(OTHER_HEADERS.items())[:others]),
        "svix-id": ID,
        "svix-timestamp": str(now),
        "svix-signature": Webhook(SECRET).sign(ID, now, body),
    }


def by_hand(*secrets: str) -> Callable[[bytes, dict[str, str]], None]:
    """A careful receiver with the standard library."""
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]

    def verify(body: bytes, headers: dict[str, str]) -> None:
        timestamp = headers["svix-timestamp"]
        if abs(time.time() - int(timestamp)) > 300:
            raise ValueError("too old or too new")
        content = f"{headers['svix-id']}.{timestamp}.".encode() + body
        for key in keys:
            mac = hmac.digest(key, content, "sha256")
            for entry in headers["svix-signature"].split(" "):
                version, _, signature = entry.partition(",")
                if version == "v1" and hmac.compare_digest(base64.b64decode(signature), mac):
                    return
        raise ValueError("no signature fits")

    return verify


def verifiers() -> dict[str, Callable[[bytes, dict[str, str]], object]]:
    """What gets a body and headers in the family of names of Svix."""
    found: dict[str, Callable[[bytes, dict[str, str]], object]] = {
        "verify_signature": Webhook(SECRET).verify_signature,
        "by hand": by_hand(SECRET),
    }
    if svix := peer("svix.webhooks"):
        found["svix"] = svix.Webhook(SECRET).verify
    return found


def stripe_case(body: bytes, signed_body: bytes) -> tuple[Callable[..., object], tuple[Any, ...]]:
    now = int(time.time())
    mac = hmac.digest(SECRET.encode(), f"{now}.".encode() + signed_body, hashlib.sha256).hex()
    verify = peer("stripe").WebhookSignature.verify_header
    return verify, (body, f"t={now},v1={mac}", SECRET, 300)


def refusals(body: bytes) -> dict[str, Case]:
    headers = signed(body + b" ")
    calls = {name: (call, (body, headers)) for name, call in verifiers().items()}
    if standard := peer("standardwebhooks.webhooks"):
        renamed = {name.replace("svix-", "webhook-"): value for name, value in headers.items()}
        calls["standardwebhooks"] = (standard.Webhook(SECRET).verify, (body, renamed))
    if peer("stripe"):
        calls["stripe"] = stripe_case(body, body + b" ")
    return {name: refusal(call, arguments) for name, (call, arguments) in calls.items()}


def refusal(call: Callable[..., object], arguments: tuple[Any, ...]) -> Case:
    def refuse() -> bool:
        try:
            call(*arguments)
        except Exception:
            return True
        return False

    assert refuse()
    return Case("refuse()", {"refuse": refuse})


def two_secrets(body: bytes) -> dict[str, Case]:
    calls: dict[str, Callable[[bytes, dict[str, str]], object]] = {
        "verify_signature": Webhook([OTHER_SECRET, SECRET]).verify_signature,
        "by hand": by_hand(OTHER_SECRET, SECRET),
    }
    if svix := peer("svix.webhooks"):
        first, second = svix.Webhook(OTHER_SECRET).verify, svix.Webhook(SECRET).verify

        def either(body: bytes, headers: dict[str, str]) -> object:
            with suppress(svix.WebhookVerificationError):
                return first(body, headers)
            return second(body, headers)

        calls["svix"] = either
    delivery = {"body": body, "headers": signed(body)}
    return {
        name: Case("verify(body, headers)", {"verify": call, **delivery})
        for name, call in calls.items()
    }


def threads() -> dict[str, Any]:
    """Two threads beside one, in time of the clock: this needs two idle processors."""
    size, calls = 262_144, 64
    webhook, body = Webhook(SECRET), event(size)
    headers = signed(body)

    def verify(count: int) -> None:
        for _ in range(count):
            webhook.verify_signature(body, headers)

    def in_one() -> None:
        verify(2 * calls)

    def in_two() -> None:
        both = [threading.Thread(target=verify, args=(calls,)) for _ in range(2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()

    found = {"two calls, one thread": in_one, "two calls, two threads": in_two}
    rounds: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(ROUNDS):
        for name, call in found.items():
            start = time.perf_counter_ns()
            call()
            rounds[name].append((time.perf_counter_ns() - start) / calls)
    # Another program on one of the processors slows most rounds, so the least time of each counts.
    least = {name: min(times) for name, times in rounds.items()}
    for name, nanoseconds in least.items():
        print(f"{name:>36}{nanoseconds:>12.0f} ns")
    print()
    return {
        "name": "python, threads",
        "about": "Two calls of `verify_signature` one after the other, and at once in two threads. "
        f"Each time is the least of {ROUNDS} rounds that took turns, because both processors have "
        "to be free.",
        "runtime": f"{platform.python_implementation()} {platform.python_version()}",
        "clock": "time of the clock",
        "rows": [
            {"column": size, "case": name, "rounds": [nanoseconds]}
            for name, nanoseconds in least.items()
        ],
    }


def cases(body: bytes, others: int = 0) -> dict[str, Case]:
    webhook = Webhook(SECRET)
    headers = signed(body, others)
    delivery = {"body": body, "headers": headers}
    key, content = b"k" * 24, f"{ID}.{headers['svix-timestamp']}.".encode() + body
    found = {
        name: Case("verify(body, headers)", {"verify": getattr(webhook, name), **delivery})
        for name in ("verify_signature", "verify", "unwrap")
    }
    found["hmac.digest"] = Case(
        "digest(key, content, 'sha256')", {"digest": hmac.digest, "key": key, "content": content}
    )
    found["by hand"] = Case("verify(body, headers)", {"verify": by_hand(SECRET), **delivery})
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
    if peer("stripe"):
        verify, arguments = stripe_case(body, body)
        found["stripe"] = Case("verify(*arguments)", {"verify": verify, "arguments": arguments})
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


if __name__ == "__main__":
    main()
