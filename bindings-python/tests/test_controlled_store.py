"""The store of `testing`: a receiver meets each fault, and time passes as the test says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.idempotency import DONE, Once
from pivotal_webhooks.receiving import Outcome, Receiver, Request
from pivotal_webhooks.testing import (
    ControlledStore,
    FrozenClock,
    SignedRequest,
    sample_event,
    signed_request,
)
from signing import SECRET

WEEK = 7 * 24 * 3600


class Site:
    """A receiver, its store, and the number of runs of its handler."""

    def __init__(self) -> None:
        self.clock = FrozenClock(1_750_000_000)
        self.store = ControlledStore(clock=self.clock)
        self.outcomes: list[Outcome] = []
        self.runs = 0
        webhook = Webhook(SECRET, clock=self.clock)
        once = Once(self.store, store_timeout=0.05)
        self.receiver = Receiver(webhook, on_outcome=self.outcomes.append, once=once)

    def request(self) -> SignedRequest:
        return signed_request(sample_event("customer.at_risk"), SECRET, at=self.clock())

    def status(self, request: SignedRequest, during: Any = lambda: None) -> int:
        def handle(_: PivotalEvent) -> None:
            self.runs += 1
            during()

        given = Request(request.headers, [request.body])
        return self.receiver.respond(given, handle).status

    def results(self) -> list[str]:
        return [outcome.result for outcome in self.outcomes]


def test_a_retry_has_another_delivery_id_and_the_same_event() -> None:
    site = Site()
    first = site.request()
    again = first.again(10)
    assert again.body == first.body
    assert again.headers["svix-id"] != first.headers["svix-id"]
    assert int(again.headers["svix-timestamp"]) == int(first.headers["svix-timestamp"]) + 10
    assert [site.status(first), site.status(again)] == [200, 200]
    assert site.runs == 1
    assert site.results() == ["accepted", "accepted", "duplicate"]


def test_an_event_is_forgotten_after_a_week_of_its_clock() -> None:
    site = Site()
    first = site.request()
    site.status(first)
    site.clock.advance(WEEK - 1)
    site.status(first.again(WEEK - 1))
    assert site.runs == 1
    site.clock.advance(2)
    site.status(first.again(WEEK + 1))
    assert site.runs == 2


@pytest.mark.parametrize("fault", ["down", "slow"])
def test_a_store_that_fails_is_answered_503_until_it_works_again(fault: Any) -> None:
    site = Site()
    request = site.request()
    site.store.fault = fault
    assert site.status(request) == 503
    assert site.runs == 0
    assert site.results() == ["accepted", "store_failed"]
    site.store.fault = None
    assert site.store.fault is None
    assert site.status(request.again()) == 200
    assert site.runs == 1


def test_a_lost_lease_is_answered_409_and_the_other_worker_has_the_event() -> None:
    site = Site()
    request = site.request()

    def lose() -> None:
        site.store.fault = "lease_lost"

    assert site.status(request, lose) == 409
    assert site.results() == ["accepted", "lease_lost"]
    site.store.fault = None
    assert site.status(request.again()) == 409
    site.clock.advance(61)
    assert site.status(request.again(61)) == 200
    key = site.receiver.webhook.unwrap(request.body, request.again(61).headers).idempotency_key
    assert site.store.claim(key, "anyone", 1000) == DONE
    assert site.runs == 2


def test_an_async_receiver_meets_the_same_faults() -> None:
    site = Site()
    request = site.request()

    async def status() -> int:
        async def body() -> Any:
            yield request.body

        return (await site.receiver.respond_async(Request(request.headers, body()), print)).status

    site.store.fault = "slow"
    assert asyncio.run(status()) == 503
    site.store.fault = None
    assert asyncio.run(status()) == 200
