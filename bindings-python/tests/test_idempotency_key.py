"""The key of an event: made of verified facts alone, the same on every retry and replay."""

from __future__ import annotations

import copy
import hashlib
import pickle
import re
from typing import Any

import pytest
from pivotal_webhooks import Webhook, WebhookConfigurationError
from pivotal_webhooks.testing import Payload, new_secret, sample_event, signed_request

SECRET = new_secret()
PIVOTAL = Webhook(SECRET)
PIVOT = Webhook.pivot(SECRET)


def digits(identity: bytes) -> str:
    return hashlib.sha256(identity).hexdigest()[:32]


def key(webhook: Webhook[Any], event: Payload, **options: Any) -> str:
    request = signed_request(event, SECRET, **options)
    found: str = webhook.unwrap(request.body, request.headers).idempotency_key
    return found


def test_a_key_is_made_of_the_source_and_the_id() -> None:
    event = sample_event("customer.at_risk", id="evt_1")
    assert key(PIVOTAL, event) == f"pivotal_{digits(b'id' + bytes(1) + b'evt_1')}"
    europe = Webhook(SECRET, source="crm-eu_1")
    assert key(europe, event) == f"crm-eu_1_{digits(b'id' + bytes(1) + b'evt_1')}"


def test_an_event_without_an_id_is_named_by_its_body() -> None:
    event = sample_event("message_sent")
    request = signed_request(event, SECRET)
    found = PIVOT.unwrap(request.body, request.headers).idempotency_key
    assert found == f"pivot_{digits(b'body' + bytes(1) + request.body)}"


def test_retries_have_the_key_and_other_events_have_another() -> None:
    event = sample_event("customer.at_risk")
    assert key(PIVOTAL, event) == key(PIVOTAL, event, id="msg_retry", scheme="pivotal")
    assert key(PIVOTAL, event) != key(PIVOTAL, sample_event("customer.at_risk"))


def test_no_unsigned_header_reaches_the_key() -> None:
    request = signed_request(sample_event("customer.at_risk"), SECRET, scheme="pivotal")
    honest = PIVOTAL.unwrap(request.body, request.headers).idempotency_key
    forged = {**request.headers, "pivotal-delivery-id": "msg_forged", "svix-id": "msg_forged"}
    assert PIVOTAL.unwrap(request.body, forged).idempotency_key == honest


@pytest.mark.parametrize(
    "id", ["a:b", "a\r\nSET k v", "*", "\0", "../..", "é" * 1000, "x" * 100_000]
)
def test_a_key_is_a_legal_name_whatever_the_id_is(id: str) -> None:
    assert re.fullmatch("pivotal_[0-9a-f]{32}", key(PIVOTAL, sample_event("task.completed", id=id)))


@pytest.mark.parametrize("source", ["", "A", "a:b", "a b", "é", "a\n", "x" * 65])
def test_a_source_that_is_no_name_is_refused(source: str) -> None:
    for make in (Webhook, Webhook.pivot):
        with pytest.raises(WebhookConfigurationError) as caught:
            make(SECRET, source=source)
        assert caught.value.code == "config_invalid"


def test_a_source_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match="source must be a name"):
        Webhook(SECRET, source=7)  # type: ignore[arg-type]


def test_copies_and_pickles_keep_the_key() -> None:
    webhook = Webhook(SECRET, source="crm")
    request = signed_request(sample_event("customer.at_risk"), SECRET)
    event = webhook.unwrap(request.body, request.headers)
    for same in (copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event))):
        assert same.idempotency_key == event.idempotency_key
