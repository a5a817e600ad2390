"""The case files, one topic each, in the order in which they read best."""

from topics import (
    bodies,
    confusion,
    construction,
    dumps,
    envelope,
    event_age,
    events,
    headers,
    idempotency,
    json,
    order,
    pivot,
    pivotal,
    rotation,
    sign,
    signatures,
    svix,
    tampering,
    time,
)
from topics.upstream import published, rfc4231, wycheproof

OUR_OWN = [
    svix,
    signatures,
    pivotal,
    pivot,
    headers,
    time,
    bodies,
    tampering,
    json,
    event_age,
    events,
    envelope,
    idempotency,
    dumps,
    construction,
    rotation,
    confusion,
    order,
    sign,
]

TOPICS = [module.topic for module in OUR_OWN] + [wycheproof, rfc4231, published]
