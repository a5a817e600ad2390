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


def log(**fields: str | None) -> None:
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
    log(webhook="accepted", scheme=scheme, type=event.type, id=event.id, tells=tell(event))
    return "ok"


def tell(event: PivotalEvent | PivotEvent) -> str:
    """Describe an event in one line."""
    match event.type:
        case "customer.health_score_dropped":
            customer, before = event.object, event.previous_attributes or {}
            scores = before.get("health_score"), customer.get("health_score")
            return line("{}: health {} to {}", customer.get("name"), *scores)
        case (
            "customer.created"
            | "customer.updated"
            | "customer.archived"
            | "customer.at_risk"
            | "customer.churned"
        ):
            customer = event.object
            health, owner = customer.get("health_score"), customer.get("owner_email")
            return line("{}: health {}, owner {}", customer.get("name"), health, owner)
        case "contact.created":
            contact = event.object
            name, email, title = contact.get("name"), contact.get("email"), contact.get("title")
            return line("{} <{}>, {}", name, email, title)
        case "onboarding.phase_changed":
            onboarding, earlier = event.object, event.previous_attributes or {}
            phases = earlier.get("phase"), onboarding.get("phase")
            return line("{}: {} to {}", onboarding.get("name"), *phases)
        case (
            "onboarding.created"
            | "onboarding.state_changed"
            | "onboarding.at_risk"
            | "onboarding.back_on_track"
            | "onboarding.launched"
            | "onboarding.completed"
        ):
            onboarding = event.object
            phase, state = onboarding.get("phase"), onboarding.get("state")
            return line("{}: phase {}, state {}", onboarding.get("name"), phase, state)
        case "task.completed":
            task = event.object
            return line("{}, by {}", task.get("title"), task.get("completed_by"))
        case "message_sent" | "message_deleted":
            message = event.object
            ids = message.get("message_id"), message.get("room_id")
            return line("message {} in room {}: {}", *ids, message.get("status"))
        case "room_recording_transcript_published":
            recording = event.object
            ids = recording.get("recording_id"), recording.get("room_id")
            return line("recording {} of room {}", *ids)
        case _:
            return line("{} fields of a type not handled here", len(event.object))


def line(text: str, *values: object) -> str:
    """Format a text. Every field but `id` may be absent or null, and is shown as `?` then."""
    return text.format(*("?" if value is None else value for value in values))


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
