"""Receives webhooks with aiohttp's server.

receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


async def handle(event: PivotalEvent) -> None: ...


app.router.add_post("/webhooks/pivotal", receiver.handler(handle))
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import ClassVar

from aiohttp import ClientPayloadError, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from pivotal_webhooks import receiving
from pivotal_webhooks.receiving import (
    Answer,
    EventT,
    Receiver,
    RefusedError,
    SenderGoneError,
    check_callable,
    in_one_piece,
    without_parameter,
)

__all__ = ["WebhookReceiver"]


class WebhookReceiver(Receiver[EventT]):
    """A webhook; called with a request, it returns the event.

    The body is read as it arrives, up to the webhook's `max_body`; the application's
    `client_max_size` does not apply. Afterwards `request.read()` and `request.content` give the
    bytes that were read, in middlewares too, or nothing if the body was too large. A refused
    delivery is a `web.HTTPError` of 401, 400, 413 or 408 with one constant text per status.

    :param webhook: The endpoint, made once.
    :param on_outcome: Called with the `Outcome` of every request; it may be async.
    :param once: As of `Receiver`: each event is handled to completion once.
    :param on_failure: As of `Receiver`: a `Diagnosis` logs why a delivery was refused.
    :param body_timeout: As of `Receiver`: how long it waits for the body, in seconds.
    :raises TypeError: `webhook` is not a `Webhook`, or `on_outcome` can't be called.
    """

    async def __call__(self, request: web.Request) -> EventT:
        """Return the event of a request.

        :raises web.HTTPError: The delivery is refused; its `__cause__` is the
            `WebhookVerificationError`. 400 with the cause `SenderGoneError` if the sender hung up.
        :raises RawBodyGoneError: Something read the body before and did not keep it.
        :raises TypeError: This receiver has a store: use `handler`.
        """
        self._check_no_store()
        return await self._event(request)

    async def _event(self, request: web.Request) -> EventT:
        try:
            return await self._take_async(_facts(request))
        except RefusedError as refused:
            raise _Refused(refused.answer) from refused.__cause__

    def handler(
        self,
        handle: Callable[
            [EventT], web.StreamResponse | Awaitable[web.StreamResponse | None] | None
        ],
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Make a request handler of a function that takes the event.

        :param handle: An async function, or a plain one, which runs in a thread. What it returns is
            the response; `None` is 200 `ok`.
        :raises TypeError: `handle` can't be called.
        """
        check_callable("handle", handle, awaits=True, generators=False)

        @wraps(handle)
        async def handler(request: web.Request) -> web.StreamResponse:
            answer = await self._complete_async(await self._event(request), handle)
            if answer.returned is None:
                return web.Response(
                    text=answer.text, status=answer.status, headers=answer.headers()
                )
            response: web.StreamResponse = answer.returned
            return response

        vars(handler)["__signature__"] = without_parameter(handle, 0)
        return handler

    _with_store: ClassVar[str] = "`receiver.handler`"

    def _succeeded(self, returned: web.StreamResponse | None) -> bool:
        return returned is None or 200 <= returned.status < 300


class _Refused(web.HTTPError):
    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        super().__init__(text=answer.text)
        if answer.close:
            self.force_close()


def _facts(request: web.Request) -> receiving.Request[AsyncIterable[bytes]]:
    headers = request.headers
    content = request.content

    def keep(body: bytes) -> None:
        # `Request.read()` returns the first, and `Request.content` the second, or what it has
        # cached, which would wait for the rest of a refused body.
        limit = len(body) + 1  # more than it ever holds, so that it never pauses the connection
        replay = StreamReader(request.protocol, limit, loop=asyncio.get_running_loop())
        replay.feed_data(body)
        replay.feed_eof()
        request._read_bytes = body  # pyright: ignore[reportPrivateUsage]
        request._payload = replay  # pyright: ignore[reportPrivateUsage]
        request._cache.pop("content", None)  # pyright: ignore[reportPrivateUsage]

    return receiving.Request(
        headers,
        _pieces(request),
        # aiohttp would decompress the body by the first of these.
        encoding=", ".join(headers.getall("content-encoding", [])),
        length=headers.get("content-length"),
        chunked="transfer-encoding" in headers,
        keep=keep,
        gone=_GONE,
        arrived=lambda: content.total_bytes,
    )


_GONE = (
    "the request's body was read before the receiver, and a signature covers the raw bytes: look "
    "for a middleware that uses `request.content`, `request.post()`, `request.multipart()` or "
    "`request.release()`, and let it call `await request.read()` first, which keeps them"
)


def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    kept = request._read_bytes  # pyright: ignore[reportPrivateUsage]
    return _arriving(request.content) if kept is None else in_one_piece(kept)


async def _arriving(content: StreamReader) -> AsyncIterator[bytes]:
    try:
        while piece := await content.readany():
            yield piece
    except (ClientPayloadError, HttpProcessingError, web.RequestPayloadError) as error:
        # The body ends too early, or its chunks are malformed.
        raise SenderGoneError(str(error)) from error
