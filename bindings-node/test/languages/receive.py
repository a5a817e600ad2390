"""Receives one delivery with a store, and prints the answer's status and the ids that were handled.

`receive.py STORE PLACE SECRET BODY HEADERS NOW`: the store is `sqlite` or `redis`, its place a path or
a port.
"""

from __future__ import annotations

import json
import sys

import redis
from pivotal_webhooks import Webhook
from pivotal_webhooks.idempotency import Once, RedisStore, SqliteStore
from pivotal_webhooks.receiving import Receiver, Request

kind, place, secret, body, headers, now = sys.argv[1:]
store = SqliteStore(place) if kind == "sqlite" else RedisStore(redis.Redis(port=int(place)))
webhook = Webhook(secret, clock=lambda: float(now))
once = Once(store, store_timeout=50)
handled: list[str] = []
answer = Receiver(webhook, once=once, on_outcome=lambda _: None).respond(
    Request(json.loads(headers), iter([body.encode()])), lambda event: handled.append(event.id)
)
print(json.dumps([answer.status, handled]))
