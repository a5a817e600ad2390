"""Receives the webhooks of Pivotal and Pivot with FastAPI."""

import json
import os
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse
from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent, PivotEvent
from pivotal_webhooks.fastapi import WebhookReceiver
from pivotal_webhooks.receiving import Outcome
from starlette.exceptions import HTTPException


def log(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


def log_refusal(outcome: Outcome) -> None:
    if outcome.code is not None:
        log(webhook="refused", code=outcome.code)


current = os.environ["PIVOTAL_WEBHOOK_SECRET"]
previous = os.environ.get("PIVOTAL_WEBHOOK_SECRET_PREVIOUS") or None  # set during a rotation

pivotal = WebhookReceiver(Webhook([current, previous]), on_outcome=log_refusal)
pivot = WebhookReceiver(Webhook.pivot(os.environ["PIVOT_WEBHOOK_SECRET"]), on_outcome=log_refusal)

app = FastAPI(default_response_class=PlainTextResponse)


@app.post("/webhooks/pivotal", **pivotal.openapi)
async def receive_pivotal(event: Annotated[PivotalEvent, Depends(pivotal)]) -> str:
    return accept(event)


@app.post("/webhooks/pivot", **pivot.openapi)
async def receive_pivot(event: Annotated[PivotEvent, Depends(pivot)]) -> str:
    return accept(event)


@app.exception_handler(HTTPException)
async def refuse(_: Request, error: HTTPException) -> PlainTextResponse:
    return PlainTextResponse(error.detail, error.status_code)


def accept(event: PivotalEvent | PivotEvent) -> str:
    scheme = event.delivery.scheme
    log(webhook="accepted", scheme=scheme, type=event.type, id=event.id, record=event.object)
    return "ok"


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
