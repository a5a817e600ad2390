"""Cases of every event of the catalogue, in every form that its sender documents."""

import datetime
import json
import pathlib

from builders import (
    Topic,
    pivot,
    pivot_delivery,
    pivotal_delivery,
    svix,
    unwrapped,
    utf8,
)

topic = Topic(
    "events",
    "unwrap reads every event of the catalogue, in every form that its sender writes.",
)

ROOT = pathlib.Path(__file__).resolve().parents[2]
CATALOGUE = json.loads((ROOT / "core" / "events.json").read_bytes())
PIVOTAL, PIVOT = CATALOGUE["senders"]
FIRST, LAST = 0, -1
EPOCH = datetime.datetime.fromtimestamp(0, datetime.UTC)


def body_of(sender, spelling, event, data):
    """The envelope's own examples around that data, under each field's first or last name."""
    values = {"type": event["type"], "data": data}
    return utf8(
        json.dumps(
            {
                field["names"][spelling]: values.get(field["name"], field["example"])
                for field in sender["envelope"]
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
    )


def facts_of(sender, event, **facts):
    examples = {field["name"]: field["example"] for field in sender["envelope"]}
    created_at = datetime.datetime.strptime(examples["created_at"], "%Y-%m-%dT%H:%M:%S.%f%z")
    examples |= {
        "type": event["type"],
        "created_at_micros": (created_at - EPOCH) // datetime.timedelta(microseconds=1),
    }
    del examples["data"]
    return unwrapped(**examples, **facts)


def pivotal_headers(scheme, event, body):
    if scheme == "svix":
        return svix(body)
    return [*pivotal_delivery(body), ["pivotal-event", event["type"]]]


def kebab(type):
    return type.replace(".", "-").replace("_", "-")


for position, event in enumerate(PIVOTAL["events"]):
    schemes = ["svix", "pivotal"] if position % 2 == 0 else ["pivotal", "svix"]
    enveloped = body_of(PIVOTAL, FIRST, event, event["example"])
    topic.unwrap(
        f"events-{kebab(event['type'])}-is-read",
        "The shape that Pivotal documents for its webhooks.",
        headers=pivotal_headers(schemes[0], event, enveloped),
        body=enveloped,
        expect=facts_of(
            PIVOTAL,
            event,
            previous_attributes="previous_attributes" in event["example"],
        ),
    )
    bare = body_of(PIVOTAL, LAST, event, event["example"]["object"])
    topic.unwrap(
        f"events-{kebab(event['type'])}-with-its-record-in-data-is-read",
        "The shape that Pivotal's product page shows.",
        headers=pivotal_headers(schemes[1], event, bare),
        body=bare,
        expect=facts_of(PIVOTAL, event, object="data"),
    )

for event in PIVOT["events"]:
    record = event["example"]["object"]
    fields = next(
        object["fields"] for object in CATALOGUE["objects"] if object["name"] == event["object"]
    )
    aliases = {field["name"]: field["alias"] for field in fields if "alias" in field}
    snake = body_of(PIVOT, FIRST, event, record)
    topic.unwrap(
        f"events-{kebab(event['type'])}-in-snake-case-is-read",
        "Names come in snake_case or in camelCase.",
        webhook=pivot(),
        headers=pivot_delivery(snake),
        body=snake,
        expect=facts_of(PIVOT, event, object="data"),
    )
    camel = body_of(
        PIVOT,
        LAST,
        event,
        {aliases.get(name, name): value for name, value in record.items()},
    )
    topic.unwrap(
        f"events-{kebab(event['type'])}-in-camel-case-is-read",
        "Names come in snake_case or in camelCase.",
        webhook=pivot(),
        headers=pivot_delivery(camel),
        body=camel,
        expect=facts_of(
            PIVOT,
            event,
            object="data",
            renamed={aliases[name]: name for name in record if name in aliases},
        ),
    )
