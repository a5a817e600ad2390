"""What mypy and pyright must make of an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pivotal_webhooks import Verified, Webhook, events
from pivotal_webhooks.events import (
    Contact,
    Customer,
    CustomerAtRiskEvent,
    CustomerChanges,
    CustomerHealthScoreDroppedEvent,
    Event,
    Message,
    Onboarding,
    PivotalEvent,
    PivotalEventType,
    PivotEvent,
    RoomRecording,
    Subject,
    Task,
    UnknownEvent,
    UnknownPivotEvent,
)
from typing_extensions import assert_never, assert_type


def webhooks(pivotal: Webhook, body: bytes) -> None:
    assert_type(pivotal, Webhook[PivotalEvent])
    assert_type(pivotal.unwrap(body, {}), PivotalEvent)
    assert_type(Webhook("secret").unwrap(body, {}), PivotalEvent)
    assert_type(Webhook.pivot("secret").unwrap(body, {}), PivotEvent)
    either: Webhook[PivotalEvent | PivotEvent] = pivotal
    either = Webhook.pivot("secret")
    any_event: Webhook[Event] = either
    takes_any(any_event.unwrap(body, {}))
    takes_any(pivotal.unwrap(body, {}))


def takes_any(event: Event) -> None:
    assert_type(event.type, str)
    assert_type(event.id, str | None)
    assert_type(event.subject, Subject | None)
    assert_type(event.object, Mapping[str, Any])
    assert_type(event.previous_attributes, Mapping[str, Any] | None)
    assert_type(event.data, dict[str, Any])
    assert_type(event.extra, dict[str, Any])
    assert_type(event.raw, bytes)
    assert_type(event.delivery, Verified)
    if isinstance(event, CustomerAtRiskEvent):
        assert_type(event.object, Customer)


def comparison(event: PivotalEvent) -> None:
    assert_type(event.id, str)
    assert_type(event.space_id, None)
    assert_type(event.livemode, bool | None)
    if event.type == "customer.at_risk":
        assert_type(event, CustomerAtRiskEvent)
        assert_type(event.type, Literal["customer.at_risk"])
        assert_type(event.object, Customer)
        assert_type(event.object["id"], str)
        assert_type(event.object.get("health_score"), int | None)
        assert_type(event.previous_attributes, CustomerChanges | None)
        whole: dict[str, object] = dict(event.object)
        assert whole
    elif event.type in ("customer.churned", "customer.created"):
        # pyright narrows an event by `==` and `match` alone.
        assert_type(event.object, Customer)  # pyright: ignore[reportAssertTypeFailure]
    elif event.type == "contact.created":
        assert_type(event.object, Contact)
        assert_type(event.previous_attributes, None)
    if event.type != "task.completed":
        return
    assert_type(event.object, Task)


def unknown(event: PivotalEvent) -> None:
    if isinstance(event, UnknownEvent):
        assert_type(event.object, dict[str, Any])
        assert_type(event.previous_attributes, dict[str, Any] | None)
        assert_type(str(event.type), str)
    if str(event.type) == "customer.merged":
        print(event.object.get("id"))


def types(event: PivotalEvent) -> str:
    match event.type:
        case "customer.health_score_dropped":
            assert_type(event, CustomerHealthScoreDroppedEvent)
            return str(event.previous_attributes and event.previous_attributes.get("health_score"))
        case "onboarding.created" | "onboarding.at_risk":
            assert_type(event.object, Onboarding)
        case "webhook.ping" | "phase.changed":
            assert_type(event.object, dict[str, Any])
        case _:
            pass
    return event.type


def classes(event: PivotalEvent | PivotEvent) -> None:
    match event:
        case CustomerAtRiskEvent(object=customer, previous_attributes=before):
            assert_type(customer, Customer)
            assert_type(before, CustomerChanges | None)
        case UnknownEvent(object=fields) | UnknownPivotEvent(object=fields):
            assert_type(fields, dict[str, Any])
        case _:
            pass


def pivot(event: PivotEvent) -> int:
    assert_type(event.id, None)
    assert_type(event.subject, Subject | None)
    match event.type:
        case "message_sent" | "message_deleted" | "message_edited":
            assert_type(event.object, Message)
            return 1
        case "room_recording_published" | "room_recording_transcript_published":
            assert_type(event.object, RoomRecording)
            return 2
        case _:
            assert_type(event, UnknownPivotEvent)
            return 3


def every_type(listed: PivotalEventType) -> int:
    match listed:
        case (
            "customer.created"
            | "customer.updated"
            | "customer.archived"
            | "customer.health_score_dropped"
            | "customer.at_risk"
            | "customer.churned"
            | "contact.created"
            | "onboarding.created"
            | "onboarding.phase_changed"
            | "onboarding.state_changed"
            | "onboarding.at_risk"
            | "onboarding.back_on_track"
            | "onboarding.launched"
            | "onboarding.completed"
            | "task.completed"
            | "webhook.ping"
            | "onboarding.updated"
            | "onboarding.delayed"
            | "onboarding.task_completed"
            | "task.updated"
            | "phase.changed"
            | "contact.updated"
            | "contact.deleted"
            | "customer.status_changed"
            | "customer.health_bucket_changed"
        ):
            return 1
        case _:
            assert_never(listed)


def every_type_of_an_event(event: PivotalEvent) -> int:
    if isinstance(event, UnknownEvent):
        return 0
    match event.type:
        case (
            "customer.created"
            | "customer.updated"
            | "customer.archived"
            | "customer.health_score_dropped"
            | "customer.at_risk"
            | "customer.churned"
            | "contact.created"
            | "onboarding.created"
            | "onboarding.phase_changed"
            | "onboarding.state_changed"
            | "onboarding.at_risk"
            | "onboarding.back_on_track"
            | "onboarding.launched"
            | "onboarding.completed"
            | "task.completed"
            | "webhook.ping"
            | "onboarding.updated"
            | "onboarding.delayed"
            | "onboarding.task_completed"
            | "task.updated"
            | "phase.changed"
            | "contact.updated"
            | "contact.deleted"
            | "customer.status_changed"
            | "customer.health_bucket_changed"
        ):
            return 1


def every_class(event: PivotalEvent) -> int:
    match event:
        case (
            events.CustomerCreatedEvent()
            | events.CustomerUpdatedEvent()
            | events.CustomerArchivedEvent()
            | events.CustomerHealthScoreDroppedEvent()
            | events.CustomerAtRiskEvent()
            | events.CustomerChurnedEvent()
            | events.ContactCreatedEvent()
            | events.OnboardingCreatedEvent()
            | events.OnboardingPhaseChangedEvent()
            | events.OnboardingStateChangedEvent()
            | events.OnboardingAtRiskEvent()
            | events.OnboardingBackOnTrackEvent()
            | events.OnboardingLaunchedEvent()
            | events.OnboardingCompletedEvent()
            | events.TaskCompletedEvent()
            | events.WebhookPingEvent()
            | events.OnboardingUpdatedEvent()
            | events.OnboardingDelayedEvent()
            | events.OnboardingTaskCompletedEvent()
            | events.TaskUpdatedEvent()
            | events.PhaseChangedEvent()
            | events.ContactUpdatedEvent()
            | events.ContactDeletedEvent()
            | events.CustomerStatusChangedEvent()
            | events.CustomerHealthBucketChangedEvent()
            | UnknownEvent()
        ):
            return 1
        case _:
            assert_never(event)
