"""A Django project in one module."""

from __future__ import annotations

import django
import receiver_suite
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from pivotal_webhooks.django import WebhookReceiver
from pivotal_webhooks.events import PivotalEvent
from receiver_suite import outcomes, webhook

settings.configure(
    ALLOWED_HOSTS=["localhost"],
    # Applies to what reads `request.body` itself; the webhook has a limit of its own.
    DATA_UPLOAD_MAX_MEMORY_SIZE=16,
    LOGGING_CONFIG=None,
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="no secret",
)
django.setup()

receiver = WebhookReceiver(webhook, on_outcome=outcomes.append)


@receiver.view
def handle(request: HttpRequest, event: PivotalEvent) -> None:
    receiver_suite.handle(event, request.body)


@receiver.view
async def handle_later(request: HttpRequest, event: PivotalEvent) -> None:
    receiver_suite.handle(event, request.read())


@receiver.view
def answering(request: HttpRequest, event: PivotalEvent, tenant: str) -> HttpResponse:
    return HttpResponse(f"{tenant}: {event.type}", status=202)


@receiver.view
async def answering_later(request: HttpRequest, event: PivotalEvent, tenant: str) -> HttpResponse:
    return HttpResponse(f"{tenant}: {event.type}", status=202)


def unprotected(request: HttpRequest) -> HttpResponse:
    return HttpResponse("not exempt from CSRF")


urlpatterns = [
    path("webhooks/pivotal", handle),
    path("async", handle_later),
    path("answering/<tenant>", answering),
    path("answering-later/<tenant>", answering_later),
    path("unprotected", unprotected),
]
