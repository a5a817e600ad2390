"""Receives webhooks with Litestar.

    receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


    @post("/webhooks/pivotal", dependencies={"event": Provide(receiver)}, status_code=204)
    async def handle(event: PivotalDelivery) -> None: ...


    @post("/webhooks/by-hand", status_code=204)
    async def handle_by_hand(request: Request) -> None:
        event = await receiver(request)

Annotate the dependency with `PivotalDelivery` or `PivotDelivery`: Litestar can't validate a union
of classes, and answers 500 to `event: PivotalEvent`. For a type checker they are the same.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, ClassVar, TypeAlias, cast

from litestar import MediaType, Request, Response
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import SkipValidation
from litestar.response import Stream
from litestar.types import Empty
from litestar.utils.scope.state import ScopeState

from pivotal_webhooks.asgi import facts, pieces, response_headers
from pivotal_webhooks.events import PivotalEvent, PivotEvent
from pivotal_webhooks.receiving import (
    EventT,
    RawBodyGoneError,
    Receiver,
    RefusedError,
    check_callable,
    check_complete,
    in_one_piece,
)

__all__ = ["PivotDelivery", "PivotalDelivery", "WebhookReceiver"]

PivotalDelivery: TypeAlias = NamedDependency[SkipValidation[PivotalEvent]]
"""`PivotalEvent`, for the parameter of a handler that `Provide(receiver)` fills."""

PivotDelivery: TypeAlias = NamedDependency[SkipValidation[PivotEvent]]
"""`PivotEvent`, for the parameter of a handler that `Provide(receiver)` fills."""


class WebhookReceiver(Receiver[EventT]):
    """A webhook; called with a request, as a dependency too, it returns the event.

    The body is read as it arrives, up to the webhook's `max_body`; `request_max_body_size` does not
    apply. Afterwards `request.body()` returns the bytes that were read, in exception handlers too,
    or `b""` if the body was too large. A refused delivery is an `HTTPException` of 401, 400, 413
    or 408 with one constant text per status.

    :param webhook: The endpoint, made once.
    :param on_outcome: Called with the `Outcome` of every request; it may be async.
    :param once: As of `Receiver`: each event is handled to completion once.
    :param on_failure: As of `Receiver`: a `Diagnosis` logs why a delivery was refused.
    :param body_timeout: As of `Receiver`: how long it waits for the body, in seconds.
    :raises TypeError: `webhook` is not a `Webhook`, or `on_outcome` can't be called.
    """

    # Not postponed: Litestar reads the annotation.
    async def __call__(self, request: Request[Any, Any, Any]) -> EventT:
        """Return the event of a request.

        :raises HTTPException: The delivery is refused; its `__cause__` is the
            `WebhookVerificationError`. 400 with the cause `SenderGoneError` if the sender hung up.
        :raises RawBodyGoneError: Something read the body before and did not keep it.
        :raises TypeError: This receiver has a store: use `handler`.
        """
        self._check_no_store()
        return await self._event(request)

    def handler(
        self, handle: Callable[[EventT], Response[Any] | Awaitable[Response[Any] | None] | None]
    ) -> Callable[[Request[Any, Any, Any]], Awaitable[Response[Any]]]:
        """Make a handler of a request of a function that takes the event.

        Write `@post("/webhooks/pivotal")` above `@receiver.handler`.

        :param handle: An async function, or a plain one, which runs in a thread. What it returns is
            the response; `None` is 200 `ok`.
        :raises TypeError: `handle` can't be called.
        """
        check_callable("handle", handle, awaits=True, generators=False)

        async def handler(request: Request[Any, Any, Any]) -> Response[Any]:
            answer = await self._complete_async(await self._event(request), handle)
            if answer.returned is None:
                return Response(
                    answer.text,
                    status_code=answer.status,
                    headers=response_headers(answer, request.scope),
                    media_type=MediaType.TEXT,
                )
            response: Response[Any] = answer.returned
            return response

        handler.__name__ = getattr(handle, "__name__", "handler")
        handler.__doc__ = handle.__doc__
        return handler

    _with_store: ClassVar[str] = "`receiver.handler`"

    def _succeeded(self, returned: Response[Any] | None) -> bool:
        check_complete(is_streamed=isinstance(returned, Stream))
        return returned is None or 200 <= (returned.status_code or 200) < 300

    async def _event(self, request: Request[Any, Any, Any]) -> EventT:
        def keep(body: bytes) -> None:
            # `Request.body()` returns the first; other request objects of this scope, the second.
            request._body = body  # pyright: ignore[reportPrivateUsage]
            ScopeState.from_scope(request.scope).body = body

        try:
            return await self._take_async(
                facts(request.scope, _pieces(request), gone=_GONE, keep=keep)
            )
        except RefusedError as refused:
            answer = refused.answer
            raise HTTPException(
                answer.text,
                status_code=answer.status,
                headers=response_headers(answer, request.scope),
            ) from refused.__cause__


_GONE = (
    "the request's body was read before the receiver, and a signature covers the raw bytes: look "
    "for a middleware, a guard or a dependency that calls `request.stream()` or `request.form()`, "
    "and let it call `await request.body()` first, which keeps them; a pure ASGI middleware must "
    "pass on a `receive` that gives the same messages again"
)


def _pieces(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    state = ScopeState.from_scope(request.scope)
    if state.body is not Empty:
        return in_one_piece(state.body)
    if state.form is not Empty or not request.is_connected:
        raise RawBodyGoneError(_GONE)
    # `Request.stream()` would apply the application's limit.
    return pieces(cast("Any", request.receive))
