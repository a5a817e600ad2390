"""A WSGI environ from a real server, over real sockets: there, lines of one name are joined."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import signing
import wire
from pivotal_webhooks import Webhook, WebhookVerificationError
from signing import BODY, NOW, SECRET

webhook = Webhook(SECRET, clock=lambda: NOW)


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    try:
        answer = webhook.verify(body, environ)["id"]
    except WebhookVerificationError as error:
        answer = error.code
    start_response("200 OK", [("content-type", "text/plain")])
    return [answer.encode()]


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join(wire.TIMEOUT)


def answer(port: int, headers: Iterable[tuple[str, str]], body: bytes = BODY) -> str:
    return wire.send(port, "/", body, headers).body.decode()


def fresh() -> list[tuple[str, str]]:
    return list(signing.svix().items())


def test_a_genuine_delivery_is_accepted(port: int) -> None:
    assert answer(port, fresh()) == json.loads(BODY)["id"]
    assert answer(port, [(name.upper(), value) for name, value in fresh()]) == "evt_1"


def test_a_tampered_body_is_refused(port: int) -> None:
    assert answer(port, fresh(), BODY + b" ") == "signature_mismatch"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("svix-id", "header_malformed"),
        ("svix_id", "header_malformed"),
        ("Svix_Id", "header_malformed"),
        ("svix-timestamp", "timestamp_malformed"),
        ("svix_timestamp", "timestamp_malformed"),
    ],
)
def test_a_line_smuggled_beside_the_genuine_one_is_refused(port: int, name: str, code: str) -> None:
    assert answer(port, [(name, "evil"), *fresh()]) == code
    assert answer(port, [*fresh(), (name, "evil")]) == code


def test_a_second_signature_line_is_one_more_candidate(port: int) -> None:
    forged = ("svix-signature", "v1," + signing.mac(b"guess", b""))
    assert answer(port, [forged, *fresh()]) == "evt_1"
    assert answer(port, [forged, *fresh()[:2]]) == "signature_mismatch"
