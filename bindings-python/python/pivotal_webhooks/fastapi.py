"""Receives webhooks with FastAPI: a dependency that returns the event.

receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


@app.post("/webhooks/pivotal", **receiver.openapi)
async def handle(event: Annotated[PivotalEvent, Depends(receiver)]) -> None: ...

In a function that makes the app, in a module with `from __future__ import annotations`, FastAPI
can't see the local name `receiver` in an annotation, and answers 422 to every delivery. Write
`event: PivotalEvent = Depends(receiver)` there.
"""

import inspect
import json
from collections.abc import Iterator
from functools import cached_property, lru_cache
from importlib.resources import files
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from starlette.exceptions import HTTPException
from starlette.requests import Request

from pivotal_webhooks import starlette
from pivotal_webhooks.receiving import ANSWERS, EventT, logger

__all__ = ["WebhookReceiver"]


class WebhookReceiver(starlette.WebhookReceiver[EventT]):
    """A webhook, as a dependency of the routes that handle its events.

    Other dependencies of the same request that depend on it get the same event. A parameter that is
    annotated with some of the event classes gets those alone: other events are answered with 422.
    A route that also declares a body of its own makes FastAPI read that first, without a limit:
    take the event alone.

    :param webhook: The endpoint, made once.
    :param on_outcome: Called with the `Outcome` of every request; it may be async.
    :raises TypeError: `webhook` is not a `Webhook`, or `on_outcome` can't be called.
    """

    async def __call__(self, request: Request) -> EventT:
        """Return the event of a request.

        :raises HTTPException: The delivery is refused; its `__cause__` is the
            `WebhookVerificationError`. 422 for an event of a class that the route doesn't take.
        :raises RawBodyGoneError: Something else consumed the request's stream.
        """
        event = await super().__call__(request)
        for classes in self._annotated(getattr(request.scope.get("route"), "dependant", None)):
            if not isinstance(event, classes):
                logger.warning(
                    "the event type %a is not one that the parameter of this route takes",
                    event.type,
                )
                raise HTTPException(422, ANSWERS[422])
        return event

    def _annotated(self, dependant: Any) -> Iterator[tuple[type, ...]]:
        """The event classes that a route and its dependencies name for this receiver's event."""
        parent: Any = dependant
        dependencies: list[Any] = [] if dependant is None else parent.dependencies
        for needed in dependencies:
            if needed.call is self:
                if classes := _event_classes(parent.call, needed.name):
                    yield classes
            else:
                yield from self._annotated(needed)

    @cached_property
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI of a route: the event's schema, and the answers 400, 401 and 413."""
        schemas = json.loads(files("pivotal_webhooks").joinpath("schemas.json").read_bytes())
        schema = schemas[self.webhook.sender]
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        detail = {"type": "object", "properties": {"detail": {"type": "string"}}}
        answers = {
            status: {
                "description": ANSWERS[status],
                "content": {"application/json": {"schema": detail}},
            }
            for status in (400, 401, 413)
        }
        return {"responses": answers, "openapi_extra": {"requestBody": body}}


@lru_cache(maxsize=1024)
def _event_classes(function: Any, parameter: str | None) -> tuple[type, ...]:
    """The classes that a parameter is annotated with; empty if that is not known."""
    try:
        annotation = inspect.signature(function).parameters[parameter or ""].annotation
        if isinstance(annotation, str):
            annotation = eval(annotation, inspect.unwrap(function).__globals__)
    except Exception:  # a name that exists for type checkers only, or in another scope
        return ()
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    union = get_origin(annotation) in (Union, UnionType)
    classes = get_args(annotation) if union else (annotation,)
    known = all(isinstance(member, type) for member in classes)
    return classes if known and annotation is not inspect.Parameter.empty else ()
