"""Receives webhooks with Flask.

receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


@app.post("/webhooks/pivotal")
@receiver.view
def handle(event: PivotalEvent) -> None: ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from functools import partial, wraps
from io import BytesIO
from typing import Any, ClassVar, Concatenate, ParamSpec, cast

from flask import Request, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected, HTTPException

from pivotal_webhooks import receiving
from pivotal_webhooks.receiving import (
    Answer,
    EventT,
    Receiver,
    RefusedError,
    check_callable,
    check_complete,
    is_async,
    without_parameter,
)
from pivotal_webhooks.wsgi import give_back, pieces

__all__ = ["WebhookReceiver"]

_P = ParamSpec("_P")


class WebhookReceiver(Receiver[EventT]):
    """A webhook; called with a request, it returns the event.

    The body is read up to the webhook's `max_body`; `MAX_CONTENT_LENGTH` does not apply. Afterwards
    `request.get_data()` returns the bytes that were read, in error handlers and `after_request`
    functions too, or `b""` if the body was too large. A refused delivery is an `HTTPException` that
    answers 401, 400 or 413 with one constant text per status, which no error handler changes.

    :param webhook: The endpoint, made once.
    :param on_outcome: Called with the `Outcome` of every request; with `flask[async]` it may be
        async.
    :param once: As of `Receiver`: each event is handled to completion once.
    :param on_failure: As of `Receiver`: a `Diagnosis` logs why a delivery was refused.
    :raises TypeError: `webhook` is not a `Webhook`, or `on_outcome` can't be called.
    """

    _awaits: ClassVar[bool] = False
    _runs_async: ClassVar[bool] = True
    _streams: ClassVar[bool] = True

    def __call__(self, request: Request) -> EventT:
        """Return the event of a request.

        :raises HTTPException: The delivery is refused; its `__cause__` is the
            `WebhookVerificationError`.
        :raises ClientDisconnected: The sender hung up before the end of the body.
        :raises RawBodyGoneError: Something read the body before and did not keep it.
        :raises TypeError: This receiver has a store: use `view`.
        """
        self._check_no_store()
        return self._event(request)

    def _event(self, request: Request) -> EventT:
        try:
            return self._take(_facts(request))
        except RefusedError as refused:
            if refused.answer.aborted:
                raise ClientDisconnected from refused.__cause__
            response = _response(refused.answer)
            raise HTTPException(response=response) from refused.__cause__

    def view(
        self,
        handle: Callable[
            Concatenate[EventT, _P],
            ResponseReturnValue | Awaitable[ResponseReturnValue | None] | None,
        ],
    ) -> Callable[_P, ResponseReturnValue]:
        """Make a view for POST of a function that takes the event.

        :param handle: A function, plain or async. It also takes the variables of the route, if
            there are any. What it returns is the response; `None` is 200 `ok`.
        :raises TypeError: `handle` can't be called.
        """
        check_callable("handle", handle, awaits=True)

        @wraps(handle)
        def view(*args: _P.args, **kwargs: _P.kwargs) -> ResponseReturnValue:
            called: Callable[..., object] = handle
            if is_async(handle):
                called = current_app.async_to_sync(
                    cast("Callable[..., Coroutine[Any, Any, object]]", handle)
                )

            def run(event: EventT) -> object:
                returned = called(event, *args, **kwargs)
                if returned is None or self.once is None:
                    return returned
                # Now, as its status decides whether the event is done.
                return current_app.make_response(cast("ResponseReturnValue", returned))

            answer = self._complete(self._event(request), run)
            if answer.returned is None:
                return _response(answer)
            return cast("ResponseReturnValue", answer.returned)

        # `app.add_url_rule` reads it.
        vars(view)["methods"] = ("POST",)
        vars(view)["__signature__"] = without_parameter(handle, 0)
        return view

    def _run_async(self, awaitable: Awaitable[object]) -> object:
        """Wait for an awaitable as the current app waits for its async views."""

        async def awaited() -> object:
            return await awaitable

        return current_app.async_to_sync(awaited)()

    _with_store: ClassVar[str] = "`receiver.view`"

    def _succeeded(self, returned: Response | None) -> bool:
        check_complete(is_streamed=returned is not None and returned.is_streamed)
        return returned is None or 200 <= returned.status_code < 300


def _facts(request: Request) -> receiving.Request[Iterable[bytes]]:
    headers = request.headers

    def keep(body: bytes) -> None:
        # `Request.get_data()` returns the first. `Request.stream` would wait for more bytes.
        vars(request).update(_cached_data=body, stream=BytesIO(body))
        give_back(request.environ, body)

    return receiving.Request(
        headers,
        _pieces(request),
        encoding=headers.get("content-encoding"),
        length=headers.get("content-length"),
        chunked="HTTP_TRANSFER_ENCODING" in request.environ,
        keep=keep,
        gone=_GONE,
    )


_GONE = (
    "the request's body was read before the receiver, and a signature covers the raw bytes: look "
    "for a `before_request` function, a decorator or a WSGI middleware that uses `request.form`, "
    "`request.files`, `request.values`, `request.stream` or `get_data(cache=False)`, and let it "
    "call `request.get_data()` first, which keeps them; without one, the server can't read chunked "
    "bodies, or the sender hung up before the first byte"
)


def _pieces(request: Request) -> Iterator[bytes]:
    kept = vars(request).get("_cached_data")
    if kept is not None:
        return iter([kept])
    if "stream" not in vars(request):
        return pieces(request.environ)
    return iter(partial(request.stream.read, 65_536), b"")


def _response(answer: Answer) -> Response:
    headers = answer.headers()
    # WSGI reserves this one for the server.
    headers.pop("connection", None)
    return Response(answer.text, answer.status, headers, mimetype="text/plain")
