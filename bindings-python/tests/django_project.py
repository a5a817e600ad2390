"""A Django project in one module."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import Any

import django
import receiver_suite
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import sync_and_async_middleware
from django.views import View
from pivotal_webhooks.django import WebhookReceiver
from pivotal_webhooks.events import PivotalEvent
from receiver_suite import looked, outcomes, webhook

settings.configure(
    ALLOWED_HOSTS=["localhost"],
    # Applies to what reads `request.body` itself; the webhook has a limit of its own.
    DATA_UPLOAD_MAX_MEMORY_SIZE=16,
    LOGGING_CONFIG=None,
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
    },
    MIDDLEWARE=[
        "django_project.look",
        # Sets the length of an answer, so that a connection can stay open after it.
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY="no secret",
)
django.setup()

# These read the settings when they are imported.
from ninja import NinjaAPI  # noqa: E402
from rest_framework.decorators import api_view  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


@sync_and_async_middleware
def look(get_response: Any) -> Any:
    """A middleware that reads the body of a webhook after its view."""

    def seen(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.method == "POST" and response.status_code != 403:
            looked.append(request.body)
        return response

    async def looks_later(request: HttpRequest) -> HttpResponse:
        return seen(request, await get_response(request))

    def looks(request: HttpRequest) -> HttpResponse:
        return seen(request, get_response(request))

    return looks_later if iscoroutinefunction(get_response) else looks


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


class ByClass(View):
    @receiver.method
    def post(self, request: HttpRequest, event: PivotalEvent) -> None:
        receiver_suite.handle(event, request.body)


class ByClassLater(View):
    @receiver.method
    async def post(self, request: HttpRequest, event: PivotalEvent) -> None:
        receiver_suite.handle(event, request.body)


@api_view(["POST"])
@receiver.view
def by_rest_framework(request: HttpRequest, event: PivotalEvent) -> None:
    receiver_suite.handle(event, request.body)


class ByRestFramework(APIView):
    @receiver.method
    def post(self, request: HttpRequest, event: PivotalEvent) -> None:
        receiver_suite.handle(event, request.body)


api = NinjaAPI()


@api.post("/plain/{tenant}")
@receiver.view
def by_ninja(request: HttpRequest, event: PivotalEvent, tenant: str) -> None:
    receiver_suite.handle(event, request.body)


@api.post("/later")
@receiver.view
async def by_ninja_later(request: HttpRequest, event: PivotalEvent) -> None:
    receiver_suite.handle(event, request.body)


urlpatterns = [
    path("class", ByClass.as_view()),
    path("class-later", ByClassLater.as_view()),
    path("rest", by_rest_framework),
    path("rest-class", ByRestFramework.as_view()),
    path("ninja/", api.urls),
    path("webhooks/pivotal", handle),
    path("async", handle_later),
    path("answering/<tenant>", answering),
    path("answering-later/<tenant>", answering_later),
    path("unprotected", unprotected),
]
