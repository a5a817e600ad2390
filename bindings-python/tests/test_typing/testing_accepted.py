"""What mypy and pyright must make of `pivotal_webhooks.testing`."""

from __future__ import annotations

from pivotal_webhooks.events import (
    Customer,
    CustomerAtRiskEvent,
    CustomerChurnedEvent,
    MessageSentEvent,
    PivotalEvent,
    PivotalEventType,
    WebhookPingEvent,
)
from pivotal_webhooks.testing import FrozenClock, RequestSigner, event, new_secret, sample_event
from typing_extensions import assert_type


def handle(event: PivotalEvent) -> None: ...


def events(listed: PivotalEventType, churns: bool) -> None:
    assert_type(event("customer.at_risk"), CustomerAtRiskEvent)
    assert_type(event("customer.at_risk", id="evt_1").object, Customer)
    assert_type(event("webhook.ping"), WebhookPingEvent)
    assert_type(event("message_sent"), MessageSentEvent)
    assert_type(event(CustomerChurnedEvent), CustomerChurnedEvent)
    handle(event("customer.at_risk"))
    handle(event(listed))
    either = event("customer.churned" if churns else "customer.at_risk")
    assert_type(either, CustomerChurnedEvent | CustomerAtRiskEvent)


def requests(clock: FrozenClock) -> None:
    sign = RequestSigner([new_secret(), new_secret()], clock)
    assert_type(sign(sample_event("customer.at_risk"), at=clock() - 9).body, bytes)
    assert_type(sign(event("customer.at_risk")).tampered().headers, dict[str, str])
