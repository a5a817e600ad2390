"""Receives webhooks as a WSGI application, by itself or mounted in any WSGI framework.

def handle(event: PivotalEvent) -> None: ...


app = WebhookApp(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]), handle)
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, ClassVar

from pivotal_webhooks import Webhook
from pivotal_webhooks.receiving import (
    EventT,
    OutcomeHook,
    Receiver,
    Request,
    check_callable,
    log_outcome,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIEnvironment

    from pivotal_webhooks.diagnosis import Diagnosis
    from pivotal_webhooks.idempotency.once import Once
    from pivotal_webhooks.idempotency.store import AnyStore

__all__ = ["WebhookApp", "give_back", "pieces"]


class WebhookApp(Receiver[EventT]):
    """A WSGI application that receives one webhook and calls `handle` with every event.

    It answers 200 when `handle` has returned; 401, 400 or 413 to a refused delivery, with one
    constant text per status; 405 to other methods than POST. If `handle` raises, the server answers
    with 500, and the sender tries again. Afterwards `wsgi.input` gives the bytes that were read, or
    nothing if the body was too large.

    :param webhook: The endpoint, made once.
    :param handle: A plain function.
    :param on_outcome: Called with the `Outcome` of every request; a plain function too.
    :param once: As of `Receiver`: each event is handled to completion once.
    :param on_failure: As of `Receiver`: a `Diagnosis` logs why a delivery was refused.
    :raises TypeError: `webhook` is not a `Webhook`, or a function can't be called or is async.
    """

    _awaits: ClassVar[bool] = False

    def __init__(
        self,
        webhook: Webhook[EventT],
        handle: Callable[[EventT], object],
        *,
        on_outcome: OutcomeHook = log_outcome,
        once: AnyStore | Once | None = None,
        on_failure: Diagnosis | None = None,
    ) -> None:
        super().__init__(webhook, on_outcome=on_outcome, once=once, on_failure=on_failure)
        check_callable("handle", handle, awaits=False, generators=False)
        self.handle = handle

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request[Iterable[bytes]](
            environ,
            pieces(environ),
            method=environ["REQUEST_METHOD"],
            encoding=environ.get("HTTP_CONTENT_ENCODING"),
            length=environ.get("CONTENT_LENGTH"),
            chunked="HTTP_TRANSFER_ENCODING" in environ,
            keep=partial(give_back, environ),
            gone=_GONE,
        )
        answer = self.respond(request, self.handle)
        body = answer.text.encode()
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            *((name.title(), value) for name, value in answer.headers().items()),
        ]
        # WSGI reserves this one for the server.
        headers = [header for header in headers if header[0] != "Connection"]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [] if request.method == "HEAD" else [body]


_GONE = (
    "the request announces a body, and there is none: a middleware read `wsgi.input` and put "
    "nothing in its place, the server can't read chunked bodies (it doesn't set "
    "`wsgi.input_terminated`), or the sender hung up before the first byte; a signature covers the "
    "raw bytes, so a middleware must leave them in `wsgi.input`"
)


def pieces(environ: WSGIEnvironment) -> Iterator[bytes]:
    """Read the body of a WSGI request, in pieces of at most 64 KiB.

    If the server sets `wsgi.input_terminated`, as those do that read chunked bodies, the body ends
    with the input. Otherwise it is as long as the header `content-length` says: empty without one.

    :raises ConnectionResetError: The body ended in the middle of its announced length.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    announced = int(length) if length.isdecimal() and len(length) < 20 else 0
    left = sys.maxsize if environ.get("wsgi.input_terminated") else announced
    return _read(environ["wsgi.input"], left, announced)


def give_back(environ: WSGIEnvironment, body: bytes) -> None:
    """Put what was read of a body where the applications around this one read it from.

    They would wait for more bytes otherwise.
    """
    environ["wsgi.input"] = BytesIO(body)
    # Else Werkzeug takes a refused body for one that its sender broke off.
    environ["wsgi.input_terminated"] = True


def _read(source: InputStream, left: int, announced: int) -> Iterator[bytes]:
    size = 0
    while size < left and (piece := source.read(min(left - size, 65_536))):
        size += len(piece)
        yield piece
    if 0 < size < announced:
        raise ConnectionResetError(
            errno.ECONNRESET, "the body ended before its announced length: the sender hung up"
        )
