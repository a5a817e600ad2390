"""Receives webhooks with Starlette; `pivotal_webhooks.fastapi` does the same for FastAPI.

receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


async def endpoint(request: Request) -> Response:
    event = await receiver(request)
    return Response(status_code=204)
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import ClassVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from pivotal_webhooks.asgi import facts, give_back, pieces, response_headers
from pivotal_webhooks.receiving import (
    Answer,
    EventT,
    RawBodyGoneError,
    Receiver,
    RefusedError,
    check_callable,
    check_complete,
    in_one_piece,
    without_parameter,
)

__all__ = ["WebhookReceiver"]


class WebhookReceiver(Receiver[EventT]):
    """A webhook; called with a request, it returns the event.

    The body is read as it arrives, up to the webhook's `max_body`. Afterwards `request.body()`
    returns the bytes that were read, in exception handlers and in a `BaseHTTPMiddleware` too, or
    `b""` if the body was too large.
    A refused delivery is an `HTTPException` of 401, 400, 413 or 408 with one constant text per
    status.

    :param webhook: The endpoint, made once.
    :param on_outcome: Called with the `Outcome` of every request; it may be async.
    :param once: As of `Receiver`: each event is handled to completion once.
    :param on_failure: As of `Receiver`: a `Diagnosis` logs why a delivery was refused.
    :param body_timeout: As of `Receiver`: how long it waits for the body, in seconds.
    :raises TypeError: `webhook` is not a `Webhook`, or `on_outcome` can't be called.
    """

    # Not postponed: FastAPI reads the annotation.
    async def __call__(self, request: Request) -> EventT:
        """Return the event of a request.

        :raises HTTPException: The delivery is refused; its `__cause__` is the
            `WebhookVerificationError`. 400 with the cause `SenderGoneError` if the sender hung up.
        :raises RawBodyGoneError: Something else consumed the request's stream.
        :raises TypeError: This receiver has a store: use `handler`.
        """
        self._check_no_store()
        return await self._event(request)

    def handler(
        self, handle: Callable[[EventT], Response | Awaitable[Response | None] | None]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Make an endpoint of a function that takes the event: `Route(path, endpoint, ...)`.

        :param handle: An async function, or a plain one, which runs in a thread. What it returns is
            the response; `None` is 200 `ok`.
        :raises TypeError: `handle` can't be called.
        """
        check_callable("handle", handle, awaits=True, generators=False)

        @wraps(handle)
        async def endpoint(request: Request) -> Response:
            answer = await self._complete_async(await self._event(request), handle)
            if answer.returned is None:
                return response_of(answer, request)
            response: Response = answer.returned
            return response

        vars(endpoint)["__signature__"] = without_parameter(handle, 0)
        return endpoint

    _with_store: ClassVar[str] = "`receiver.handler`"

    def _succeeded(self, returned: Response | None) -> bool:
        check_complete(is_streamed=isinstance(returned, StreamingResponse))
        return returned is None or 200 <= returned.status_code < 300

    async def _event(self, request: Request) -> EventT:
        kept: list[bytes] = []

        def keep(body: bytes) -> None:
            # `Request.body()` returns this attribute.
            request._body = body  # pyright: ignore[reportPrivateUsage]
            kept.append(body)

        try:
            return await self._take_async(
                facts(request.scope, _pieces(request), gone=_GONE, keep=keep)
            )
        except RefusedError as refused:
            answer = refused.answer
            headers = response_headers(answer, request.scope)
            raise HTTPException(answer.status, answer.text, headers) from refused.__cause__
        finally:
            give_back(request.receive, *kept)


def response_of(answer: Answer, request: Request) -> Response:
    """Return the response for an answer that no handler gave.

    :raises HTTPException: The answer is not 200.
    """
    headers = response_headers(answer, request.scope)
    if answer.status != 200:
        raise HTTPException(answer.status, answer.text, headers)
    return PlainTextResponse(answer.text, headers=headers)


_GONE = (
    "the request's stream was read before the receiver, and a signature covers the raw bytes: look "
    "for a middleware, a dependency or an endpoint that calls `request.stream()` or "
    "`request.form()`, and let it call `await request.body()` first, which keeps them; a pure ASGI "
    "middleware must pass on a `receive` that gives the same messages again"
)


def _pieces(request: Request) -> AsyncIterator[bytes]:
    # As `Request.stream()`, which gives nothing more once `keep` has set the body.
    if hasattr(request, "_body"):
        return in_one_piece(request._body)  # pyright: ignore[reportPrivateUsage]
    if request._stream_consumed:  # pyright: ignore[reportPrivateUsage]
        raise RawBodyGoneError(_GONE)
    request._stream_consumed = True  # pyright: ignore[reportPrivateUsage]
    return pieces(request.receive)
