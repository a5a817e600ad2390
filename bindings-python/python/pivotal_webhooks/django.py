"""Receives webhooks with Django.

receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


@receiver.view
def handle(request: HttpRequest, event: PivotalEvent) -> None: ...


urlpatterns = [path("webhooks/pivotal", handle)]
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from functools import partial, wraps
from io import BytesIO
from typing import Any, Concatenate, ParamSpec, overload

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase

from pivotal_webhooks.errors import WebhookVerificationError
from pivotal_webhooks.receiving import ANSWERS, EventT, RawBodyGoneError, Receiver
from pivotal_webhooks.wsgi import pieces

__all__ = ["WebhookReceiver"]

_P = ParamSpec("_P")


class WebhookReceiver(Receiver[EventT]):
    """One webhook, which makes views of functions that take its events.

    Under an ASGI server Django itself receives a body whole, on disk, before any view runs: let the
    server in front of it limit the size of requests.
    """

    @overload
    def view(
        self,
        handle: Callable[
            Concatenate[HttpRequest, EventT, _P], Coroutine[Any, Any, HttpResponseBase | None]
        ],
    ) -> Callable[Concatenate[HttpRequest, _P], Coroutine[Any, Any, HttpResponseBase]]: ...

    @overload
    def view(
        self, handle: Callable[Concatenate[HttpRequest, EventT, _P], HttpResponseBase | None]
    ) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]: ...

    def view(self, handle: Callable[..., Any]) -> Callable[..., Any]:
        """Make a view, exempt from CSRF, of a function that takes the request and its event.

        The body is read no further than the webhook's `max_body`, whatever
        `DATA_UPLOAD_MAX_MEMORY_SIZE` says, and `request.body` still gives it. What is refused is
        answered 401, 400 or 413 with one constant text a status; other methods than POST with 405.

        :param handle: A function or a coroutine function. It also takes the variables of the route,
            if there are any. What it returns is the response; `None` is 200 `ok`.
        """

        @wraps(handle)
        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            event = self._receive(request)
            if isinstance(event, HttpResponse):
                return event
            response: HttpResponseBase | None = handle(request, event, *args, **kwargs)
            return _answer(200) if response is None else response

        @wraps(handle)
        async def async_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            event = self._receive(request)
            if isinstance(event, HttpResponse):
                return event
            response: HttpResponseBase | None = await handle(request, event, *args, **kwargs)
            return _answer(200) if response is None else response

        chosen = async_view if iscoroutinefunction(handle) else view
        # As `csrf_exempt`, which hides from Django 4.2 that a view is async.
        vars(chosen)["csrf_exempt"] = True
        return chosen

    def _receive(self, request: HttpRequest) -> EventT | HttpResponse:
        if request.method != "POST":
            return _answer(405, {"Allow": "POST"})
        headers = request.headers
        try:
            event = self.receive(
                headers,
                _pieces(request),
                encoding=headers.get("content-encoding"),
                length=headers.get("content-length"),
            )
        except WebhookVerificationError as error:
            return _answer(error.status)
        # Where `HttpRequest.body` keeps what it has read.
        request._body = event.raw
        request._stream = BytesIO(event.raw)
        return event


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    if hasattr(request, "_body"):
        yield request.body
    elif vars(request)["_read_started"]:
        culprit = "POST" if hasattr(request, "_post") else "read()"
        raise RawBodyGoneError(
            f"`request.{culprit}` was read before the receiver, and a signature covers the raw "
            "bytes: look for a middleware or a decorator that uses it, and let it read "
            "`request.body` first, which keeps them"
        )
    elif "wsgi.input" in request.META:
        # Not by the request, which takes a chunked body for an empty one.
        try:
            yield from pieces(request.META)
        except OSError as error:
            raise UnreadablePostError(*error.args) from error
    else:
        yield from iter(partial(request.read, 65_536), b"")


def _answer(status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    text = "text/plain; charset=utf-8"
    return HttpResponse(ANSWERS[status], content_type=text, status=status, headers=headers)
