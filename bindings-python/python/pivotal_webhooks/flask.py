"""Receives webhooks with Flask.

receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


@app.post("/webhooks/pivotal")
@receiver.view
def handle(event: PivotalEvent) -> None: ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial, wraps
from io import BytesIO
from typing import Concatenate, ParamSpec

from flask import Request, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected, HTTPException

from pivotal_webhooks.errors import WebhookVerificationError
from pivotal_webhooks.receiving import ANSWERS, EventT, RawBodyGoneError, Receiver
from pivotal_webhooks.wsgi import pieces

__all__ = ["WebhookReceiver"]

_P = ParamSpec("_P")


class WebhookReceiver(Receiver[EventT]):
    """One webhook; called with a request, it returns the event.

    The body is read no further than the webhook's `max_body`, whatever `MAX_CONTENT_LENGTH` says,
    and the view can still read it. What is refused is an `HTTPException` that answers 401, 400 or
    413 with one constant text a status, which no error handler changes.
    """

    def __call__(self, request: Request) -> EventT:
        """Return the event of a request.

        :raises HTTPException: The delivery is refused; its `__cause__` says why.
        :raises RawBodyGoneError: Something read the body before and did not keep it.
        """
        headers = request.headers
        try:
            event = self.receive(
                headers,
                _pieces(request),
                encoding=headers.get("content-encoding"),
                length=headers.get("content-length"),
            )
        except WebhookVerificationError as error:
            raise HTTPException(response=_answer(error.status)) from error
        # Where `Request.get_data()` keeps what it has read. `Request.stream` would wait for more.
        vars(request).update(_cached_data=event.raw, stream=BytesIO(event.raw))
        return event

    def view(
        self,
        handle: Callable[
            Concatenate[EventT, _P],
            ResponseReturnValue | Awaitable[ResponseReturnValue | None] | None,
        ],
    ) -> Callable[_P, ResponseReturnValue]:
        """Make a view for POST of a function that takes the event.

        :param handle: Also takes the variables of the route, if there are any. What it returns is
            the response; `None` is 200 `ok`.
        """

        @wraps(handle)
        def view(*args: _P.args, **kwargs: _P.kwargs) -> ResponseReturnValue:
            event = self(request)
            response = current_app.ensure_sync(handle)(event, *args, **kwargs)
            return _answer(200) if response is None else response

        # What `app.add_url_rule` takes, unless told otherwise.
        vars(view)["methods"] = ("POST",)
        return view


def _pieces(request: Request) -> Iterator[bytes]:
    kept = vars(request).get("_cached_data")
    if kept is None and "stream" not in vars(request):
        try:
            yield from pieces(request.environ)
        except ConnectionResetError as error:
            raise ClientDisconnected from error
        return
    size = 0
    for piece in [kept] if kept else iter(partial(request.stream.read, 65_536), b""):
        size += len(piece)
        yield piece
    chunked = "HTTP_TRANSFER_ENCODING" in request.environ
    if size < (request.content_length or chunked):
        culprit = "form" if "form" in vars(request) else "stream"
        raise RawBodyGoneError(
            f"`request.{culprit}` was read before the receiver, and a signature covers the raw "
            "bytes: look for a `before_request` function or a decorator that uses it or "
            "`cache=False`, and let it call `request.get_data()` first, which keeps them"
        )


def _answer(status: int) -> Response:
    return Response(ANSWERS[status], status, mimetype="text/plain")
