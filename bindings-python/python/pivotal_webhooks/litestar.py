"""Receives webhooks with Litestar.

It takes one line in a route handler, or is a dependency of several:

    receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


    @post("/webhooks/pivotal", status_code=204)
    async def handle(request: Request) -> None:
        event = await receiver(request)


    @post("/webhooks/audited", dependencies={"event": Provide(receiver)}, status_code=204)
    async def audit(event: NamedDependency[SkipValidation[PivotalEvent]]) -> None: ...
"""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException
from litestar.types import Empty
from litestar.utils.scope.state import ScopeState

from pivotal_webhooks.errors import WebhookVerificationError
from pivotal_webhooks.receiving import ANSWERS, EventT, RawBodyGoneError, Receiver

__all__ = ["WebhookReceiver"]


class WebhookReceiver(Receiver[EventT]):
    """One webhook; called with a request, as a dependency too, it returns the event.

    The body is read as it arrives, no further than the webhook's `max_body`, whatever
    `request_max_body_size` says, and the handler can still read it. What is refused is an
    `HTTPException` of 401, 400 or 413 with one constant text a status.
    """

    # Not postponed: Litestar reads the annotation.
    async def __call__(self, request: Request[Any, Any, Any]) -> EventT:
        """Return the event of a request.

        :raises HTTPException: The delivery is refused; its `__cause__` says why.
        :raises RawBodyGoneError: Something read the body before and did not keep it.
        """
        headers = request.headers
        try:
            event = await self.receive_async(
                request.scope["headers"],
                _pieces(request),
                encoding=headers.get("content-encoding"),
                length=headers.get("content-length"),
            )
        except WebhookVerificationError as error:
            raise HTTPException(ANSWERS[error.status], status_code=error.status) from error
        # Where `Request.body()` keeps what it has read, of every request made for this scope.
        ScopeState.from_scope(request.scope).body = event.raw
        await request.body()
        return event


async def _pieces(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    state = ScopeState.from_scope(request.scope)
    if state.body is not Empty:
        yield state.body
        return
    if state.form is not Empty or not request.is_connected:
        culprit = "stream()" if state.form is Empty else "form()"
        raise RawBodyGoneError(
            f"`request.{culprit}` was read before the receiver, and a signature covers the raw "
            "bytes: look for a middleware, a guard or a dependency that calls it, and let it call "
            "`await request.body()` first, which keeps them"
        )
    # Not by `Request.stream()`, which has the application's limit.
    more = True
    while more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise ConnectionResetError("the sender went away before the end of the body")
        yield message.get("body", b"")
        more = message.get("more_body", False)
