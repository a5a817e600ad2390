"""Starts examples/fastapi and examples/django, with the clock frozen, and sends them deliveries."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import pytest
import signing
import wire
from signing import BODY, NOW, SECRET

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PREVIOUS = "whsec_" + signing.mac(b"previous", b"key")
PIVOT_SECRET = "a-secret-of-a-pivot-endpoint"
PIVOTAL = "/webhooks/pivotal"
PIVOT = "/webhooks/pivot"


class Receiver(NamedTuple):
    port: int
    log: IO[str]

    def deliver(
        self, path: str, body: bytes, headers: dict[str, str], status: int, text: str
    ) -> Any:
        answer = wire.send(self.port, path, body, headers.items())
        assert (answer.status, answer.body.decode()) == (status, text)
        answered = {name.lower(): value for name, value in answer.headers}
        assert answered["content-type"] == "text/plain; charset=utf-8"
        return json.loads(self.log.readline())


@pytest.fixture(scope="module", params=["fastapi/app.py", "django/project.py"])
def receiver(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    app = EXAMPLES / request.param
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    environment = {
        **os.environ,
        "PORT": str(port),
        "PIVOTAL_WEBHOOK_SECRET": SECRET,
        "PIVOTAL_WEBHOOK_SECRET_PREVIOUS": PREVIOUS,
        "PIVOT_WEBHOOK_SECRET": PIVOT_SECRET,
    }
    with subprocess.Popen(
        [sys.executable, "at_now.py", str(app)],
        cwd=Path(__file__).parent,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            wait_for(port, process)
            yield Receiver(port, process.stdout)
        finally:
            process.terminate()
            rest = process.stdout.read()
    assert rest == ""


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    for _ in range(20 * wire.TIMEOUT):
        assert process.poll() is None
        try:
            socket.create_connection(("127.0.0.1", port), timeout=wire.TIMEOUT).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the receiver does not listen")


ACCEPTED: dict[str, tuple[str, dict[str, str], str]] = {
    "svix": (PIVOTAL, signing.svix(), "svix"),
    "previous secret": (PIVOTAL, signing.svix(secret=PREVIOUS), "svix"),
    "pivotal": (PIVOTAL, signing.pivotal(), "pivotal"),
}
FORGED: dict[str, tuple[str, dict[str, str], str]] = {
    "tampered": (PIVOTAL, signing.svix(b"{}"), "signature_mismatch"),
    "old": (PIVOTAL, signing.svix(timestamp=NOW - 900), "timestamp_too_old"),
    "new": (PIVOTAL, signing.svix(timestamp=NOW + 900), "timestamp_too_new"),
    "bad id": (PIVOTAL, signing.svix(id="a.b"), "header_malformed"),
    "no headers": (PIVOTAL, {}, "header_missing"),
    "pivot's": (PIVOTAL, signing.pivot(secret=PIVOT_SECRET), "header_missing"),
    "pivotal's": (PIVOT, signing.svix(), "header_missing"),
    "other secret": (PIVOT, signing.pivot(secret=SECRET), "signature_mismatch"),
}


@pytest.mark.parametrize("which", ACCEPTED)
def test_a_genuine_delivery_is_accepted(receiver: Receiver, which: str) -> None:
    path, headers, scheme = ACCEPTED[which]
    assert receiver.deliver(path, BODY, headers, 200, "ok") == {
        "webhook": "accepted",
        "scheme": scheme,
        "type": "customer.at_risk",
        "id": "evt_1",
        "record": {"name": "Renée"},
    }


RECORD = {"id": "cus_2N", "name": "Zoë {0}", "health_score": None}
DATA: dict[str, dict[str, Any]] = {
    "in object": {"object": RECORD, "previous_attributes": {"health_score": 72}},
    "in data": RECORD,
}


@pytest.mark.parametrize("where", DATA)
@pytest.mark.parametrize("event_type", ["customer.churned", "customer.merged"])
def test_the_record_of_an_event_of_pivotal_is_logged(
    receiver: Receiver, event_type: str, where: str
) -> None:
    body = json.dumps({"id": "evt_1", "type": event_type, "data": DATA[where]}).encode()
    headers = signing.pivotal(body, event=event_type)
    line = receiver.deliver(PIVOTAL, body, headers, 200, "ok")
    assert (line["type"], line["scheme"], line["record"]) == (event_type, "pivotal", RECORD)


@pytest.mark.parametrize("event_type", ["message_sent", "message_deleted"])
def test_the_record_of_an_event_of_pivot_is_logged(receiver: Receiver, event_type: str) -> None:
    data = {"messageId": "m1", "room_id": "r1", "status": "SENT"}
    body = json.dumps({"eventType": event_type, "data": data}).encode()
    headers = signing.pivot(body, secret=PIVOT_SECRET)
    assert receiver.deliver(PIVOT, body, headers, 200, "ok") == {
        "webhook": "accepted",
        "scheme": "pivot",
        "type": event_type,
        "id": None,
        "record": {"message_id": "m1", "room_id": "r1", "status": "SENT"},
    }


@pytest.mark.parametrize("which", FORGED)
def test_every_refusal_of_a_forgery_looks_the_same(receiver: Receiver, which: str) -> None:
    path, headers, code = FORGED[which]
    line = receiver.deliver(path, BODY, headers, 401, "invalid signature")
    assert line == {"webhook": "refused", "code": code}


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"[]", "payload_malformed"), (b"", "payload_malformed"), (b"{}", "event_malformed")],
)
def test_an_authentic_body_that_is_no_event_is_refused(
    receiver: Receiver, body: bytes, code: str
) -> None:
    headers = signing.svix(body)
    line = receiver.deliver(PIVOTAL, body, headers, 400, "invalid payload")
    assert line == {"webhook": "refused", "code": code}


def test_a_body_over_the_limit_is_refused(receiver: Receiver) -> None:
    line = receiver.deliver(PIVOTAL, b" " * (2**20 + 1), {}, 413, "payload too large")
    assert line == {"webhook": "refused", "code": "payload_too_large"}


@pytest.mark.parametrize("path", [PIVOTAL, PIVOT])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_allowed(receiver: Receiver, path: str, method: str) -> None:
    assert wire.send(receiver.port, path, b"", [], method=method).status == 405


def test_the_checks_of_django_run_without_any_secret() -> None:
    program = """
import project
from django.core.management import call_command

call_command("check")
"""
    names = ("PIVOTAL_WEBHOOK_SECRET", "PIVOTAL_WEBHOOK_SECRET_PREVIOUS", "PIVOT_WEBHOOK_SECRET")
    environment = {name: text for name, text in os.environ.items() if name not in names}
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=EXAMPLES / "django",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
