"""Receives webhooks with Starlette; `pivotal_webhooks.fastapi` is the same for FastAPI.

receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


async def endpoint(request: Request) -> Response:
    event = await receiver(request)
    return Response(status_code=204)
"""

from collections.abc import AsyncIterator

from starlette.exceptions import HTTPException
from starlette.requests import Request

from pivotal_webhooks.errors import WebhookVerificationError
from pivotal_webhooks.receiving import ANSWERS, EventT, RawBodyGoneError, Receiver

__all__ = ["WebhookReceiver"]


class WebhookReceiver(Receiver[EventT]):
    """One webhook; called with a request, it returns the event.

    The body is read as it arrives, no further than the webhook's `max_body`, and the endpoint can
    still read it. What is refused is an `HTTPException` of 401, 400 or 413 with one constant text a
    status.
    """

    # Not postponed: FastAPI reads the annotation.
    async def __call__(self, request: Request) -> EventT:
        """Return the event of a request.

        :raises HTTPException: The delivery is refused; its `__cause__` says why.
        :raises RawBodyGoneError: Something else consumed the request's stream.
        """
        headers = request.headers
        try:
            event = await self.receive_async(
                headers.raw,
                _pieces(request),
                encoding=headers.get("content-encoding"),
                length=headers.get("content-length"),
            )
        except WebhookVerificationError as error:
            raise HTTPException(error.status, ANSWERS[error.status]) from error
        # Where `Request.body()` keeps what it has read.
        request._body = event.raw  # pyright: ignore[reportPrivateUsage]
        return event


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            yield piece
    except RuntimeError as error:
        raise RawBodyGoneError(
            "the request's stream was read before the receiver, and a signature covers the raw "
            "bytes: look for a middleware or an endpoint that calls `request.stream()` or "
            "`request.form()`, and let it call `await request.body()` first, which keeps them"
        ) from error
