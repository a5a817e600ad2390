"""Handlers by type: a function for each type of event, instead of one with many branches.

    handlers = EventHandlers()


    @handlers.on("customer.at_risk")
    def call_owner(event: CustomerAtRiskEvent) -> None: ...


    app = WebhookApp(webhook, handlers)

A set of handlers is itself a handler: every receiver of this package takes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from difflib import get_close_matches
from inspect import isawaitable
from typing import Any, ClassVar, TypeAlias, TypeVar

from pivotal_webhooks._handler_overloads import TypedRegistration
from pivotal_webhooks.events import (
    _CLASSES,  # pyright: ignore[reportPrivateUsage]
    Event,
    PivotalEvent,
    PivotEvent,
    UnknownEvent,
    UnknownPivotEvent,
)
from pivotal_webhooks.receiving import check_callable, in_thread, is_async, logger

__all__ = ["AsyncEventHandlers", "EventHandlers", "is_listed"]

_Event: TypeAlias = PivotalEvent | PivotEvent
_Handle: TypeAlias = Callable[[Any], object]
_HandleT = TypeVar("_HandleT", bound=Callable[[Any], object])


def is_listed(event: Event) -> bool:
    """Tell whether this version lists the type of an event. Senders may add types."""
    return not isinstance(event, UnknownEvent | UnknownPivotEvent)


class _Handlers(TypedRegistration):
    __slots__ = ("_any", "_by_type", "unhandled")

    _awaits: ClassVar[bool]

    unhandled: Counter[str]
    """How many events of each type had no handler, by type. They were answered 200."""

    def __init__(self) -> None:
        self.unhandled = Counter()
        self._by_type: dict[str, _Handle] = {}
        self._any: _Handle | None = None

    def on_any(self, handle: _HandleT, /) -> _HandleT:
        """Register the function that handles events whose type has no handler; also as a decorator.

        `is_listed(event)` tells it whether this version lists the type.

        :raises ValueError: There is such a function already.
        :raises TypeError: As `on`.
        """
        if self._any is not None:
            raise ValueError("a handler for any other event is registered already")
        self._check(handle)
        self._any = handle
        return handle

    def _register(self, event_type: str, handle: _Handle, *, is_unlisted: bool) -> None:
        listed = [name for classes, _ in _CLASSES.values() for name in classes]
        if event_type not in listed and not is_unlisted:
            near = " or ".join(repr(name) for name in get_close_matches(event_type, listed))
            meant = f"did you mean {near}? " if near else ""
            raise ValueError(
                f"{event_type!r} is not a listed type: {meant}"
                "for a type that this version does not list, pass unlisted=True"
            )
        if event_type in self._by_type:
            raise ValueError(f"a handler for {event_type!r} is registered already")
        self._check(handle)
        self._by_type[event_type] = handle

    def _check(self, handle: object) -> None:
        instead = "write `def` instead of `async def`, or use AsyncEventHandlers"
        check_callable("handle", handle, awaits=self._awaits, instead=instead, generators=False)

    def _handler(self, event: _Event) -> _Handle | None:
        """The handler of an event. An event that has none is counted and logged."""
        handle = self._by_type.get(event.type, self._any)
        if handle is None:
            self.unhandled[event.type] += 1
            logger.info(
                "webhook event has no handler type=%a id=%a",
                event.type,
                event.id,
                extra={
                    "webhook_result": "unhandled",
                    "webhook_event_type": event.type,
                    "webhook_event_id": event.id,
                },
            )
        return handle


class EventHandlers(_Handlers):
    """Plain functions by the type of event that they handle.

    Call it with an event, or pass it to a receiver as its handler. What the function returns is
    returned. An event without a handler is answered 200, counted in `unhandled`, and logged with
    level INFO to the logger `pivotal_webhooks`.

    Register all functions before the first event.
    """

    __slots__ = ()

    _awaits: ClassVar[bool] = False

    def __call__(self, event: _Event) -> Any:
        """Handle an event."""
        handle = self._handler(event)
        return None if handle is None else handle(event)


class AsyncEventHandlers(_Handlers):
    """As `EventHandlers`, for async functions, and plain ones, which run in a thread."""

    __slots__ = ()

    _awaits: ClassVar[bool] = True

    async def __call__(self, event: _Event) -> Any:
        """Handle an event."""
        handle = self._handler(event)
        if handle is None:
            return None
        if is_async(handle):
            returned = handle(event)
        else:
            returned = await in_thread(handle, event, waits=True)
        return await returned if isawaitable(returned) else returned
