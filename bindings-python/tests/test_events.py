"""Events: their classes and fields, and what can't be done to them."""

from __future__ import annotations

import contextlib
import copy
import gc
import json
import pickle
import subprocess
import sys
import textwrap
import threading
import weakref
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, get_args

import pydantic
import pytest
import signing
from pivotal_webhooks import (
    DumpError,
    Verified,
    Webhook,
    WebhookVerificationError,
    _core,
    events,
    restore_trusted,
)
from pivotal_webhooks.events import (
    Customer,
    CustomerAtRiskEvent,
    CustomerChurnedEvent,
    Event,
    PivotalEvent,
    PivotEvent,
    UnknownEvent,
    UnknownPivotEvent,
)
from signing import BODY, NOW, SECRET
from vector_cases import DIRECTORY, same
from wire import TIMEOUT

PIVOTAL = Webhook(SECRET, clock=lambda: NOW)
PIVOT = Webhook.pivot(SECRET)
CUSTOMER = {"id": "cus_2N", "name": "Acme Corp", "health_score": 38}
CATALOGUE = json.loads((DIRECTORY.parent / "core" / "events.json").read_bytes())


def pivotal(**fields: Any) -> PivotalEvent:
    event = {"id": "evt_1", "type": "customer.at_risk", "data": {"object": CUSTOMER}, **fields}
    body = json.dumps(event).encode()
    return PIVOTAL.unwrap(body, signing.svix(body))


def pivot(**fields: Any) -> PivotEvent:
    event = {"eventType": "message_sent", "data": {"messageId": "m1", "status": "SENT"}, **fields}
    body = json.dumps(event).encode()
    return PIVOT.unwrap(body, signing.pivot(body))


# Classes


@pytest.mark.parametrize("sender", CATALOGUE["senders"], ids=lambda sender: sender["name"])
def test_every_listed_type_has_a_class_of_its_own(sender: Any) -> None:
    unwrap: Any = {"pivotal": pivotal, "pivot": pivot}[sender["name"]]
    name = {"pivotal": "type", "pivot": "eventType"}[sender["name"]]
    made = [unwrap(**{name: event["type"]}) for event in sender["events"]]
    assert [event.type for event in made] == [event["type"] for event in sender["events"]]
    assert all(type(event.type) is str for event in made)
    classes = {type(event) for event in made}
    assert len(classes) == len(made)
    union = {"pivotal": PivotalEvent, "pivot": PivotEvent}[sender["name"]]
    unknown = {"pivotal": UnknownEvent, "pivot": UnknownPivotEvent}[sender["name"]]
    assert {*get_args(union)} == {*classes, unknown}
    assert all(issubclass(one, Event) and one.__module__ == events.__name__ for one in classes)


@pytest.mark.parametrize("unlisted", ["message_sent", "customer.AT_RISK", "a b\n'c", "__class__"])
def test_a_type_that_is_not_listed_is_an_unknown_event(unlisted: str) -> None:
    event = pivotal(type=unlisted)
    assert type(event) is UnknownEvent
    assert str(event.type) == unlisted
    assert repr(event) == f"<UnknownEvent id='evt_1' type={unlisted!r}>"
    assert type(pivot(eventType="customer.at_risk")) is UnknownPivotEvent


def test_an_event_is_matched_by_its_type_or_its_class() -> None:
    event = pivotal()
    match event.type:
        case "customer.at_risk":
            assert event.object["name"] == "Acme Corp"
        case _:
            pytest.fail("another type")
    match pivotal():
        case CustomerChurnedEvent():
            pytest.fail("another class")
        case CustomerAtRiskEvent(object=customer, id=id):
            assert (customer, id) == (CUSTOMER, "evt_1")
        case _:
            pytest.fail("another class")


def test_an_annotation_says_whose_events_it_gives() -> None:
    assert type(Webhook[PivotEvent](SECRET)) is Webhook
    assert get_args(Webhook[PivotEvent]) == (PivotEvent,)


# Fields


def test_an_event_of_pivotal_has_these_fields() -> None:
    event = pivotal(
        created_at="2026-05-26T18:42:00.000Z",
        org_id="org_2bH",
        livemode=False,
        api_version="v1",
        data={"object": CUSTOMER, "previous_attributes": {"health_score": None}, "more": 1},
        region={"a": [1.0]},
        nothing=None,
    )
    assert event.id == "evt_1"
    assert event.created_at == datetime(2026, 5, 26, 18, 42, tzinfo=timezone.utc)
    assert (event.org_id, event.livemode, event.api_version) == ("org_2bH", False, "v1")
    assert event.object == CUSTOMER
    assert event.object is event.data["object"]
    assert event.data["more"] == 1
    assert event.previous_attributes == {"health_score": None}
    assert same(event.extra, {"region": {"a": [1.0]}, "nothing": None})
    assert event.space_id is event.subject is None
    assert repr(event) == "<CustomerAtRiskEvent id='evt_1' type='customer.at_risk'>"


def test_an_event_of_pivot_has_these_fields() -> None:
    event = pivot(
        subject={"type": "room", "id": "r1", "more": 1},
        timestamp="2026-05-26T18:42:00Z",
        organizationId="o1",
        space_id="s1",
        data={"status": "SENT", "messageId": "m1", "roomId": [1], "room_id": 2, "else": {}},
        id=7,
    )
    assert (event.org_id, event.space_id) == ("o1", "s1")
    assert event.subject == {"type": "room", "id": "r1", "more": 1}
    renamed = {"status": "SENT", "message_id": "m1", "roomId": [1], "room_id": 2, "else": {}}
    assert same(event.object, renamed)
    assert list(event.data) == ["status", "messageId", "roomId", "room_id", "else"]
    assert event.extra == {"id": 7}
    assert event.id is event.livemode is event.api_version is event.previous_attributes is None
    assert repr(event) == "<MessageSentEvent type='message_sent'>"


def test_what_is_not_there_is_none() -> None:
    event = pivotal()
    fields = [event.created_at, event.org_id, event.livemode, event.api_version]
    assert fields == [None] * 4
    assert event.previous_attributes is None
    assert event.extra == {}
    assert [pivot().subject, pivot().created_at, pivot().space_id] == [None] * 3


UTC = timezone.utc


@pytest.mark.parametrize(
    ("sent", "happened"),
    [
        ("2026-05-26T18:42:00.000Z", datetime(2026, 5, 26, 18, 42, tzinfo=UTC)),
        ("2026-05-26t18:42:00.1z", datetime(2026, 5, 26, 18, 42, 0, 100_000, tzinfo=UTC)),
        ("2026-05-26T18:42:00.123456789Z", datetime(2026, 5, 26, 18, 42, 0, 123_456, tzinfo=UTC)),
        ("2026-05-26T18:42:00+05:30", datetime(2026, 5, 26, 13, 12, tzinfo=UTC)),
        ("2016-12-31T23:59:60.5Z", datetime(2016, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)),
        ("1969-12-31T23:59:59.999999Z", datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("0001-01-01T00:00:00.000001Z", datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.9999999Z", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_a_time_is_aware_and_in_utc(sent: str, happened: datetime) -> None:
    for event in (pivotal(created_at=sent), pivotal(timestamp=sent), pivot(timestamp=sent)):
        assert event.created_at == happened
        assert event.created_at.utcoffset() == timedelta()


def test_the_bytes_are_those_that_were_verified() -> None:
    headers = signing.svix()
    assert PIVOTAL.unwrap(BODY, headers).raw is BODY
    mutable = bytearray(BODY)
    event = PIVOTAL.unwrap(mutable, headers)
    mutable[:] = b" " * len(mutable)
    for raw in (event.raw, PIVOTAL.unwrap(BODY.decode(), headers).raw):
        assert (type(raw), raw) == (bytes, BODY)
    assert PIVOTAL.unwrap(memoryview(b"<" + BODY)[1:], headers).raw == BODY
    assert event.object["name"] == "Renée"  # type: ignore[typeddict-item]


def test_a_delivery_says_how_the_event_came() -> None:
    webhook = Webhook({"new": SECRET}, clock=lambda: NOW)
    delivery = webhook.unwrap(BODY, signing.pivotal(event="customer.at_risk")).delivery
    assert type(delivery) is Verified
    assert (delivery.scheme, delivery.timestamp, delivery.label) == ("pivotal", NOW, "new")
    assert delivery.unauthenticated.event_type == "customer.at_risk"
    assert PIVOTAL.unwrap(BODY, signing.svix()).delivery.id == signing.ID


def test_what_is_no_event_is_refused() -> None:
    refusals = []
    for body, headers in [
        (b"", signing.svix(b"")),
        (b"[]", signing.svix(b"[]")),
        (b"{}", signing.svix(b"{}")),
        (BODY, signing.pivotal(event="customer.churned")),
        (BODY + b" ", signing.svix()),
    ]:
        with pytest.raises(WebhookVerificationError) as caught:
            PIVOTAL.unwrap(body, headers)
        refusals.append((caught.value.code, caught.value.path, caught.value.reason))
    assert refusals == [
        ("payload_malformed", None, "syntax"),
        ("payload_malformed", None, "not_an_object"),
        ("event_malformed", "id", "missing"),
        ("event_type_mismatch", None, None),
        ("signature_mismatch", None, None),
    ]


# What can't be done


ATTRIBUTES = [name for name in dir(Event) if not name.startswith("_")]


def test_there_are_attributes() -> None:
    assert {"id", "type", "created_at", "object", "raw", "delivery"} <= {*ATTRIBUTES}


@pytest.mark.parametrize("name", [*ATTRIBUTES, "another", "__dict__"])
def test_an_event_does_not_change(name: str) -> None:
    event = pivotal()
    with pytest.raises(AttributeError):
        setattr(event, name, None)
    with pytest.raises(AttributeError):
        delattr(event, name)


@pytest.mark.parametrize("made", [Event, CustomerAtRiskEvent, UnknownEvent, UnknownPivotEvent])
def test_nobody_else_makes_an_event(made: Any) -> None:
    arguments: list[Any] = [None, {}, pivotal(), made]
    for argument in arguments:
        with pytest.raises(TypeError, match="makes an event"):
            made(argument)
    with pytest.raises(TypeError, match="makes an event"):
        made()
    with pytest.raises(TypeError):
        made(id="evt_1")
    with pytest.raises(TypeError):
        object.__new__(made)
    assert not hasattr(_core, "Fields")


def test_only_a_function_that_says_so_makes_an_event_without_a_signature() -> None:
    body, dump = pivotal().raw, pivotal().dump()
    attempts: list[tuple[Any, ...]] = [(body,), (body, "pivotal"), (dump,), (dump, "pivotal")]
    made = []
    for name in {*dir(_core)} - {"restore_trusted"}:
        for arguments in [*attempts, *(attempt[::-1] for attempt in attempts)]:
            with contextlib.suppress(TypeError, ValueError):
                made.append((name, getattr(_core, name)(*arguments)))
    assert [name for name, result in made if isinstance(result, Event)] == []
    with pytest.raises(DumpError) as caught:
        restore_trusted(body)
    assert caught.value.code == "dump_unreadable"


# Records


@pytest.mark.parametrize("record", [Customer, events.Message, events.Subject])
def test_pydantic_reads_a_record(record: Any) -> None:
    adapter: Any = pydantic.TypeAdapter(record)
    fields = dict.fromkeys(["type", "id", "message_id"], "room")
    fields = {name: fields[name] for name in fields if name in record.__annotations__}
    assert adapter.validate_python(fields) == fields


# Copies and pickles


def test_events_are_equal_by_their_bytes() -> None:
    one, again, other = pivotal(), pivotal(), pivotal(id="evt_2")
    assert one == again
    assert hash(one) == hash(again)
    assert len({one, again, other}) == 2
    assert one != other
    assert one != one.raw
    body = b'{"eventType":"customer.at_risk","id":"e","type":"customer.at_risk","data":{}}'
    assert PIVOT.unwrap(body, signing.pivot(body)) != PIVOTAL.unwrap(body, signing.svix(body))


FIELDS = [name for name in ATTRIBUTES if name not in ("delivery", "dump")]


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
@pytest.mark.parametrize("unwrap", [pivotal, pivot])
def test_a_copy_is_as_authentic_as_the_event(duplicate: Any, unwrap: Any) -> None:
    event = unwrap(more={"a": []})
    again = duplicate(event)
    assert type(again) is type(event)
    assert again == event
    assert again is not event
    for name in FIELDS:
        assert same(getattr(again, name), getattr(event, name)), name
    assert again.delivery is event.delivery
    assert copy.deepcopy(event.delivery) is copy.copy(event.delivery) is event.delivery


def test_a_deep_copy_shares_no_dict() -> None:
    event: Any = pivotal(more={"a": []})
    again = copy.deepcopy(event)
    assert again.object is again.data["object"]
    again.data["object"]["name"] = "Changed"
    again.extra["more"]["a"].append(1)
    assert event.data["object"]["name"] == "Acme Corp"
    assert event.extra["more"] == {"a": []}


# Dumps


def dumps() -> dict[str, Any]:
    through = {f"pickle {p}": partial(pickle.dumps, protocol=p) for p in range(6)}
    ways: dict[str, Any] = {
        name: lambda event, dumped=dumped: pickle.loads(dumped(event))
        for name, dumped in through.items()
    }
    ways["bytes"] = lambda event: restore_trusted(event.dump(), sender_of(event))
    ways["text"] = lambda event: restore_trusted(event.dump().decode(), sender_of(event))
    ways["memoryview"] = lambda event: restore_trusted(memoryview(event.dump()), sender_of(event))
    return ways


def sender_of(event: Any) -> Any:
    return "pivot" if event.delivery.scheme == "pivot" else "pivotal"


@pytest.mark.parametrize("again", dumps().values(), ids=dumps())
@pytest.mark.parametrize("unwrap", [pivotal, pivot])
def test_an_event_that_crossed_a_queue_says_so(unwrap: Any, again: Any) -> None:
    event = unwrap(more={"a": []})
    restored = again(event)
    assert type(restored) is type(event)
    assert restored == event
    assert hash(restored) == hash(event)
    for name in FIELDS:
        assert same(getattr(restored, name), getattr(event, name)), name
    assert restored.delivery.is_restored
    assert not event.delivery.is_restored
    assert restored.delivery != event.delivery
    assert repr(restored.delivery) == repr(event.delivery)[:-1] + " is_restored=True>"
    assert again(restored).delivery == restored.delivery
    for copied in (copy.copy(restored), copy.deepcopy(restored)):
        assert copied.delivery.is_restored
    with pytest.raises(TypeError, match="only a verification makes this object"):
        pickle.dumps(event.delivery)


def test_a_dump_keeps_the_facts_of_the_delivery() -> None:
    webhook = Webhook({'the "new"\n': SECRET}, clock=lambda: NOW - 2, source="crm")
    headers = signing.pivotal(event="customer.at_risk", delivery_id="msg_1")
    event = webhook.unwrap(BODY, headers)
    restored = restore_trusted(event.dump())
    for one in (event, restored):
        facts = one.delivery
        assert (facts.scheme, facts.id, facts.timestamp, facts.skew) == ("pivotal", None, NOW, -2)
        assert facts.label == 'the "new"\n'
        assert facts.unauthenticated.event_type == "customer.at_risk"
        assert facts.unauthenticated.delivery_id == "msg_1"
        assert one.idempotency_key.startswith("crm_")
    assert restored.idempotency_key == event.idempotency_key


def test_a_dump_belongs_to_one_sender() -> None:
    with pytest.raises(DumpError) as caught:
        restore_trusted(pivot().dump())
    assert caught.value.code == "dump_sender"
    with pytest.raises(ValueError, match='sender must be "pivotal" or "pivot"'):
        restore_trusted(pivotal().dump(), "svix")  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        restore_trusted(json.loads(pivotal().raw))


def test_an_error_of_a_dump_can_be_pickled() -> None:
    with pytest.raises(DumpError) as caught:
        restore_trusted(b"")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.code, again.help) == (
        str(caught.value),
        caught.value.code,
        caught.value.help,
    )


def test_a_webhook_returns_no_restored_event() -> None:
    dump = pivotal().dump()
    with pytest.raises(WebhookVerificationError) as caught:
        PIVOTAL.unwrap(dump, signing.svix(dump))
    assert caught.value.code == "payload_malformed"


def test_a_delivery_shows_what_was_verified() -> None:
    labelled = Webhook({"new": SECRET}, clock=lambda: NOW + 2)
    delivery = labelled.unwrap(BODY, signing.svix()).delivery
    signed = f"<Verified scheme=svix id='{signing.ID}' timestamp={NOW} skew=2 label='new'>"
    assert repr(delivery) == signed
    headers = signing.pivotal(event="customer.at_risk", delivery_id="msg_1")
    delivery = PIVOTAL.verify_signature(BODY, headers)
    assert repr(delivery) == f"<Verified scheme=pivotal timestamp={NOW} skew=0>"
    unsigned = "<Unauthenticated event_type='customer.at_risk' delivery_id='msg_1'>"
    assert repr(delivery.unauthenticated) == unsigned
    assert repr(PIVOT.verify_signature(BODY, signing.pivot())) == "<Verified scheme=pivot>"
    assert delivery == PIVOTAL.verify_signature(BODY, headers)
    assert delivery != PIVOTAL.verify_signature(BODY, signing.svix())


def test_an_event_inside_its_own_record_is_collected() -> None:
    class Marked:
        pass

    event = pivotal()
    event.data["event"] = event
    event.data["marked"] = marked = Marked()
    alive = weakref.ref(marked)
    del event, marked
    gc.collect()
    assert alive() is None


def test_threads_share_a_webhook() -> None:
    wrong: list[object] = []

    def deliver() -> None:
        for turn in range(500):
            event = pivotal(id=f"evt_{turn}", data={"object": {"id": "c", "mrr": turn}})
            if (event.id, event.data["object"]["mrr"]) != (f"evt_{turn}", turn):
                wrong.append(event)

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_first_event_loads_the_classes_in_any_thread() -> None:
    program = """
    import sys, threading
    import signing
    from pivotal_webhooks import Webhook

    webhook = Webhook(signing.SECRET, clock=lambda: signing.NOW)
    headers = signing.svix()
    assert "pivotal_webhooks.events" not in sys.modules
    start = threading.Barrier(16)
    names = []

    def unwrap():
        start.wait()
        names.append(type(webhook.unwrap(signing.BODY, headers)).__name__)

    threads = [threading.Thread(target=unwrap) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(names), *set(names))
    """
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        cwd=DIRECTORY.parent / "bindings-python" / "tests",
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert (finished.stderr, finished.stdout) == ("", "16 CustomerAtRiskEvent\n")


# pydantic, on these types


def test_a_record_is_validated_by_pydantic() -> None:
    class Known(pydantic.BaseModel):
        id: str
        name: str | None = None
        health_score: int | None = None

    class Open(Known, extra="allow"):
        pass

    event = pivotal(data={"object": {**CUSTOMER, "tier": "gold"}})
    assert Known.model_validate(event.object).health_score == 38
    assert Open.model_validate(event.object).model_dump() == {**CUSTOMER, "tier": "gold"}
    wrong = pivotal(data={"object": {"health_score": "high"}})
    with pytest.raises(pydantic.ValidationError) as caught:
        Known.model_validate(wrong.object)
    assert [error["loc"] for error in caught.value.errors()] == [("id",), ("health_score",)]


if sys.version_info >= (3, 12):  # pydantic takes no TypedDict of earlier ones

    def test_a_record_is_validated_by_its_own_type() -> None:
        customers = pydantic.TypeAdapter(Customer)
        assert customers.validate_python(pivotal().object) == CUSTOMER
        with pytest.raises(pydantic.ValidationError):
            customers.validate_python(pivotal(data={"object": {"id": "c", "at_risk": 7}}).object)
