"""Receives webhooks as an ASGI application of its own, or as a route of any ASGI framework.

async def handle(event: PivotalEvent) -> None: ...


app = WebhookApp(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]), handle)
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, MutableMapping
from contextlib import nullcontext, suppress
from inspect import isfunction
from typing import TYPE_CHECKING, Any, TypeAlias

from pivotal_webhooks import Webhook
from pivotal_webhooks.receiving import (
    Answer,
    EventT,
    OutcomeHook,
    Receiver,
    Request,
    SenderGoneError,
    check_callable,
    log_outcome,
)

if TYPE_CHECKING:
    from pivotal_webhooks.diagnosis import Diagnosis
    from pivotal_webhooks.idempotency.once import Once
    from pivotal_webhooks.idempotency.store import AnyStore

__all__ = ["WebhookApp"]

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]


class WebhookApp(Receiver[EventT]):
    """An ASGI application that receives one webhook and calls `handle` with every event.

    It answers 200 when `handle` has returned; 401, 400, 413 or 408 to a refused delivery, with one
    constant text per status; 405 to other methods than POST. If `handle` raises, the server answers
    with 500, and the sender tries again. It runs under asyncio and trio, and answers `lifespan`.
    Afterwards `request.body()` in a `BaseHTTPMiddleware` of Starlette returns the bytes that were
    read, or `b""` if the body was too large.

    :param webhook: The endpoint, made once.
    :param handle: An async function, or a plain one, which runs in a thread.
    :param on_outcome: Called with the `Outcome` of every request; it may be async.
    :param once: As of `Receiver`: each event is handled to completion once.
    :param on_failure: As of `Receiver`: a `Diagnosis` logs why a delivery was refused.
    :param body_timeout: As of `Receiver`: how long it waits for the body, in seconds.
    :raises TypeError: `webhook` is not a `Webhook`, or a function can't be called.
    """

    def __init__(
        self,
        webhook: Webhook[EventT],
        handle: Callable[[EventT], object],
        *,
        on_outcome: OutcomeHook = log_outcome,
        once: AnyStore | Once | None = None,
        on_failure: Diagnosis | None = None,
        body_timeout: float | None = None,
    ) -> None:
        super().__init__(
            webhook,
            on_outcome=on_outcome,
            once=once,
            on_failure=on_failure,
            body_timeout=body_timeout,
        )
        check_callable("handle", handle, awaits=True, generators=False)
        self.handle = handle

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
        elif scope["type"] == "http":
            kept: list[bytes] = []
            request = facts(scope, pieces(receive), gone=_GONE, keep=kept.append)
            try:
                answer = await self.respond_async(request, self.handle)
            finally:
                give_back(receive, *kept)
            # If the sender hung up, a middleware around needs an answer, and a server may raise.
            with suppress(OSError) if answer.aborted else nullcontext():
                await _send(answer, scope, send)
        else:
            raise RuntimeError(f"a webhook doesn't arrive on a connection of type {scope['type']}")


_GONE = (
    "the request's body was read before the receiver, and a signature covers the raw bytes: look "
    "for a middleware that reads it, and let it pass on a `receive` that gives the same messages "
    "again"
)


def facts(
    scope: Any,
    body: AsyncIterator[bytes],
    *,
    gone: str,
    keep: Callable[[bytes], object] = lambda _: None,
) -> Request[AsyncIterator[bytes]]:
    """Translate the scope of an ASGI request.

    :param body: The raw body in pieces.
    :param gone: As of `Request`.
    :param keep: As of `Request`.
    """

    def header(name: bytes) -> str:
        lines = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
        return ", ".join(lines)

    return Request(
        scope["headers"],
        body,
        method=scope["method"],
        encoding=header(b"content-encoding"),
        length=header(b"content-length"),
        chunked=bool(header(b"transfer-encoding")),
        keep=keep,
        gone=gone,
    )


async def pieces(receive: _Receive) -> AsyncIterator[bytes]:
    """Read the body of an ASGI request.

    :raises SenderGoneError: The sender hung up before the end of the body.
    """
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise SenderGoneError("http.disconnect")
        yield message.get("body", b"")
        more = message.get("more_body", False)


def give_back(receive: object, body: bytes = b"") -> None:
    """Let the middlewares of Starlette around an application read what it has read of the body.

    A `BaseHTTPMiddleware` has a request object, and passes on a `receive` that reads through it.
    `Request.body()` of that object would raise now, or wait for the rest of a refused body.
    Nothing in ASGI leads to the object but this `receive`.

    :param receive: What the application has read the body from, after it has stopped reading.
    """
    requests = sys.modules.get("starlette.requests")
    if requests is None or not isfunction(receive):
        return
    for request in _requests_behind(receive, requests.Request):
        if not hasattr(request, "_body"):
            request._body = body
            request._receive = _without_body(request.receive)


def _requests_behind(receive: Any, kind: type[Any]) -> Iterator[Any]:
    """The requests of this kind that a function reads through: variables of its closure."""
    variables = zip(receive.__code__.co_freevars, receive.__closure__ or (), strict=True)
    for name, cell in variables:
        held = cell.cell_contents
        owner: Any = getattr(held, "__self__", held)  # a request, or the one of a bound method
        if isinstance(owner, kind):
            yield owner
            held = owner.receive
        elif name != "receive":
            continue
        if isfunction(held):
            yield from _requests_behind(held, kind)


def _without_body(receive: _Receive) -> _Receive:
    """Skip the rest of a body: nothing is left to read."""

    async def skip() -> _Message:
        message = await receive()
        while message["type"] == "http.request":
            message = await receive()
        return message

    return skip


def response_headers(answer: Answer, scope: Any) -> dict[str, str]:
    """Return the headers of an answer that this request's HTTP version allows.

    HTTP/2 and HTTP/3 forbid the header `connection`.
    """
    headers = answer.headers()
    if not str(scope.get("http_version", "1.1")).startswith("1"):
        headers.pop("connection", None)
    return headers


async def _send(answer: Answer, scope: _Message, send: _Send) -> None:
    body = answer.text.encode()
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "content-length": str(len(body)),
        **response_headers(answer, scope),
    }
    lines: Iterable[tuple[bytes, bytes]] = (
        (name.encode(), value.encode()) for name, value in headers.items()
    )
    await send({"type": "http.response.start", "status": answer.status, "headers": [*lines]})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _lifespan(receive: _Receive, send: _Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return
