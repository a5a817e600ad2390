"""Receives webhooks as an ASGI application of its own, or as a route of any ASGI framework.

async def handle(event: PivotalEvent) -> None: ...


app = WebhookApp(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]), handle)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from pivotal_webhooks import Webhook, WebhookVerificationError
from pivotal_webhooks.receiving import ANSWERS, EventT, OutcomeHook, Receiver, log_outcome

__all__ = ["WebhookApp"]

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]


class WebhookApp(Receiver[EventT]):
    """An ASGI application that receives one webhook and hands every event to `handle`.

    It answers 200 when `handle` has returned; 401, 400 or 413 for what is refused, each with one
    constant text; 405 for other methods than POST. What `handle` raises is the server's to answer,
    with 500, and the sender tries again.
    """

    def __init__(
        self,
        webhook: Webhook[EventT],
        handle: Callable[[EventT], Awaitable[object]],
        *,
        on_outcome: OutcomeHook = log_outcome,
    ) -> None:
        super().__init__(webhook, on_outcome=on_outcome)
        self.handle = handle

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"a webhook is no {scope['type']} connection")
        if scope["method"] != "POST":
            await _answer(send, 405, (b"allow", b"POST"))
            return
        first = {name: value.decode("latin-1") for name, value in reversed(scope["headers"])}
        try:
            event = await self.receive_async(
                scope["headers"],
                _pieces(receive),
                encoding=first.get(b"content-encoding"),
                length=first.get(b"content-length"),
            )
        except WebhookVerificationError as error:
            await _answer(send, error.status)
            return
        await self.handle(event)
        await _answer(send, 200)


async def _pieces(receive: _Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("the sender went away before the end of the body")
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def _answer(send: _Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    body = ANSWERS[status].encode()
    text = (b"content-type", b"text/plain; charset=utf-8")
    length = (b"content-length", str(len(body)).encode())
    await send(
        {"type": "http.response.start", "status": status, "headers": [text, length, *headers]}
    )
    await send({"type": "http.response.body", "body": body})
