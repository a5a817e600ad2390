"""Receives webhooks with aiohttp's server.

receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


async def handle(event: PivotalEvent) -> None: ...


app.router.add_post("/webhooks/pivotal", receiver.handler(handle))
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps

from aiohttp import web

from pivotal_webhooks.errors import WebhookVerificationError
from pivotal_webhooks.receiving import ANSWERS, EventT, RawBodyGoneError, Receiver

__all__ = ["WebhookReceiver"]


class WebhookReceiver(Receiver[EventT]):
    """One webhook; called with a request, it returns the event.

    The body is read as it arrives, no further than the webhook's `max_body`, whatever the
    application's `client_max_size` says, and the handler can still read it. What is refused is a
    `web.HTTPError` of 401, 400 or 413 with one constant text a status.
    """

    async def __call__(self, request: web.Request) -> EventT:
        """Return the event of a request.

        :raises web.HTTPError: The delivery is refused; its `__cause__` says why.
        :raises RawBodyGoneError: Something read the body before and did not keep it.
        """
        headers = request.headers
        try:
            event = await self.receive_async(
                headers,
                _pieces(request),
                # aiohttp would decompress the body by the first of these.
                encoding=", ".join(headers.getall("content-encoding", [])),
                length=headers.get("content-length"),
            )
        except WebhookVerificationError as error:
            raise _Refused(error.status) from error
        # Where `Request.read()` keeps what it has read.
        request._read_bytes = event.raw  # pyright: ignore[reportPrivateUsage]
        return event

    def handler(
        self, handle: Callable[[EventT], Awaitable[web.StreamResponse | None]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Make a request handler of a coroutine function that takes the event.

        :param handle: What it returns is the response; `None` is 200 `ok`.
        """

        @wraps(handle)
        async def handler(request: web.Request) -> web.StreamResponse:
            response = await handle(await self(request))
            return web.Response(text=ANSWERS[200]) if response is None else response

        return handler


class _Refused(web.HTTPError):
    def __init__(self, status: int) -> None:
        self.status_code = status
        super().__init__(text=ANSWERS[status])


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    kept = request._read_bytes  # pyright: ignore[reportPrivateUsage]
    if kept is not None:
        yield kept
        return
    size = 0
    async for piece in request.content.iter_any():
        size += len(piece)
        yield piece
    if size < request.content.total_bytes:
        form = request._post  # pyright: ignore[reportPrivateUsage]
        culprit = "content" if form is None else "post()"
        raise RawBodyGoneError(
            f"`request.{culprit}` was read before the receiver, and a signature covers the raw "
            "bytes: look for a middleware that uses it or `request.multipart()`, and let it call "
            "`await request.read()` first, which keeps them"
        )
