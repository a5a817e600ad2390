"""Receives webhooks as a WSGI application, by itself or mounted in any WSGI framework.

def handle(event: PivotalEvent) -> None: ...


app = WebhookApp(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]), handle)
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING

from pivotal_webhooks import Webhook, WebhookVerificationError
from pivotal_webhooks.receiving import ANSWERS, EventT, OutcomeHook, Receiver, log_outcome

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["WebhookApp", "pieces"]


class WebhookApp(Receiver[EventT]):
    """A WSGI application that receives one webhook and hands every event to `handle`.

    It answers 200 when `handle` has returned; 401, 400 or 413 for what is refused, each with one
    constant text; 405 for other methods than POST. What `handle` raises is the server's to answer,
    with 500, and the sender tries again.
    """

    def __init__(
        self,
        webhook: Webhook[EventT],
        handle: Callable[[EventT], object],
        *,
        on_outcome: OutcomeHook = log_outcome,
    ) -> None:
        super().__init__(webhook, on_outcome=on_outcome)
        self.handle = handle

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method != "POST":
            answer = _answer(start_response, 405, ("Allow", "POST"))
            return [] if method == "HEAD" else answer
        try:
            event = self.receive(
                environ,
                pieces(environ),
                encoding=environ.get("HTTP_CONTENT_ENCODING"),
                length=environ.get("CONTENT_LENGTH"),
            )
        except WebhookVerificationError as error:
            return _answer(start_response, error.status)
        self.handle(event)
        return _answer(start_response, 200)


def pieces(environ: WSGIEnvironment) -> Iterator[bytes]:
    """Read the body of a WSGI request, in pieces of at most 64 KiB.

    Where the server says that it ends the input, as those do that take chunked bodies, that is the
    body; otherwise as much as the header `content-length` announces, which is nothing without one.

    :raises ConnectionResetError: The body ended before that.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    announced = int(length) if length.isdecimal() and len(length) < 20 else 0
    left = sys.maxsize if environ.get("wsgi.input_terminated") else announced
    size = 0
    while size < left and (piece := environ["wsgi.input"].read(min(left - size, 65_536))):
        size += len(piece)
        yield piece
    if size < announced:
        raise ConnectionResetError(
            errno.ECONNRESET,
            "the body ended before its announced length: the sender went away, or a middleware "
            "read `wsgi.input` and put nothing in its place",
        )


def _answer(
    start_response: StartResponse, status: int, *headers: tuple[str, str]
) -> Iterable[bytes]:
    body = ANSWERS[status].encode()
    text = ("Content-Type", "text/plain; charset=utf-8")
    length = ("Content-Length", str(len(body)))
    start_response(f"{status} {HTTPStatus(status).phrase}", [text, length, *headers])
    return [body]
