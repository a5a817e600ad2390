"""Builds the vectors of diagnosis: a delivery as it was sent, and as a receiver sees it."""

import dataclasses
import json

from builders import (
    AT,
    ID,
    KEY,
    PIVOT_KEY,
    PIVOT_SECRET,
    SECRET,
    TEXT_KEY,
    pivot,
    pivot_delivery,
    pivotal,
    pivotal_delivery,
    svix,
)

CUSTOMER = {
    "id": "evt_2nQv8c9aZmYHKr1",
    "type": "customer.health_score_dropped",
    "created_at": "2025-06-15T15:06:38.000Z",
    "org_id": "org_2bH",
    "livemode": True,
    "api_version": "v1",
    "data": {
        "object": {
            "id": "cus_2N",
            "display_id": 4218,
            "name": "Acme Corp",
            "health_score": 38,
            "previous_health_score": 72,
        },
        "previous_attributes": {"health_score": 72},
    },
}
TASK = {
    "id": "evt_7Tq",
    "type": "task.completed",
    "created_at": "2025-06-15T15:06:39.500Z",
    "org_id": "org_2bH",
    "livemode": False,
    "api_version": "v1",
    "data": {
        "object": {
            "id": "tsk_2N",
            "onboarding_id": "onb_2N",
            "customer_id": "cus_2N",
            "display_id": 91,
            "title": "Export the data",
            "completed_at": "2025-06-15T15:06:38Z",
            "completed_by": "portal:contact_2N",
        }
    },
}
MESSAGE = {
    "event_type": "message_sent",
    "subject": {"type": "room", "id": "0b9f0b6e-7f0e-4b58-9d0a-1f0c3a0d7a11"},
    "timestamp": "2025-06-15T15:06:40Z",
    "data": {"message_id": "5d1c", "room_id": "0b9f", "status": "SENT"},
}


def compact(value):
    """As JavaScript writes JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


CUSTOMER_BODY = compact(CUSTOMER)
TASK_BODY = compact(TASK)
MESSAGE_BODY = compact(MESSAGE)


def changed(event, **fields):
    """The event with other members of its record."""
    data = event["data"]
    return {**event, "data": {**data, "object": {**data["object"], **fields}}}


@dataclasses.dataclass(frozen=True)
class Delivery:
    """A request, the receiver's clock, and the endpoint that verifies it."""

    headers: list
    body: bytes
    webhook: dict
    now: int = AT

    def but(self, **changes):
        return dataclasses.replace(self, **changes)

    def secret(self, *texts, **options):
        """The same request at an endpoint with these secrets."""
        endpoint = pivot if self.webhook["endpoint"] == "pivot" else pivotal
        return self.but(webhook=endpoint(*texts, **options))

    def named(self, rename):
        """The same request with other names of its headers."""
        return self.but(headers=[[rename(name), value] for name, value in self.headers])

    def valued(self, rewrite):
        """The same request with other values in its headers."""
        return self.but(headers=[[name, rewrite(value)] for name, value in self.headers])

    def without(self, *names):
        return self.but(headers=[line for line in self.headers if line[0] not in names])

    def with_headers(self, *lines):
        return self.but(headers=[*self.headers, *lines])


def by_svix(body=CUSTOMER_BODY, key=KEY, secret=SECRET, at=AT, family="svix", id=ID):
    return Delivery(svix(body, id, at, key, family), body, pivotal(secret))


def by_pivotal(body=TASK_BODY, key=TEXT_KEY, secret=SECRET, at=AT):
    return Delivery(pivotal_delivery(body, at, key), body, pivotal(secret))


def by_pivot(body=MESSAGE_BODY, key=PIVOT_KEY, secret=PIVOT_SECRET):
    return Delivery(pivot_delivery(body, key), body, pivot(secret))


class Accidents:
    """The cases of one file."""

    schema = "diagnosis.schema.json"

    def __init__(self, name, about):
        self.name = name
        self.about = about
        self.cases = []
        self.sent = {}

    def add(self, name, why, findings, received, sent=None, other_secrets=(), previous_secrets=()):
        """A delivery that is refused as it was received.

        `sent` is the same delivery without the accident, which has to be authentic; nothing for
        accidents after which that can't be told.
        """
        case = {
            "name": name,
            "why": why,
            "do": "diagnose",
            "webhook": received.webhook,
            "other_secrets": list(other_secrets),
            "previous_secrets": list(previous_secrets),
            "now": received.now,
            "headers": received.headers,
            "body": received.body,
            "expect": {"findings": [findings] if isinstance(findings, str) else list(findings)},
        }
        self.cases.append(case)
        self.sent[name] = sent
