"""Receives the webhooks of Pivotal and Pivot with FastAPI."""

import json
import os
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from pivotal_webhooks import Webhook, WebhookVerificationError

current = os.environ["PIVOTAL_WEBHOOK_SECRET"]
previous = os.environ.get("PIVOTAL_WEBHOOK_SECRET_PREVIOUS")  # set while a secret is rotated

pivotal = Webhook([current, previous] if previous else current)
pivot = Webhook.pivot(os.environ["PIVOT_WEBHOOK_SECRET"])

# All that a sender is told; the reason goes to the log.
REFUSALS = {
    400: "invalid payload",
    401: "invalid signature",
    413: "payload too large",
    500: "internal error",
}

app = FastAPI()


@app.post("/webhooks/pivotal")
async def receive_pivotal(request: Request) -> PlainTextResponse:
    return await receive(pivotal, request)


@app.post("/webhooks/pivot")
async def receive_pivot(request: Request) -> PlainTextResponse:
    return await receive(pivot, request)


async def receive(webhook: Webhook, request: Request) -> PlainTextResponse:
    body = await request.body()  # the raw bytes, before any parser has read them
    try:
        event: dict[str, Any] = webhook.verify(body, request.headers) or {}
        scheme = webhook.verify_signature(body, request.headers).scheme  # only for the log
    except WebhookVerificationError as error:
        log(webhook="refused", code=error.code)
        return PlainTextResponse(REFUSALS[error.status], error.status)
    log(webhook="accepted", scheme=scheme, type=event.get("type"), id=event.get("id"))
    return PlainTextResponse("ok")


def log(**fields: str | None) -> None:
    print(json.dumps(fields), flush=True)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
