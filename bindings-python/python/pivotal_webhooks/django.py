"""Receives webhooks with Django, Django REST framework and Django Ninja.

receiver = WebhookReceiver(Webhook(lambda: os.environ["PIVOTAL_WEBHOOK_SECRET"]))


@receiver.view
def handle(request: HttpRequest, event: PivotalEvent) -> None: ...


urlpatterns = [path("webhooks/pivotal", handle)]

In a class-based view, `receiver.method` decorates the method `post`:

    class Pivotal(View):
        @receiver.method
        def post(self, request: HttpRequest, event: PivotalEvent) -> None: ...

Both also work in Django REST framework (below `@api_view(["POST"])`, and in an `APIView`) and in
Django Ninja (below `@api.post(...)`).
"""

from __future__ import annotations

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
)
from dataclasses import replace
from functools import partial, wraps
from io import BytesIO
from typing import Any, ClassVar, Concatenate, Generic, ParamSpec, TypeVar, cast, overload

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from pivotal_webhooks import receiving
from pivotal_webhooks.receiving import (
    Answer,
    EventT,
    RawBodyGoneError,
    Receiver,
    check_callable,
    check_complete,
    is_async,
    without_parameter,
)
from pivotal_webhooks.wsgi import give_back, pieces

__all__ = ["WebhookReceiver"]

_P = ParamSpec("_P")
_ViewT = TypeVar("_ViewT")
_Later = Coroutine[Any, Any, HttpResponseBase]


class WebhookReceiver(Receiver[EventT]):
    """A webhook, which makes views of functions that take its events.

    Under an ASGI server Django writes the whole body to disk before any view runs: let the server
    in front of it limit the size of requests.

    :param webhook: The endpoint, made once.
    :param on_outcome: Called with the `Outcome` of every request; it may be async.
    :param once: As of `Receiver`: each event is handled to completion once.
    :param on_failure: As of `Receiver`: a `Diagnosis` logs why a delivery was refused.
    :raises TypeError: `webhook` is not a `Webhook`, or `on_outcome` can't be called.
    """

    _awaits: ClassVar[bool] = False
    _runs_async: ClassVar[bool] = True

    @overload
    def view(
        self,
        handle: Callable[
            Concatenate[HttpRequest, EventT, _P], Coroutine[Any, Any, HttpResponseBase | None]
        ],
    ) -> Callable[Concatenate[HttpRequest, _P], _Later]: ...

    @overload
    def view(
        self, handle: Callable[Concatenate[HttpRequest, EventT, _P], HttpResponseBase | None]
    ) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]: ...

    def view(self, handle: Callable[..., Any]) -> Callable[..., Any]:
        """Make a view, exempt from CSRF, of a function that takes the request and its event.

        The body is read up to the webhook's `max_body`; `DATA_UPLOAD_MAX_MEMORY_SIZE` does not
        apply. Afterwards `request.body` gives the bytes that were read, in middlewares too, or
        `b""` if the body was too large. The view answers 401, 400 or 413 to a refused delivery,
        with one constant text per status; 405 to other methods than POST.

        :param handle: A function, plain or async. It also takes the variables of the route, if
            there are any. What it returns is the response; `None` is 200 `ok`.
        :raises TypeError: `handle` can't be called.
        """
        return self._view(handle, 0)

    @overload
    def method(
        self,
        handle: Callable[
            Concatenate[_ViewT, HttpRequest, EventT, _P],
            Coroutine[Any, Any, HttpResponseBase | None],
        ],
    ) -> Callable[Concatenate[_ViewT, HttpRequest, _P], _Later]: ...

    @overload
    def method(
        self,
        handle: Callable[Concatenate[_ViewT, HttpRequest, EventT, _P], HttpResponseBase | None],
    ) -> Callable[Concatenate[_ViewT, HttpRequest, _P], HttpResponseBase]: ...

    def method(self, handle: Callable[..., Any]) -> Callable[..., Any]:
        """Make the method `post` of a class-based view; otherwise as `view`.

        Django exempts a view from CSRF protection as a whole, so every method of the class is
        exempt: put the methods that browsers call into another class.

        :param handle: A method, plain or async, that takes the request and its event.
        :raises TypeError: `handle` can't be called.
        """
        return cast("Callable[..., Any]", _Method(self._view(handle, 1)))

    def _view(self, handle: Callable[..., Any], position: int) -> Callable[..., Any]:
        """Make a view of a handler whose request is at this position, before its event."""
        check_callable("handle", handle, awaits=True, generators=False)

        def with_event(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[EventT], Any]:
            before, after = args[: position + 1], args[position + 1 :]
            return lambda event: handle(*before, event, *after, **kwargs)

        @wraps(handle)
        def view(*args: Any, **kwargs: Any) -> HttpResponseBase:
            return _response(self.respond(_facts(args[position]), with_event(args, kwargs)))

        @wraps(handle)
        async def async_view(*args: Any, **kwargs: Any) -> HttpResponseBase:
            facts: Any = _facts(args[position])
            call = with_event(args, kwargs)

            async def called(event: EventT) -> Any:
                return await call(event)

            request = replace(facts, body=_each(facts.body))
            return _response(await self.respond_async(request, called))

        made: Callable[..., Any] = async_view if is_async(handle) else view
        # As `csrf_exempt`, which hides from Django 4.2 that a view is async.
        vars(made)["csrf_exempt"] = True
        vars(made)["__signature__"] = without_parameter(handle, position + 1)
        return made

    def _run_async(self, awaitable: Awaitable[object]) -> object:
        """Wait for an awaitable in a sync view."""

        async def awaited() -> object:
            return await awaitable

        return async_to_sync(awaited)()

    _with_store: ClassVar[str] = "`receiver.view` or `receiver.method`"

    def _succeeded(self, returned: Any) -> bool:
        # Django Ninja takes a status and a body too.
        given: Any = cast("Any", returned)[0] if isinstance(returned, tuple) else returned
        check_complete(is_streamed=getattr(given, "streaming", False))
        status = given if isinstance(given, int) else getattr(given, "status_code", 200)
        return bool(200 <= status < 300)


class _Method(Generic[EventT]):
    """A method that exempts its class from CSRF when the class is made."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __set_name__(self, owner: Any, name: str) -> None:
        setattr(owner, name, self.function)
        given: Any = cast("dict[str, Any]", vars(owner)).get("as_view")
        above: Any = super

        def as_view(cls: Any, **initkwargs: Any) -> Any:
            make: Callable[..., Any] = (
                given.__get__(None, cls) if given else above(owner, cls).as_view
            )
            view = make(**initkwargs)
            view.csrf_exempt = True
            return view

        owner.as_view = classmethod(cast("Any", as_view))


def _facts(request: Any) -> receiving.Request[Iterable[bytes]]:
    # Django REST framework's request holds Django's.
    inner: Any = request if isinstance(request, HttpRequest) else request._request
    headers = inner.headers

    def keep(body: bytes) -> None:
        # `HttpRequest.body` and `HttpRequest.read()` return these.
        inner._body = body
        inner._stream = BytesIO(body)
        if "wsgi.input" in inner.META:
            give_back(inner.META, body)

    return receiving.Request(
        headers,
        _pieces(inner),
        method=inner.method or "",
        encoding=headers.get("content-encoding"),
        length=headers.get("content-length"),
        chunked="transfer-encoding" in headers,
        keep=keep,
        gone=_GONE,
    )


_GONE = (
    "the request's body was read before the receiver, and a signature covers the raw bytes: look "
    "for a middleware or a decorator that uses `request.POST`, `request.FILES`, `request.read()` "
    "or Django REST framework's `request.data`, and let it read `request.body` first, which keeps "
    "them; without one, the server can't read chunked bodies, or the sender hung up before the "
    "first byte"
)


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    if hasattr(request, "_body"):
        return iter([request.body])
    if vars(request)["_read_started"]:
        return iter(_gone, b"")
    if "wsgi.input" in request.META:
        # `HttpRequest` takes a chunked body for an empty one.
        return pieces(request.META)
    return iter(partial(request.read, 65_536), b"")


async def _each(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def _gone() -> bytes:
    raise RawBodyGoneError(_GONE)


def _response(answer: Answer) -> HttpResponseBase:
    if answer.returned is not None:
        return cast("HttpResponseBase", answer.returned)
    headers = answer.headers()
    # WSGI reserves this one for the server.
    headers.pop("connection", None)
    text = "text/plain; charset=utf-8"
    return HttpResponse(answer.text, content_type=text, status=answer.status, headers=headers)
