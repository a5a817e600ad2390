"""What mypy and pyright must refuse in handlers by type."""

from __future__ import annotations

from pivotal_webhooks.events import CustomerAtRiskEvent
from pivotal_webhooks.handlers import EventHandlers

handlers = EventHandlers()


def at_risk(event: CustomerAtRiskEvent) -> None:
    del event


handlers.on("customer.atrisk", at_risk)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
handlers.on("customer.churned", at_risk)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
handlers.on("customer.churned")(at_risk)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
handlers.on("brand.new", print)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
