"""Receives webhooks with FastAPI: a dependency that returns the event.

receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


@app.post("/webhooks/pivotal", **receiver.openapi)
async def handle(event: Annotated[PivotalEvent, Depends(receiver)]) -> None: ...

In a function that makes the app, in a module with `from __future__ import annotations`, FastAPI
can't see the local name `receiver` in an annotation, and answers 422 to every delivery. Write
`event: PivotalEvent = Depends(receiver)` there. Nothing of this package runs for such a route,
unless it is a `WebhookRoute`: that refuses the parameter when the route is declared.
"""

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import ExitStack
from functools import cached_property, lru_cache
from importlib.resources import files
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, Union, cast, get_args, get_origin

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pivotal_webhooks import starlette
from pivotal_webhooks.receiving import ANSWERS, Answer, EventT, Outcome, logger

if TYPE_CHECKING:
    from pivotal_webhooks.idempotency.once import Flow, Once

__all__ = ["WebhookReceiver", "WebhookRoute"]


class WebhookReceiver(starlette.WebhookReceiver[EventT]):
    """A webhook, as a dependency of the routes that handle its events.

    Other dependencies of the same request that depend on it get the same event. A parameter that is
    annotated with some of the event classes gets those alone: other events are answered with 422.
    A route that also declares a body of its own makes FastAPI read that first, without a limit:
    take the event alone.

    :param webhook: The endpoint, made once.
    :param on_outcome: Called with the `Outcome` of every request; it may be async.
    :param once: As of `Receiver`: each event is handled to completion once.
    :param on_failure: As of `Receiver`: a `Diagnosis` logs why a delivery was refused.
    :param body_timeout: As of `Receiver`: how long it waits for the body, in seconds.
    :raises TypeError: `webhook` is not a `Webhook`, or `on_outcome` can't be called.
    """

    async def __call__(self, request: Request) -> EventT:
        """Return the event of a request.

        :raises HTTPException: The delivery is refused; its `__cause__` is the
            `WebhookVerificationError`. 422 for an event of a class that the route doesn't take.
        :raises RawBodyGoneError: Something else consumed the request's stream.
        :raises TypeError: This receiver has a store, and the route is not a `WebhookRoute`.
        """
        started: _Started | None = request.scope.get(_STARTED)
        if self.once is not None and started is None:
            raise TypeError(_FORGOTTEN)
        if started is not None and started.receiver is self:
            return cast("EventT", started.event)
        event = await self._event(request)
        for classes in self._annotated(getattr(request.scope.get("route"), "dependant", None)):
            if not isinstance(event, classes):
                logger.warning(
                    "the event type %a is not one that the parameter of this route takes",
                    event.type,
                )
                raise HTTPException(422, ANSWERS[422])
        if self.once is not None and started is not None:
            await self._begin(started, self.once, event)
        return event

    async def _begin(self, started: "_Started", once: "Once", event: EventT) -> None:
        from pivotal_webhooks.idempotency.once import Flow

        if started.flow is not None:
            raise TypeError("a route can depend on one receiver with a store")
        flow = Flow(once, event, self._succeeded, None)
        answer = await flow.begin_async(self._report_async)
        if answer is not None:
            raise _AnsweredError(answer)
        started.hold(self, event, flow, self._report_async)

    def handler(self, handle: Callable[[EventT], Any]) -> NoReturn:
        """Refuse: a FastAPI receiver is a dependency.

        :raises TypeError: Always.
        """
        raise TypeError("use `Depends(receiver)`, or the `WebhookReceiver` for Starlette")

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
        """The OpenAPI of a route: the event's schema, and the answers 400, 401, 408 and 413; with
        a store 409 and 503 too."""
        schemas = json.loads(files("pivotal_webhooks").joinpath("schemas.json").read_bytes())
        schema = schemas[self.webhook.sender]
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        detail = {"type": "object", "properties": {"detail": {"type": "string"}}}
        answers = {
            status: {
                "description": ANSWERS[status],
                "content": {"application/json": {"schema": detail}},
            }
            for status in (400, 401, 408, 413, *(() if self.once is None else (409, 503)))
        }
        return {"responses": answers, "openapi_extra": {"requestBody": body}}


_FORGOTTEN = (
    "this receiver has a store (`once`), and a dependency can't see how its route ends: make the "
    "router with `APIRouter(route_class=WebhookRoute)`, or set `app.router.route_class = "
    "WebhookRoute` before the routes of an app are declared"
)

_STARTED = "pivotal_webhooks.started"


class WebhookRoute(APIRoute):
    """The class of routes that depend on a receiver with a store.

    When the endpoint has returned and its response is made, and before anything of it is sent, the
    event is marked as done if the response's status is 2xx, and otherwise released. An event that
    is done already is answered 200, and one in progress 409, without a call of the endpoint.

    Other routes work as with `APIRoute`.

    :raises TypeError: When the route is declared: the annotation of a parameter is a text that
        FastAPI can't evaluate, so that it would take the parameter from the query.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the function that answers a request."""
        _check_annotations(self.dependant)
        original = super().get_route_handler()

        async def handler(request: Request) -> Response:
            started = _Started()
            request.scope[_STARTED] = started
            try:
                response = await original(request)
            except _AnsweredError as answered:
                return starlette.response_of(answered.answer, request)
            except BaseException as error:
                if started.flow is None:
                    raise
                started.flow.failed(error)
            else:
                if started.flow is None:
                    return response
                started.flow.returned(response)
            answer = await started.end()
            returned: Response | None = answer.returned
            return starlette.response_of(answer, request) if returned is None else returned

        return handler


class _AnsweredError(Exception):
    """The store has decided the answer, so that the endpoint must not run."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


class _Started:
    """The event that a request's receiver has claimed, if there is one."""

    def __init__(self) -> None:
        self.receiver: object = None
        self.event: object = None
        self.flow: Flow | None = None
        self._report: Callable[[Outcome], Awaitable[object]] | None = None
        self._running = ExitStack()

    def hold(
        self,
        receiver: object,
        event: object,
        flow: "Flow",
        report: Callable[[Outcome], Awaitable[object]],
    ) -> None:
        self.receiver, self.event, self.flow, self._report = receiver, event, flow, report
        self._running.enter_context(flow.running())

    async def end(self) -> Answer:
        assert self.flow is not None
        assert self._report is not None
        self._running.close()
        return await self.flow.end_async(self._report)


def _check_annotations(dependant: Any) -> None:
    """Refuse a parameter that FastAPI takes from the query because it can't see the names in its
    annotation: every request without it would be answered with 422."""
    for field in dependant.query_params:
        parameter = inspect.signature(dependant.call).parameters.get(field.name)
        if parameter is None or parameter.default is not inspect.Parameter.empty:
            continue
        try:
            _evaluated(dependant.call, parameter)
        except NameError as error:
            raise TypeError(_unseen(dependant.call, parameter)) from error
    for needed in dependant.dependencies:
        _check_annotations(needed)


def _unseen(function: Any, parameter: inspect.Parameter) -> str:
    written = str(parameter.annotation)
    parts = re.fullmatch(r"(?:\w+\.)?Annotated\[(.*), *((?:\w+\.)?Depends\(.*\))\]", written, re.S)
    annotation, depends = parts.groups() if parts else (written, "Depends(receiver)")
    name = getattr(function, "__name__", type(function).__name__)
    return (
        f"FastAPI can't see the local names in the annotation {written!r} of the parameter "
        f"`{parameter.name}` of `{name}`, since `from __future__ import annotations` "
        "makes it a text, and would answer 422 to every delivery: write "
        f"`{parameter.name}: {annotation} = {depends}`"
    )


def _evaluated(function: Any, parameter: inspect.Parameter) -> Any:
    """The annotation of a parameter, as FastAPI evaluates it.

    :raises NameError: It has a name that is not global.
    """
    annotation: Any = parameter.annotation
    if isinstance(annotation, str):
        return eval(annotation, getattr(inspect.unwrap(function), "__globals__", {}))
    return annotation


@lru_cache(maxsize=1024)
def _event_classes(function: Any, parameter: str | None) -> tuple[type, ...]:
    """The classes that a parameter is annotated with; empty if that is not known."""
    try:
        annotation = _evaluated(function, inspect.signature(function).parameters[parameter or ""])
    except Exception:  # a name that exists for type checkers only, or in another scope
        return ()
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    union = get_origin(annotation) in (Union, UnionType)
    classes = get_args(annotation) if union else (annotation,)
    known = all(isinstance(member, type) for member in classes)
    return classes if known and annotation is not inspect.Parameter.empty else ()
