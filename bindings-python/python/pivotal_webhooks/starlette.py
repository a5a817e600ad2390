"""Receives webhooks with Starlette; `pivotal_webhooks.fastapi` does the same for FastAPI.

receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


async def endpoint(request: Request) -> Response:
    event = await receiver(request)
    return Response(status_code=204)
"""

from collections.abc import AsyncIterator
from contextlib import aclosing

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from pivotal_webhooks.asgi import facts, response_headers
from pivotal_webhooks.receiving import (
    EventT,
    RawBodyGoneError,
    Receiver,
    RefusedError,
    SenderGoneError,
)

__all__ = ["WebhookReceiver"]


class WebhookReceiver(Receiver[EventT]):
    """A webhook; called with a request, it returns the event.

    The body is read as it arrives, up to the webhook's `max_body`. Afterwards `request.body()`
    returns the bytes that were read, in exception handlers too, or `b""` if the body was too large.
    A refused delivery is an `HTTPException` of 401, 400 or 413 with one constant text per status.

    :param webhook: The endpoint, made once.
    :param on_outcome: Called with the `Outcome` of every request; it may be async.
    :raises TypeError: `webhook` is not a `Webhook`, or `on_outcome` can't be called.
    """

    # Not postponed: FastAPI reads the annotation.
    async def __call__(self, request: Request) -> EventT:
        """Return the event of a request.

        :raises HTTPException: The delivery is refused; its `__cause__` is the
            `WebhookVerificationError`. 400 with the cause `SenderGoneError` if the sender hung up.
        :raises RawBodyGoneError: Something else consumed the request's stream.
        """

        def keep(body: bytes) -> None:
            # `Request.body()` returns this attribute.
            request._body = body  # pyright: ignore[reportPrivateUsage]

        try:
            return await self.take_async(
                facts(request.scope, _pieces(request), gone=_GONE, keep=keep)
            )
        except RefusedError as refused:
            answer = refused.answer
            headers = response_headers(answer, request.scope)
            raise HTTPException(answer.status, answer.text, headers) from refused.__cause__


_GONE = (
    "the request's stream was read before the receiver, and a signature covers the raw bytes: look "
    "for a middleware, a dependency or an endpoint that calls `request.stream()` or "
    "`request.form()`, and let it call `await request.body()` first, which keeps them; a pure ASGI "
    "middleware must pass on a `receive` that gives the same messages again"
)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async with aclosing(request.stream()) as stream:
            async for piece in stream:
                yield piece
    except ClientDisconnect as error:
        raise SenderGoneError("http.disconnect") from error
    except RuntimeError as error:
        raise RawBodyGoneError(_GONE) from error
