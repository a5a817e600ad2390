"""`pivotal_webhooks.testing`: what it signs is accepted, and each of its faults is refused."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Literal, get_args

import django.http
import django.test
import flask
import httpx
import pytest
import signing
from django.conf import settings
from django.urls import path
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from pivotal_webhooks import (
    Webhook,
    WebhookConfigurationError,
    WebhookVerificationError,
    _core,
    testing,
)
from pivotal_webhooks.events import (
    CustomerAtRiskEvent,
    PivotalEventType,
    PivotEventType,
    UnknownEvent,
)
from pivotal_webhooks.schemes import Scheme
from pivotal_webhooks.testing import (
    FrozenClock,
    SignedRequest,
    new_secret,
    sample_event,
    signed_request,
)
from signing import BODY, ID, NOW, SECRET

SCHEMES: tuple[Scheme, ...] = ("svix", "pivotal", "pivot")
EVENTS: dict[Scheme, dict[str, Any]] = {
    "svix": sample_event("customer.at_risk", created_at="2021-02-25T15:02:10Z"),
    "pivotal": sample_event("contact.created", created_at="2021-02-25T15:02:10Z"),
    "pivot": sample_event("message_sent", timestamp="2021-02-25T15:02:10Z"),
}


def request_of(scheme: Scheme = "svix", **options: Any) -> SignedRequest:
    return signed_request(EVENTS[scheme], SECRET, **{"at": NOW, "scheme": scheme, **options})


def endpoint(scheme: Scheme = "svix", now: float = NOW) -> Webhook[Any]:
    clock = FrozenClock(now)
    if scheme == "pivot":
        return Webhook.pivot(SECRET, max_event_age=86_400, clock=clock)
    return Webhook(SECRET, clock=clock)


def code(request: SignedRequest, webhook: Webhook[Any]) -> str:
    with pytest.raises(WebhookVerificationError) as caught:
        webhook.unwrap(request.body, request.headers)
    return caught.value.code


# What is signed


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_signed_request_is_accepted(scheme: Scheme) -> None:
    request = request_of(scheme)
    event = endpoint(scheme).unwrap(request.body, request.headers)
    assert json.loads(event.raw) == EVENTS[scheme]
    assert event.delivery.scheme == scheme
    assert event.delivery.timestamp == (None if scheme == "pivot" else NOW)


def test_the_headers_are_those_of_the_standard_library() -> None:
    content_type = {"content-type": "application/json"}
    request = signed_request(BODY, SECRET, at=NOW, id=ID)
    assert request.headers == signing.svix() | content_type
    pivotal = signed_request(BODY, SECRET, at=NOW, id=ID, scheme="pivotal").headers
    signature = pivotal["pivotal-signature"].split(",sig=")  # of the text, and of its base64
    assert f"{signature[0]},sig={signature[1]}" == signing.pivotal()["pivotal-signature"]
    unsigned = {"pivotal-event": "customer.at_risk", "pivotal-delivery-id": ID}
    assert pivotal == pivotal | unsigned | content_type
    assert [*pivotal] == ["pivotal-signature", *unsigned, "content-type"]
    pivot = signed_request(BODY, SECRET, scheme="pivot").headers
    assert pivot == signing.pivot() | content_type


def test_the_unsigned_headers_are_told_as_unauthenticated() -> None:
    request = request_of("pivotal", id="msg_1")
    unsigned = endpoint().verify_signature(request.body, request.headers).unauthenticated
    assert (unsigned.event_type, unsigned.delivery_id) == ("contact.created", "msg_1")
    no_event = signed_request(b"[]", SECRET, at=NOW, scheme="pivotal", id="msg_1")
    unsigned = endpoint().verify_signature(no_event.body, no_event.headers).unauthenticated
    assert (unsigned.event_type, unsigned.delivery_id) == (None, "msg_1")


def test_a_mapping_becomes_compact_json() -> None:
    event = {"name": "Renée", "list": [1, 2.5, None]}
    for mapping in (event, MappingProxyType(event)):
        body = signed_request(mapping, SECRET).body
        assert body.decode() == '{"name":"Renée","list":[1,2.5,null]}'
    with pytest.raises(ValueError, match="JSON"):
        signed_request({"number": float("nan")}, SECRET)


def test_bytes_and_text_are_sent_as_they_are() -> None:
    assert signed_request(b"\xff {", SECRET).body == b"\xff {"
    assert signed_request('{ "name": "Renée" }', SECRET).body == '{ "name": "Renée" }'.encode()
    other: Any = [1]
    with pytest.raises(TypeError, match="not list"):
        signed_request(other, SECRET)


def test_an_event_is_sent_again() -> None:
    request = request_of()
    event = endpoint().unwrap(request.body, request.headers)
    again = signed_request(event, SECRET, at=NOW)
    assert again.body == request.body
    assert endpoint().unwrap(again.body, again.headers).id == event.id


def test_a_delivery_has_an_id_of_its_own() -> None:
    def delivered(**options: Any) -> str | None:
        request = request_of(**options)
        return endpoint().verify_signature(request.body, request.headers).id

    assert delivered() != delivered()
    assert delivered(id="msg_1") == "msg_1"
    with pytest.raises(WebhookVerificationError, match="header_malformed"):
        request_of(id="msg.1")


def test_a_request_is_signed_now_unless_a_time_is_given() -> None:
    request = signed_request(BODY, SECRET)
    assert request.headers["svix-timestamp"] == str(NOW)
    moment = datetime.fromtimestamp(NOW, timezone(timedelta(hours=2)))
    assert request_of(at=moment, id=ID) == request_of(id=ID)
    with pytest.raises(TypeError, match="time zone"):
        request_of(at=datetime(2026, 5, 26))


def test_every_secret_signs_while_one_is_rotated() -> None:
    new = new_secret()
    request = signed_request(BODY, [new, SECRET], at=NOW)
    for secret in (new, SECRET):
        assert Webhook(secret, clock=FrozenClock(NOW)).verify(request.body, request.headers)


def test_a_key_format_can_be_pinned() -> None:
    secret = "no base64, but long enough".replace(" ", "-")
    request = signed_request(BODY, secret, at=NOW, key="text")
    webhook = Webhook(secret, key="text", clock=FrozenClock(NOW))
    assert webhook.verify(request.body, request.headers)
    with pytest.raises(WebhookConfigurationError, match="secret_malformed"):
        signed_request(BODY, secret)


def test_a_request_shows_no_secret() -> None:
    secret = new_secret()
    assert secret not in repr(signed_request(BODY, secret))


def test_a_new_secret_is_new_and_fits_every_scheme() -> None:
    secret = new_secret()
    assert secret != new_secret()
    for scheme in SCHEMES:
        signed_request(BODY, secret, scheme=scheme)


# Faults

FAULTS: dict[str, tuple[Callable[[SignedRequest], SignedRequest], str]] = {
    "stale": (SignedRequest.stale, "timestamp_too_old"),
    "future": (SignedRequest.future, "timestamp_too_new"),
    "tampered": (SignedRequest.tampered, "signature_mismatch"),
    "wrong secret": (SignedRequest.with_wrong_secret, "signature_mismatch"),
    "reserialised": (SignedRequest.reserialised, "signature_mismatch"),
    "duplicate header": (SignedRequest.with_duplicate_header, "header_duplicated"),
    "without header": (SignedRequest.without_header, "header_missing"),
    "compressed": (SignedRequest.compressed, "signature_mismatch"),
    "oversized": (SignedRequest.oversized, "payload_too_large"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_fault_is_refused_with_its_code(scheme: Scheme, fault: str) -> None:
    make, expected = FAULTS[fault]
    request = request_of(scheme)
    before = (dict(request.headers), request.body)
    assert code(make(request), endpoint(scheme)) == expected
    assert expected in (make.__doc__ or "")
    assert (request.headers, request.body) == before
    assert endpoint(scheme).unwrap(request.body, request.headers)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"timestamp":1}', b'{"timestamp":"now"}'])
def test_a_body_without_a_time_can_not_be_aged(body: bytes) -> None:
    request = signed_request(body, SECRET, scheme="pivot")
    for fault in (request.stale, request.future):
        with pytest.raises(ValueError, match="signs no time"):
            fault()


def test_a_fault_of_the_time_can_be_as_small_as_wished() -> None:
    request = request_of()
    for offset in (300, -300):
        assert endpoint().unwrap(request.body, request.future(offset).headers)
        assert endpoint().unwrap(request.body, request.stale(offset).headers)
    assert code(request.stale(301), endpoint()) == "timestamp_too_old"
    assert code(request.future(301), endpoint()) == "timestamp_too_new"
    tolerant = Webhook(SECRET, tolerance=3600, clock=FrozenClock(NOW))
    assert code(request.stale(), tolerant) == "timestamp_too_old"
    assert code(request.future(), tolerant) == "timestamp_too_new"


def test_faults_can_be_combined() -> None:
    assert code(request_of().stale().tampered(), endpoint()) == "signature_mismatch"
    assert code(request_of().with_wrong_secret().stale(), endpoint()) == "signature_mismatch"
    assert code(request_of().oversized(10_000).stale(), endpoint()) == "timestamp_too_old"


def test_one_byte_is_tampered_with() -> None:
    for body in (b"", b"{", BODY):
        request = signed_request(body, SECRET, at=NOW)
        tampered = request.tampered()
        differing = [at for at, byte in enumerate(body) if tampered.body[at] != byte]
        assert len(differing) == min(len(body), 1)
        assert code(tampered, endpoint()) == "signature_mismatch"


def test_an_oversized_body_exceeds_the_limit_by_one_byte() -> None:
    request = request_of()
    webhook = Webhook(SECRET, max_body=5_000, clock=FrozenClock(NOW))
    assert code(request.oversized(5_000), webhook) == "payload_too_large"
    assert len(request.oversized(5_000).body) == 5_001
    within = request.oversized(4_999)
    assert webhook.verify(within.body, within.headers) == EVENTS["svix"]


def test_json_is_always_written_otherwise_or_not_at_all() -> None:
    for written in (json.dumps(EVENTS["svix"]), json.dumps([1, 2], separators=(",", ":"))):
        request = signed_request(written, SECRET)
        assert json.loads(request.reserialised().body) == json.loads(written)
        assert request.reserialised().body != request.body
    for body in (b"{}", b"", b"{"):
        with pytest.raises(ValueError):  # noqa: PT011, of `json` and of this package
            signed_request(body, SECRET).reserialised()


def test_a_receiver_refuses_the_content_coding_itself() -> None:
    error = _core.body_compressed()
    assert error.header in request_of().compressed().headers
    assert error.code in (SignedRequest.compressed.__doc__ or "")


# Clients


def fastapi_app() -> FastAPI:
    app = FastAPI()

    @app.post("/")
    async def receive(request: Request) -> str:  # pyright: ignore[reportUnusedFunction]
        return judged(await request.body(), request.headers)

    return app


def judged(body: Any, headers: Any) -> str:
    try:
        return str(endpoint().unwrap(body, headers).type)
    except WebhookVerificationError as error:
        return error.code


def through_starlette(request: SignedRequest) -> str:
    return str(TestClient(fastapi_app()).post("/", **request.httpx()).json())


def through_httpx(request: SignedRequest) -> str:
    async def post() -> str:
        transport = httpx.ASGITransport(fastapi_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            return str((await client.post("/", **request.httpx())).json())

    return asyncio.run(post())


def through_flask(request: SignedRequest) -> str:
    app = flask.Flask("receiver")

    @app.post("/")
    def receive() -> str:  # pyright: ignore[reportUnusedFunction]
        assert flask.request.mimetype == "application/json"
        return judged(flask.request.get_data(), flask.request.headers)

    return app.test_client().post("/", **request.flask()).get_data(as_text=True)


def through_django(request: SignedRequest) -> str:
    if not settings.configured:
        settings.configure()

    def receive(received: Any) -> Any:
        assert received.content_type == "application/json"
        return django.http.HttpResponse(judged(received.body, received.headers))

    receiver = {"ROOT_URLCONF": (path("", receive),), "MIDDLEWARE": []}
    with django.test.override_settings(**receiver, DATA_UPLOAD_MAX_MEMORY_SIZE=None):
        answer = django.test.Client().post("/", **request.django())
    return str(answer.content.decode())


def through_lambda(
    request: SignedRequest, version: Literal["2.0", "1.0", "alb"], *, base64_encoded: bool = False
) -> str:
    event = request.lambda_event(version, path="/webhooks/pivotal", base64_encoded=base64_encoded)
    event = json.loads(json.dumps(event))
    assert "/webhooks/pivotal" in (event.get("rawPath"), event.get("path"))
    body = event["body"]
    return judged(base64.b64decode(body) if event["isBase64Encoded"] else body, event["headers"])


CLIENTS: dict[str, Callable[[SignedRequest], str]] = {
    "starlette": through_starlette,
    "httpx": through_httpx,
    "flask": through_flask,
    "django": through_django,
    "lambda 2.0": lambda request: through_lambda(request, "2.0"),
    "lambda 2.0, base64": lambda request: through_lambda(request, "2.0", base64_encoded=True),
    "lambda 1.0": lambda request: through_lambda(request, "1.0"),
    "lambda alb": lambda request: through_lambda(request, "alb"),
}
DUPLICATED = {
    "starlette": "header_duplicated",
    "httpx": "header_duplicated",
    "lambda 1.0": "signature_mismatch",
    "lambda alb": "signature_mismatch",
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("scheme", ["svix", "pivotal"])
def test_a_client_delivers_a_genuine_request(client: str, scheme: Scheme) -> None:
    assert CLIENTS[client](request_of(scheme)) == EVENTS[scheme]["type"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_delivers_a_fault(client: str, fault: str) -> None:
    make, expected = FAULTS[fault]
    if fault == "duplicate header":
        expected = DUPLICATED.get(client, "header_malformed")
    assert CLIENTS[client](make(request_of())) == expected


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_duplicate_header_is_refused_where_a_server_joins_lines(scheme: Scheme) -> None:
    headers = request_of(scheme).with_duplicate_header().lambda_event("2.0")["headers"]
    with pytest.raises(WebhookVerificationError) as caught:
        endpoint(scheme).unwrap(request_of(scheme).body, headers)
    assert caught.value.code == "header_malformed"


def test_lambda_keeps_repeated_lines_where_aws_does() -> None:
    request = request_of(id="msg_1").with_duplicate_header()
    event = request.lambda_event("1.0")
    assert event["multiValueHeaders"]["svix-id"] == ["msg_1", "msg_10"]
    assert event["headers"]["svix-id"] == "msg_10"
    assert request.lambda_event("2.0")["headers"]["svix-id"] == "msg_1,msg_10"


def test_lambda_encodes_a_body_that_is_no_text() -> None:
    request = signed_request(b"\xff", SECRET).lambda_event()
    assert (request["isBase64Encoded"], request["body"]) == (True, "/w==")
    assert request_of().compressed().lambda_event("alb")["isBase64Encoded"] is True


# The clock and the samples


def test_a_frozen_clock_stands_until_it_is_told_to_go_on() -> None:
    clock = FrozenClock(NOW)
    webhook = Webhook(SECRET, clock=clock)
    request = request_of()
    for seconds, expected in ((300, None), (1, "timestamp_too_old"), (-602, "timestamp_too_new")):
        clock.advance(seconds)
        if expected is None:
            assert webhook.unwrap(request.body, request.headers).delivery.skew == 300
        else:
            assert code(request, webhook) == expected
    assert clock() == clock() == NOW - 301
    assert repr(clock) == f"FrozenClock({NOW - 301})"


def test_a_frozen_clock_starts_at_a_moment_or_now() -> None:
    assert FrozenClock(datetime.fromtimestamp(NOW, timezone.utc))() == NOW
    assert FrozenClock()() == NOW
    with pytest.raises(TypeError, match="time zone"):
        FrozenClock(datetime(2026, 5, 26))


def test_a_sample_is_an_event_of_its_type() -> None:
    types: dict[Scheme, str] = {"pivotal": "customer.churned", "pivot": "message_deleted"}
    for scheme, event_type in types.items():
        request = signed_request(sample_event(event_type), SECRET, scheme=scheme, at=NOW)
        event = endpoint(scheme).unwrap(request.body, request.headers)
        assert event.type == event_type
        assert event.object


def test_a_sample_is_as_old_as_its_request() -> None:
    webhook = Webhook.pivot(SECRET, max_event_age=1, clock=FrozenClock(NOW))
    request = signed_request(sample_event("message_sent"), SECRET, at=NOW)
    assert request.headers.keys() >= {"x-pivot-signature"}
    assert webhook.unwrap(request.body, request.headers).created_at == datetime.fromtimestamp(
        NOW, timezone.utc
    )
    assert code(request.stale(2), webhook) == "timestamp_too_old"
    created = sample_event("customer.created", created_at="2026-01-01T00:00:00Z")
    assert json.loads(signed_request(created, SECRET, at=NOW).body) == created


def test_the_scheme_follows_the_event() -> None:
    pivot: Any = sample_event("message_sent")
    event: Any = endpoint("pivot").unwrap(request_of("pivot").body, request_of("pivot").headers)
    for message in (pivot, {**pivot}, {"eventType": "new", "data": {}}, event):
        assert "x-pivot-signature" in signed_request(message, SECRET).headers
    for other in (sample_event("webhook.ping"), {}, b"{}", '{"eventType":"new"}'):
        assert "svix-signature" in signed_request(other, SECRET).headers


def test_samples_are_different_events() -> None:
    assert sample_event("task.completed")["id"] != sample_event("task.completed")["id"]


def test_an_event_needs_no_request() -> None:
    made = testing.event("customer.at_risk", id="evt_1")
    assert type(made) is CustomerAtRiskEvent
    assert (made.id, made.object["id"]) == ("evt_1", "cus_2N")
    assert made.delivery.scheme == "svix"
    assert made.delivery.skew == 0
    assert testing.event("message_sent").delivery.scheme == "pivot"
    assert type(testing.event(CustomerAtRiskEvent)) is CustomerAtRiskEvent
    assert testing.event("task.completed") != testing.event("task.completed")


def test_every_listed_type_has_an_event() -> None:
    for event_type in (*get_args(PivotalEventType), *get_args(PivotEventType)):
        assert testing.event(event_type).type == event_type


def test_an_event_has_the_changes_that_a_delivery_may_have() -> None:
    customer = {"id": "cus_1", "health_score": None}
    made = testing.event("customer.at_risk", data={"object": customer}, region="eu")
    assert made.object == customer
    assert made.extra == {"region": "eu"}
    with pytest.raises(WebhookVerificationError) as caught:
        testing.event("customer.at_risk", data=[])
    assert (caught.value.code, caught.value.path) == ("event_malformed", "data")


def test_the_record_is_changed_in_data_as_the_body_has_it() -> None:
    for make in (sample_event, testing.event):
        with pytest.raises(TypeError, match=r'no member `object`; pass data=\{"object": …\}'):
            make("customer.at_risk", object={"id": "c"})
        with pytest.raises(TypeError, match=r"no member `object`; pass data=…"):
            make("message_sent", object={"id": "c"})


def test_an_event_of_no_listed_type_can_not_be_made() -> None:
    unlisted: Any = "customer.merged"
    with pytest.raises(ValueError, match=r"no sample of 'customer\.merged'; there are: customer\."):
        testing.event(unlisted)
    with pytest.raises(ValueError, match="UnknownEvent is not the class of a listed type"):
        testing.event(UnknownEvent)


@pytest.mark.parametrize("make_fault", [lambda it: it, SignedRequest.tampered])
def test_a_request_is_sent_with_djangos_async_client(make_fault: Any) -> None:
    async def receive(request: django.http.HttpRequest) -> django.http.HttpResponse:
        return django.http.HttpResponse(judged(request.body, request.headers))

    receiver = {"ROOT_URLCONF": (path("", receive),), "MIDDLEWARE": []}
    request = make_fault(request_of())
    with django.test.override_settings(**receiver, DATA_UPLOAD_MAX_MEMORY_SIZE=None):
        answer = asyncio.run(django.test.AsyncClient().post("/", **request.django()))
        assert answer.content.decode() == judged(request.body, request.headers)
        made = django.test.AsyncRequestFactory().post("/", **request.django())
        assert made.headers["svix-id"] == request.headers["svix-id"]


def test_a_sample_is_changed_at_will() -> None:
    assert sample_event("task.completed", id="evt_2")["id"] == "evt_2"
    changed = sample_event("task.completed")
    changed["data"]["object"]["title"] = "other"
    assert sample_event("task.completed")["data"]["object"]["title"] != "other"
    with pytest.raises(ValueError, match=r"'customer\.merged'.*customer\.churned"):
        sample_event("customer.merged")


def test_no_framework_is_imported() -> None:
    program = "import sys, pivotal_webhooks.testing; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True).split()
    frameworks = {"httpx", "starlette", "fastapi", "flask", "django", "pytest", "pydantic"}
    assert not frameworks & {*loaded}
