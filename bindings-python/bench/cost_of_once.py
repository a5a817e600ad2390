"""What the option `once` costs per event, with the memory store and the installed wheel.

All cases run in turn, slice by slice, and the time of the thread is counted.
"""

from __future__ import annotations

import itertools
import platform
import time
from collections.abc import Callable
from typing import Any

from pivotal_webhooks import Webhook
from pivotal_webhooks.idempotency import MemoryStore, Once
from pivotal_webhooks.receiving import Receiver, Request
from unwrap import event, measure

SIZE = 1_024
DIFFERENT = 64
"""How many events are sent, again and again."""
MONTH = 30 * 24 * 3600
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def main() -> None:
    print(f"{platform.python_implementation()} {platform.python_version()}, events of {SIZE} B\n")
    costs = {name: min(rounds) for name, rounds in measure(cases()).items()}
    for name, cost in costs.items():
        more = cost - costs["unwrap"]
        print(f"{name:>24} {cost:>8.0f} ns" + (f"   unwrap + {more:.0f} ns" if more > 0 else ""))


def cases() -> dict[str, Callable[[], object]]:
    webhook, now = Webhook(SECRET), int(time.time())
    bodies = [event(SIZE).replace(b"evt_2nQ", b"evt_%03d" % number) for number in range(DIFFERENT)]
    headers = [
        {
            "svix-id": "msg_1",
            "svix-timestamp": str(now),
            "svix-signature": webhook.sign("msg_1", now, body),
        }
        for body in bodies
    ]
    sent = itertools.cycle(list(zip(bodies, headers, strict=True)))
    # All events have been forgotten when the first one is sent again.
    clock = itertools.count(step=2 * MONTH / DIFFERENT)
    unwrapped = [webhook.unwrap(*next(sent)) for _ in range(DIFFERENT)]
    events = itertools.cycle(unwrapped)
    keys = itertools.cycle([event.idempotency_key for event in unwrapped])
    store = MemoryStore(clock=lambda: next(clock))
    alone = Once(MemoryStore(clock=lambda: next(clock)))
    plain = Receiver(webhook, on_outcome=nothing)
    once = Receiver(webhook, on_outcome=nothing, once=MemoryStore(clock=lambda: next(clock)))

    def respond(receiver: Receiver[Any]) -> None:
        body, lines = next(sent)
        answer = receiver.respond(Request(lines, [body]), nothing)
        assert answer.status == 200

    def claim_and_complete() -> None:
        key = next(keys)
        store.claim(key, "a", 60_000)
        store.complete(key, "a", 604_800_000)

    return {
        "store: claim, complete": claim_and_complete,
        "Once.run": lambda: alone.run(next(events), nothing),
        "unwrap": lambda: webhook.unwrap(*next(sent)),
        "receiver": lambda: respond(plain),
        "receiver, memory store": lambda: respond(once),
    }


def nothing(_: object) -> None: ...


if __name__ == "__main__":
    main()
