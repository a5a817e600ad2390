"""What mypy and pyright must make of handlers by type and of restored events."""

from __future__ import annotations

from pivotal_webhooks import Webhook, asgi, restore_trusted, wsgi
from pivotal_webhooks.events import (
    Customer,
    CustomerAtRiskEvent,
    MessageSentEvent,
    PivotalEvent,
    PivotEvent,
    UnknownEvent,
    UnknownPivotEvent,
)
from pivotal_webhooks.handlers import AsyncEventHandlers, EventHandlers
from typing_extensions import assert_type

handlers = EventHandlers()
async_handlers = AsyncEventHandlers()


@handlers.on("customer.at_risk")
def at_risk(event: CustomerAtRiskEvent) -> int:
    return len(event.object["id"])


@handlers.on("customer.churned")
def churned(event: PivotalEvent) -> None:
    del event


@async_handlers.on("message_sent")
async def sent(event: MessageSentEvent) -> str:
    return str(event.type)


@handlers.on_any
def other(event: PivotalEvent | PivotEvent) -> None:
    del event


@handlers.on("brand.new", unlisted=True)
def brand_new(event: UnknownEvent | UnknownPivotEvent) -> None:
    del event


def read_customer(customer: Customer) -> None:
    del customer


async def coroutine(event: CustomerAtRiskEvent) -> None:
    del event


assert_type(handlers.on("customer.created", lambda event: read_customer(event.object)), None)
async_handlers.on("customer.at_risk", coroutine)
async_handlers.on("customer.created", lambda event: read_customer(event.object))


def receivers(webhook: Webhook, pivot: Webhook[PivotEvent], event: CustomerAtRiskEvent) -> None:
    wsgi.WebhookApp(webhook, handlers)
    asgi.WebhookApp(webhook, async_handlers)
    asgi.WebhookApp(pivot, handlers)
    assert_type(at_risk(event), int)


def worker(dump: bytes) -> None:
    assert_type(restore_trusted(dump), PivotalEvent)
    assert_type(restore_trusted(dump.decode(), "pivotal"), PivotalEvent)
    assert_type(restore_trusted(dump, sender="pivot"), PivotEvent)
    assert_type(restore_trusted(dump).dump(), bytes)
    assert_type(restore_trusted(dump).delivery.is_restored, bool)
