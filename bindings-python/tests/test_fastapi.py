"""The FastAPI dependency, under uvicorn and over real sockets."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
import serving
import signing
import wire
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient
from pivotal_webhooks import Webhook, WebhookVerificationError
from pivotal_webhooks.events import (
    CustomerAtRiskEvent,
    CustomerChurnedEvent,
    PivotalEvent,
    PivotEvent,
)
from pivotal_webhooks.fastapi import WebhookReceiver, WebhookRoute
from pivotal_webhooks.receiving import Outcome, RawBodyGoneError
from signing import BODY, NOW, SECRET
from starlette.exceptions import HTTPException

outcomes: list[Outcome] = []
receiver = WebhookReceiver(Webhook(SECRET, clock=lambda: NOW), on_outcome=outcomes.append)
pivot = WebhookReceiver(Webhook.pivot(SECRET), on_outcome=outcomes.append)
app = FastAPI()

Delivered = Annotated[PivotalEvent, Depends(receiver)]


def audit(event: Delivered) -> str:
    return f"audited {event.id}"


@app.post("/webhooks/pivotal", **receiver.openapi)
async def handle(
    event: Delivered, audited: Annotated[str, Depends(audit)], request: Request
) -> dict[str, Any]:
    assert await request.body() == event.raw
    assert b"".join([piece async for piece in request.stream()]) == event.raw
    return {"type": event.type, "audited": audited}


@app.post("/webhooks/pivot", **pivot.openapi)
async def handle_pivot(event: Annotated[PivotEvent, Depends(pivot)]) -> str:
    return event.type


@app.post("/failing")
async def failing(event: Delivered) -> None:
    raise LookupError(event.id)


@app.post("/event-alone")
async def handle_event_alone(event: Delivered) -> str | None:
    return event.id


@app.post("/kept")
async def kept(request: Request) -> str:
    await request.json()
    event = await receiver(request)
    return event.type


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving.served(app) as port:
        yield port


@pytest.fixture(autouse=True)
def no_outcomes() -> None:
    outcomes.clear()


def fresh(**given: Any) -> dict[str, str]:
    return signing.svix(**given)


def test_a_genuine_delivery_reaches_the_handler_and_other_dependencies(port: int) -> None:
    answer = wire.send(port, "/webhooks/pivotal", BODY, fresh().items())
    assert answer.status == 200
    assert answer.json() == {"type": "customer.at_risk", "audited": "audited evt_1"}
    assert outcomes[0][:7] == ("accepted", None, 200, "svix", 0, None, len(BODY))


def test_a_pivot_endpoint_is_the_same(port: int) -> None:
    body = b'{"eventType":"message_sent","data":{}}'
    answer = wire.send(port, "/webhooks/pivot", body, signing.pivot(body).items())
    assert (answer.status, answer.json()) == (200, "message_sent")
    assert outcomes[0].skew is None


REFUSED: dict[str, tuple[bytes, list[tuple[str, str]], int, str]] = {
    "no headers": (BODY, [], 401, "header_missing"),
    "tampered": (BODY + b" ", [*fresh().items()], 401, "signature_mismatch"),
    "two ids": (BODY, [*fresh().items(), ("svix-id", "msg_2")], 401, "header_duplicated"),
    "compressed": (BODY, [*fresh().items(), ("content-encoding", "gzip")], 401, "header_malformed"),
    "stale": (BODY, [*signing.svix(timestamp=1).items()], 401, "timestamp_too_old"),
    "no event": (b"{}", [*fresh(body=b"{}").items()], 400, "event_malformed"),
    "no JSON": (b"no", [*fresh(body=b"no").items()], 400, "payload_malformed"),
    "too long": (b" " * (2**20 + 1), [*fresh().items()], 413, "payload_too_large"),
}
TEXTS = {401: "invalid signature", 400: "invalid payload", 413: "payload too large"}


@pytest.mark.parametrize("which", REFUSED)
def test_a_refusal_has_the_status_and_its_constant_text(port: int, which: str) -> None:
    body, headers, status, code = REFUSED[which]
    answer = wire.send(port, "/webhooks/pivotal", body, headers)
    assert (answer.status, answer.json()) == (status, {"detail": TEXTS[status]})
    assert [outcome.code for outcome in outcomes] == [code]


def test_all_refusals_of_a_status_are_alike(port: int) -> None:
    answers = [
        wire.send(port, "/webhooks/pivotal", body, headers)
        for body, headers, status, _ in REFUSED.values()
        if status == 401
    ]
    shown = {
        (answer.body, *((name, text) for name, text in answer.headers if name != "date"))
        for answer in answers
    }
    assert len(answers) == 5
    assert len(shown) == 1


def test_a_refusal_has_the_error_as_its_cause() -> None:
    request = Request({"type": "http", "method": "POST", "headers": []}, receive=no_body)
    with pytest.raises(HTTPException) as caught:
        run(receiver(request))
    assert isinstance(caught.value.__cause__, WebhookVerificationError)


def test_other_methods_are_not_allowed(port: int) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert wire.send(port, "/webhooks/pivotal", b"", [], method=method).status == 405


def test_an_announced_length_beyond_the_limit_is_not_read(port: int) -> None:
    answer = wire.announce(port, "/webhooks/pivotal", 10**12)
    assert answer.status == 413
    assert outcomes[0].body_bytes == 0


def test_a_sender_that_goes_on_and_on_is_stopped_with_flat_memory(port: int) -> None:
    wire.send(port, "/webhooks/pivotal", BODY, fresh().items())
    tracemalloc.start()
    try:
        answer, _ = wire.pour(port, "/webhooks/pivotal", 128 * 2**20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The server may read on and discard what comes, but keeps none of it.
    assert answer is None or answer.status == 413
    assert peak < 8 * 2**20
    assert outcomes[-1].code == "payload_too_large"


def test_what_the_handler_raises_is_a_500(port: int) -> None:
    assert wire.send(port, "/failing", BODY, fresh().items()).status == 500


def test_a_body_that_was_kept_is_read_again(port: int) -> None:
    answer = wire.send(port, "/kept", BODY, fresh().items())
    assert (answer.status, answer.json()) == (200, "customer.at_risk")


def test_a_body_that_was_consumed_is_an_error_of_the_program() -> None:
    async def eat_then_receive() -> None:
        request = Request({"type": "http", "method": "POST", "headers": []}, receive=one_body)
        async for _ in request.stream():
            pass
        await receiver(request)

    with pytest.raises(RawBodyGoneError, match=r"await request\.body\(\)"):
        run(eat_then_receive())


def test_the_skew_of_a_time_ahead_is_negative(port: int) -> None:
    ahead = signing.svix(timestamp=NOW + 1_000)
    assert wire.send(port, "/webhooks/pivotal", BODY, ahead.items()).status == 401
    assert outcomes[0].code == "timestamp_too_new"
    assert outcomes[0].skew == -1_000


def test_openapi_has_the_event_and_the_answers() -> None:
    for path, title in (("/webhooks/pivotal", "PivotalEvent"), ("/webhooks/pivot", "PivotEvent")):
        operation = app.openapi()["paths"][path]["post"]
        assert {"200", "400", "401", "413"} <= set(operation["responses"])
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert schema["title"] == title
        assert operation["requestBody"]["required"] is True


async def no_body() -> dict[str, Any]:
    return {"type": "http.request", "body": b""}


async def one_body() -> dict[str, Any]:
    return {"type": "http.request", "body": BODY}


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


class TwoReceivers:
    """Routes that take some of the events."""

    app = FastAPI()

    @staticmethod
    @app.post("/at-risk")
    async def at_risk(event: Annotated[CustomerAtRiskEvent, Depends(receiver)]) -> str:
        return event.type

    @staticmethod
    @app.post("/either")
    async def either(
        event: CustomerAtRiskEvent | CustomerChurnedEvent = Depends(receiver),  # noqa: B008
    ) -> str:
        return event.type


@pytest.mark.parametrize("nested", [False, True])
def test_a_route_gets_the_events_of_its_annotation_alone(nested: bool) -> None:
    app = TwoReceivers.app
    if nested:
        app = FastAPI()
        router = APIRouter()
        router.include_router(TwoReceivers.app.router)
        app.include_router(router)
    churned = b'{"id":"evt_1","type":"customer.churned","data":{}}'
    created = b'{"id":"evt_1","type":"customer.created","data":{}}'
    client = TestClient(app)

    def status(path: str, body: bytes) -> int:
        return client.post(path, content=body, headers=fresh(body=body)).status_code

    assert status("/at-risk", BODY) == 200
    assert status("/at-risk", churned) == 422
    assert [status("/either", body) for body in (BODY, churned, created)] == [200, 200, 422]


FACTORY = """
from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.fastapi import WebhookReceiver


def create_app(receiver: WebhookReceiver[PivotalEvent]) -> FastAPI:
    app = FastAPI()

    @app.post("/webhooks/pivotal", **receiver.openapi)
    async def receive(event: PivotalEvent = Depends(receiver)) -> str:
        return event.type

    return app
"""


def test_a_factory_with_postponed_annotations_works_with_a_default() -> None:
    names: dict[str, Any] = {"__name__": "factory"}
    exec(FACTORY, names)
    client = TestClient(names["create_app"](receiver))
    assert client.post("/webhooks/pivotal", content=BODY, headers=fresh()).status_code == 200
    assert client.post("/webhooks/pivotal", content=BODY).status_code == 401


def test_a_factory_with_postponed_annotations_refuses_every_delivery_without_a_default() -> None:
    names: dict[str, Any] = {"__name__": "factory"}
    annotated = "event: Annotated[PivotalEvent, Depends(receiver)]"
    exec(FACTORY.replace("event: PivotalEvent = Depends(receiver)", annotated), names)
    client = TestClient(names["create_app"](receiver))
    answer = client.post("/webhooks/pivotal", content=BODY, headers=fresh())
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["query", "event"])
    assert outcomes == []


@pytest.mark.parametrize("included", [False, True])
def test_a_webhook_route_refuses_a_parameter_that_fastapi_cant_resolve(included: bool) -> None:
    names: dict[str, Any] = {"__name__": "factory", "included": included}
    source = FACTORY.replace("import WebhookReceiver", "import WebhookReceiver, WebhookRoute")
    source = source.replace("app = FastAPI()", "app = FastAPI()\n    " + ROUTER)
    source = source.replace("@app.post", "@router.post")
    exec(source, names)
    names["create_app"](receiver)
    default = "event: PivotalEvent = Depends(receiver)"
    for annotated, written in [
        ("event: Annotated[PivotalEvent, Depends(receiver)]", default),
        ("event: Local", "event: Local = Depends(receiver)"),
    ]:
        exec(source.replace(default, annotated), names)
        with pytest.raises(TypeError) as raised:
            names["create_app"](receiver)
        assert str(raised.value).endswith(
            f"and would answer 422 to every delivery: write `{written}`"
        )
        assert "of the parameter `event` of `receive`" in str(raised.value)


ROUTER = """router = app.router
    if included:
        from fastapi import APIRouter
        router = APIRouter(route_class=WebhookRoute)
    router.route_class = WebhookRoute
    Local = Annotated[PivotalEvent, Depends(receiver)]
"""


def test_a_webhook_route_lets_other_parameters_be() -> None:
    class Page(int):
        pass

    class Needed:
        def __call__(self, name: str, page: Page | None = None) -> str:
            return f"{name} {page}"

    app = FastAPI()
    app.router.route_class = WebhookRoute

    @app.get("/{path}")
    def get(path: str, size: int, text: str = Depends(Needed()), more: str = "") -> str:
        return f"{path} {text} {size} {more}"

    client = TestClient(app)
    assert client.get("/a?name=b&size=3").json() == "a b None 3 "


def test_a_receiver_can_be_overridden_in_a_test() -> None:
    event = receiver.webhook.unwrap(BODY, fresh())
    client = TestClient(app)
    assert client.post("/webhooks/pivotal", content=b"").status_code == 401
    app.dependency_overrides[receiver] = lambda: event
    try:
        outcomes.clear()
        answer = client.post("/event-alone", content=b"")
    finally:
        app.dependency_overrides.clear()
    assert (answer.status_code, answer.json(), outcomes) == (200, "evt_1", [])
    assert client.post("/event-alone", content=b"").status_code == 401


looked: list[bytes] = []


def test_an_exception_handler_reads_the_body_at_once() -> None:
    watched = FastAPI()
    watched.add_api_route("/", handle, methods=["POST"])

    @watched.exception_handler(HTTPException)
    async def look(request: Request, error: HTTPException) -> PlainTextResponse:
        looked.append(await request.body())
        return PlainTextResponse(error.detail, error.status_code)

    client = TestClient(watched)
    assert client.post("/", content=b"{}").status_code == 401
    assert client.post("/", content=b" " * (2**20 + 1)).status_code == 413
    assert looked == [b"{}", b""]


@pytest.mark.parametrize("pure", [False, True])
def test_a_middleware_that_consumed_the_stream_is_named(pure: bool) -> None:
    app = FastAPI()
    app.add_api_route("/", handle, methods=["POST"])
    if pure:
        app.add_middleware(Consuming)
    else:

        @app.middleware("http")
        async def consume(request: Request, call_next: Any) -> Any:
            async for _ in request.stream():
                pass
            return await call_next(request)

    with pytest.raises(RawBodyGoneError, match="middleware"):
        TestClient(app).post("/", content=BODY, headers=fresh())
    assert outcomes == []


class Consuming:
    """A middleware that reads the body, and passes on a `receive` that gives an empty one."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            while (await receive()).get("more_body"):
                pass
            receive = no_body
        await self.app(scope, receive, send)
