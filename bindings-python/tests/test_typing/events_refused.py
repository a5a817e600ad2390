"""What mypy and pyright must refuse to do to an event."""

from __future__ import annotations

from typing import Any

from pivotal_webhooks import Webhook
from pivotal_webhooks.events import (
    Customer,
    CustomerAtRiskEvent,
    Event,
    MessageDeletedEvent,
    MessageEditedEvent,
    MessageSentEvent,
    PivotalEvent,
    PivotEvent,
    RoomRecordingPublishedEvent,
    UnknownPivotEvent,
)
from pivotal_webhooks.idempotency import MemoryStore, Once
from typing_extensions import assert_never


def making() -> None:
    Event()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    CustomerAtRiskEvent()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Event({})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def webhooks(pivot: Webhook[PivotEvent]) -> None:
    pivotal: Webhook = pivot  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    pivotal.unwrap({}, {})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pivotal.unwrap(b"")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def claiming() -> None:
    Once(MemoryStore()).run("evt_1", print)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Once(MemoryStore()).run({"id": "evt_1"}, print)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def setting(event: CustomerAtRiskEvent) -> None:
    event.id = "evt_2"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    event.idempotency_key = "pivotal_0"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    event.type = "customer.at_risk"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    event.object = Customer(id="cus_2N")  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    event.more = 1  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def fields(event: PivotalEvent) -> None:
    _ = event.object["health_score"]  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues, reportTypedDictNotRequiredAccess, reportUnknownVariableType]
    _ = event.type == "customer.at_riks"  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
    _ = event.type == "message_sent"  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
    if event.type == "customer.at_risk":
        _ = event.object["nmae"]  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        _ = event.object["health_score"] + 1  # type: ignore[operator]  # pyright: ignore[reportOptionalOperand, reportTypedDictNotRequiredAccess, reportUnknownVariableType]
        _ = event.object["name"].upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess, reportTypedDictNotRequiredAccess]
        _ = event.previous_attributes["health_score"]  # type: ignore[index]  # pyright: ignore[reportOptionalSubscript, reportTypedDictNotRequiredAccess, reportUnknownVariableType]
        event.object["health_score"] = "38"  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues]
    if event.type == "contact.created":
        _ = event.object["health_score"]  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
    match event.type:
        case "customer.at_riks":  # pyright: ignore[reportUnnecessaryComparison]
            pass  # type: ignore[unreachable]
        case _:
            pass


def missing_type(event: PivotEvent) -> int:
    if isinstance(event, UnknownPivotEvent):
        return 0
    match event.type:
        case "message_sent" | "message_deleted" | "message_edited" | "room_recording_published":
            return 1
        case _:
            assert_never(event)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def missing_class(event: PivotEvent) -> int:
    match event:
        case MessageSentEvent() | MessageDeletedEvent() | MessageEditedEvent():
            return 1
        case RoomRecordingPublishedEvent() | UnknownPivotEvent():
            return 2
        case _:
            assert_never(event)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def takes_text(text: str, whole: dict[str, Any]) -> None: ...


def passing(event: PivotalEvent) -> None:
    if event.type == "customer.at_risk":
        takes_text("", event.object)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
