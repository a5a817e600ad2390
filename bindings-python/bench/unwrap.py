"""What `unwrap` costs beside its parts, with the installed wheel.

All cases run in turn, slice by slice, so that a busy machine slows each of them: the ratio holds.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from statistics import median
from typing import Any

from pivotal_webhooks import Webhook

SIZES = (150, 1_024, 16_384)
ROUNDS = int(os.environ.get("PIVOTAL_BENCH_ROUNDS", "61"))
SLICE = 1_500_000  # nanoseconds of this thread


def main() -> None:
    print(f"{platform.python_implementation()} {platform.python_version()}, nanoseconds\n")
    rows = {size: measure(cases(event(size))) for size in SIZES}
    print(f"{'':>18}" + "".join(f"{size:>9} B" for size in SIZES))
    for name in rows[SIZES[0]]:
        print(f"{name:>18}" + "".join(f"{min(row[name]):>11.0f}" for row in rows.values()))
    print(f"{'ratio':>18}" + "".join(f"{ratio(row):>11.3f}" for row in rows.values()))
    print("\nratio: unwrap / (verify_signature + json.loads(bytes)), median of the rounds")


def event(size: int) -> bytes:
    """An event of exactly this size: more of what a workspace keeps beside a customer."""
    customer: dict[str, Any] = {"id": "cus_2N", "name": ""}
    event = {
        "id": "evt_2nQv8c9aZmYHKr1",
        "type": "customer.at_risk",
        "created_at": "2026-05-26T18:42:00.000Z",
        "data": {"object": customer},
    }
    fields = {
        "display_id": 4218,
        "health_score": 38,
        "at_risk": True,
        "churned": False,
        "owner_email": "sam@example.com",
        "plan": None,
        "mrr": 4200,
        "metadata": {},
    }
    room = add(customer, fields.items(), size - len(written(event)))
    if "metadata" in customer:
        add(customer["metadata"], contracts(), room)
    missing = size - len(written(event))
    customer["name"] = ("Acme Corp " * (missing // 10 + 1))[:missing]
    return written(event)


def contracts() -> Iterator[tuple[str, Any]]:
    for number in count():
        yield (
            f"contract_{number}",
            {
                "region": "emea",
                "seats": 25 + number,
                "discount": 0.125,
                "renews_at": "2026-09-01",
                "tags": ["enterprise", "Müller & Söhne"],
                "auto_renewal": True,
            },
        )


def add(record: dict[str, Any], fields: Iterable[tuple[str, Any]], room: int) -> int:
    """Add the fields until one needs more bytes than are left; return what is left."""
    for name, value in fields:
        needed = len(written({name: value})) - len("{}") + len(",")
        if needed > room:
            break
        record[name] = value
        room -= needed
    return room


def written(event: Any) -> bytes:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def cases(body: bytes) -> dict[str, Callable[[], object]]:
    webhook = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    now = int(time.time())
    headers = {
        "host": "receiver.example",
        "user-agent": "Svix-Webhooks/1.24 (sender-9YMgn; +https://www.svix.com/http-sender/)",
        "content-type": "application/json",
        "content-length": str(len(body)),
        "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "svix-timestamp": str(now),
        "svix-signature": webhook.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", now, body),
    }
    text = body.decode()
    calls: dict[str, Callable[[], object]] = {
        "verify_signature": lambda: webhook.verify_signature(body, headers),
        "json.loads(bytes)": lambda: json.loads(body),
        "json.loads(str)": lambda: json.loads(text),
        "verify": lambda: webhook.verify(body, headers),
        "unwrap": lambda: webhook.unwrap(body, headers),
    }
    with contextlib.suppress(ImportError):
        orjson = importlib.import_module("orjson")
        calls["orjson.loads"] = lambda: orjson.loads(body)
    return calls


def measure(calls: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """By case the nanoseconds per call, for each round."""
    rounds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            rounds[name].append(slice_of(call))
    return rounds


def slice_of(call: Callable[[], object]) -> float:
    start, calls = time.thread_time_ns(), 0
    while True:
        for _ in range(8):  # the clock costs as much as a small parse
            call()
        calls += 8
        if (elapsed := time.thread_time_ns() - start) >= SLICE:
            return elapsed / calls


def ratio(rounds: dict[str, list[float]]) -> float:
    parts = zip(rounds["verify_signature"], rounds["json.loads(bytes)"], strict=True)
    return median(
        unwrap / (verify + loads)
        for unwrap, (verify, loads) in zip(rounds["unwrap"], parts, strict=True)
    )


if __name__ == "__main__":
    main()
