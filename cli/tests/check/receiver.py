"""Receives webhooks with FastAPI, and counts the handled events, for the tests of `check`."""

import os
import sys
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI
from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.fastapi import WebhookReceiver, WebhookRoute
from pivotal_webhooks.idempotency import MemoryStore

app = FastAPI()
app.router.route_class = WebhookRoute
webhook = Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"])
receiver = WebhookReceiver(webhook, once=MemoryStore())
handled: list[str] = []


@app.post("/hook")
async def receive(event: Annotated[PivotalEvent, Depends(receiver)]) -> None:
    handled.append(event.idempotency_key)


@app.get("/handled")
async def count() -> int:
    return len(handled)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
