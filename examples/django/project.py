"""Receives the webhooks of Pivotal and Pivot with Django: a project in one file."""

import json
import os
import secrets

import waitress
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest
from django.urls import path
from pivotal_webhooks import Webhook
from pivotal_webhooks.django import WebhookReceiver
from pivotal_webhooks.events import PivotalEvent, PivotEvent
from pivotal_webhooks.receiving import Outcome

settings.configure(
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    # Every new project has it; the receivers' views are exempt from it.
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY=secrets.token_urlsafe(),
)


def log(**fields: str | None) -> None:
    print(json.dumps(fields), flush=True)


def log_refusal(outcome: Outcome) -> None:
    if outcome.code is not None:
        log(webhook="refused", code=outcome.code)


def pivotal_secrets() -> list[str | None]:
    """Read at the first request, so that `manage.py check` runs without them."""
    current = os.environ["PIVOTAL_WEBHOOK_SECRET"]
    return [current, os.environ.get("PIVOTAL_WEBHOOK_SECRET_PREVIOUS") or None]  # for rotation


pivotal = WebhookReceiver(Webhook(pivotal_secrets), on_outcome=log_refusal)
pivot = WebhookReceiver(
    Webhook.pivot(lambda: os.environ["PIVOT_WEBHOOK_SECRET"]), on_outcome=log_refusal
)


@pivotal.view
def receive_pivotal(request: HttpRequest, event: PivotalEvent) -> None:
    accept(event)


@pivot.view
async def receive_pivot(request: HttpRequest, event: PivotEvent) -> None:
    accept(event)


urlpatterns = [
    path("webhooks/pivotal", receive_pivotal),
    path("webhooks/pivot", receive_pivot),
]
application = get_wsgi_application()


def accept(event: PivotalEvent | PivotEvent) -> None:
    scheme = event.delivery.scheme
    log(webhook="accepted", scheme=scheme, type=event.type, id=event.id, tells=tell(event))


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
    waitress.serve(application, host="127.0.0.1", port=int(os.environ["PORT"]))
