"""The receiver inside Flask, under three WSGI servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import flask
import pytest
import receiver_suite
import serving_wsgi
import signing
import wire
from flask import request
from flask.typing import ResponseReturnValue
from pivotal_webhooks import WebhookVerificationError
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.flask import WebhookReceiver
from pivotal_webhooks.receiving import Outcome, RawBodyGoneError
from receiver_suite import ReceiverSuite, Site, fresh, looked, outcomes, webhook
from signing import BODY
from werkzeug.exceptions import ClientDisconnected, HTTPException

receiver = WebhookReceiver(webhook, on_outcome=outcomes.append)
app = flask.Flask(__name__)
# Both apply to forms and to what else reads a request; the webhook has a limit of its own.
app.config.update(MAX_CONTENT_LENGTH=16, MAX_FORM_MEMORY_SIZE=16)


@app.post("/webhooks/pivotal")
@receiver.view
def handle(event: PivotalEvent) -> None:
    receiver_suite.handle(event, request.get_data())


@receiver.view
async def handle_later(event: PivotalEvent) -> None:
    receiver_suite.handle(event, request.stream.read())


app.add_url_rule("/async", view_func=handle_later)


@app.post("/by-hand/<tenant>")
def by_hand(tenant: str) -> dict[str, str]:
    event = receiver(request)
    receiver_suite.handle(event, request.get_data())
    return {tenant: event.type}


@app.post("/answering/<tenant>")
@receiver.view
def answering(event: PivotalEvent, tenant: str) -> ResponseReturnValue:
    return f"{tenant}: {event.type}", 202


@app.errorhandler(400)
@app.errorhandler(401)
@app.errorhandler(413)
def chatty(error: HTTPException) -> ResponseReturnValue:
    return f"{error}: {error.__cause__}", error.code or 500


@pytest.fixture(scope="module", params=serving_wsgi.SERVERS)
def served(request: pytest.FixtureRequest) -> Iterator[Site]:
    with serving_wsgi.site(request.param, app) as site:
        yield site


@pytest.fixture(params=["/webhooks/pivotal", "/async"])
def site(served: Site, request: pytest.FixtureRequest) -> Site:
    return served._replace(path=request.param)


class TestFlask(ReceiverSuite):
    """The receiver's tests."""


def test_a_view_may_call_the_receiver_and_a_handler_answer(served: Site) -> None:
    answer = wire.send(served.port, "/by-hand/acme", BODY, fresh())
    assert (answer.status, answer.json()) == (200, {"acme": "customer.at_risk"})
    answer = wire.send(served.port, "/answering/acme", BODY, fresh())
    assert (answer.status, answer.body) == (202, b"acme: customer.at_risk")
    answer = wire.send(served.port, "/by-hand/acme", BODY, [])
    assert (answer.status, answer.body) == (401, b"invalid signature")


def given(body: bytes = BODY, **environ: Any) -> Any:
    """The context of a request that was not read yet, in an app without limits."""
    headers = signing.svix(body) | environ.pop("headers", {})
    return flask.Flask(__name__).test_request_context(
        method="POST", data=body, headers=headers, **environ
    )


@pytest.mark.parametrize("read", ["get_data()", "data", "json", "get_json()", "is_json", "args"])
def test_what_keeps_the_body_may_read_it_before(read: str) -> None:
    with given(content_type="application/json"):
        eval(f"request.{read}")
        assert receiver(request).id == "evt_1"


@pytest.mark.parametrize("read", ["form", "files", "values", "data"])
def test_a_parser_of_forms_leaves_other_bodies_alone(read: str) -> None:
    with given(content_type="application/json"):
        getattr(request, read)
        assert receiver(request).id == "evt_1"
        assert request.get_data() == BODY


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("read", "content_type"),
    [
        ("form", FORM),
        ("files", FORM),
        ("values", FORM),
        ("data", FORM),
        ("stream.read()", "application/json"),
        ("stream.read(9)", "application/json"),
        ("get_data(cache=False)", "application/json"),
        ("get_json(cache=False)", "application/json"),
    ],
)
def test_a_body_that_was_read_before_is_an_error_of_the_program(
    read: str, content_type: str
) -> None:
    outcomes.clear()
    with given(content_type=content_type):
        eval(f"request.{read}")
        with pytest.raises(RawBodyGoneError, match=r"call `request\.get_data\(\)` first"):
            receiver(request)
        assert outcomes == []
        # Nothing waits for bytes that never come.
        request.get_data()


def test_a_chunked_body_that_is_gone_is_an_error_too() -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    with given(content_type=FORM, environ_overrides=chunked):
        assert request.content_length is None
        _ = request.form
        with pytest.raises(RawBodyGoneError):
            receiver(request)


def test_a_form_of_nothing_hides_no_body() -> None:
    with given(b"", content_type=FORM):
        _ = request.form
        with pytest.raises(HTTPException) as caught:
            receiver(request)
        assert isinstance(caught.value.__cause__, WebhookVerificationError)
        assert caught.value.__cause__.code == "payload_malformed"


def test_a_kept_body_can_be_parsed_afterwards() -> None:
    with given(content_type=FORM):
        receiver(request)
        assert request.get_json(force=True)["id"] == "evt_1"
        assert request.stream.read() == BODY
        assert len(request.form) == 1


def test_a_sender_that_goes_away_is_no_fault_of_the_program() -> None:
    with given(environ_overrides={"CONTENT_LENGTH": "1000"}), pytest.raises(ClientDisconnected):
        receiver(request)


@app.after_request
def look(response: flask.Response) -> flask.Response:
    """What request loggers and error trackers do."""
    if request.method == "POST":  # other requests never reach the receiver
        looked.append(request.get_data())
    return response


def test_a_handler_with_an_async_call_is_awaited(served: Site) -> None:
    class Handler:
        __name__ = "handler"

        async def __call__(self, event: PivotalEvent) -> str:
            return event.type

    with given():
        assert receiver.view(Handler())() == "customer.at_risk"


def test_an_awaitable_that_comes_back_is_an_error() -> None:
    async def later(event: PivotalEvent) -> None: ...

    def handler(event: PivotalEvent) -> Any:
        return later(event)

    with given(), pytest.raises(TypeError, match="awaitable"):
        receiver.view(handler)()


def test_an_async_hook_is_awaited_for_both_kinds_of_handlers() -> None:
    seen: list[str | None] = []

    async def hook(outcome: Outcome) -> None:
        await asyncio.sleep(0)
        seen.append(outcome.code)

    hooked = WebhookReceiver(webhook, on_outcome=hook)

    async def later(event: PivotalEvent) -> None: ...

    for handler in (later, lambda event: None):
        with given():
            hooked.view(handler)()
        with given(headers={"svix-id": "msg_1"}), pytest.raises(HTTPException):
            hooked.view(handler)()
    assert seen == [None, "signature_mismatch"] * 2
