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


def log(**fields: object) -> None:
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
    log(webhook="accepted", scheme=scheme, type=event.type, id=event.id, record=event.object)


if __name__ == "__main__":
    waitress.serve(application, host="127.0.0.1", port=int(os.environ["PORT"]))
