"""What mypy and pyright must refuse in handlers by type."""

from __future__ import annotations

from pivotal_webhooks import restore_trusted
from pivotal_webhooks.events import CustomerAtRiskEvent, PivotEvent
from pivotal_webhooks.handlers import EventHandlers

handlers = EventHandlers()


def at_risk(event: CustomerAtRiskEvent) -> None:
    del event


handlers.on("customer.atrisk", at_risk)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
handlers.on("customer.churned", at_risk)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
handlers.on("customer.churned")(at_risk)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
handlers.on("brand.new", print)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


def worker(dump: bytes) -> None:
    event: PivotEvent = restore_trusted(dump)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    restore_trusted(dump, "svix")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    restore_trusted({"dump": 1})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    del event
