"""The tests that every adapter passes inside its framework, under its servers, on real sockets."""

from __future__ import annotations

import json
import logging
import socket
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPResponse
from typing import Any, NamedTuple

import pytest
import signing
import wire
from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.receiving import ANSWERS, MAX_DISCARDED_BYTES, Outcome, Receiver
from signing import BODY, NOW, SECRET

PROBE = b"pivotal-webhooks panic probe"
"""A build with the panic probe panics at this body."""

webhook = Webhook(SECRET, clock=lambda: NOW)
outcomes: list[Outcome] = []
handled: list[tuple[str, bytes]] = []
looked: list[bytes] = []
"""What a middleware around the receiver reads of each body, after the receiver has answered."""

Headers = list[tuple[str, str]]


def handle(event: PivotalEvent, body: bytes) -> None:
    """The handler of an app under test; `body` is what its framework's request gives afterwards."""
    if event.type == "customer.churned":
        raise LookupError("no such customer")
    handled.append((event.id, body))


class Site(NamedTuple):
    """A running app, and how its server differs from others."""

    port: int
    path: str = "/webhooks/pivotal"
    reads_whole: bool = False
    """The server reads the whole body before it calls the app."""
    chunked: bool = True
    """The server reads chunked bodies."""
    joined: bool = False
    """Several lines of one header arrive as one value."""
    says_close: bool = True
    """The app can send the header `connection`."""
    stays_open: bool = True
    """The server keeps a connection open after an answer."""
    watched: bool = True
    """A middleware around the receiver fills `looked`."""
    receiver: Receiver[PivotalEvent] | None = None
    """The receiver, if it can interrupt the reading of a body."""
    lingers: bool = False
    """The server reads on for a time before it closes a connection."""
    answer: Callable[[int], bytes] = lambda status: ANSWERS[status].encode()

    def closes(self, answer: wire.Answer) -> bool:
        connection = {name.lower(): value for name, value in answer.headers}.get("connection", "")
        return connection.lower() == "close"

    def send(self, headers: Headers, body: bytes = BODY, method: str = "POST") -> wire.Answer:
        return wire.send(self.port, self.path, body, headers, method=method)

    def refused(self, headers: Headers, body: bytes = BODY) -> tuple[int, str | None]:
        answer = self.send(headers, body)
        assert answer.body == self.answer(answer.status)
        assert handled == []
        return answer.status, outcomes.pop().code


def fresh(body: bytes = BODY, **given: Any) -> Headers:
    return [*signing.svix(body, **given).items()]


def without(name: str) -> Headers:
    return [pair for pair in fresh() if pair[0] != name]


MISMATCH = "signature_mismatch"
TOO_LARGE = b" " * (webhook.max_body + 1)
BEYOND_DISCARDING = b" " * (webhook.max_body + MAX_DISCARDED_BYTES + 2**20)
UNAUTHORIZED: dict[str, tuple[Headers, str]] = {
    "none": ([], "header_missing"),
    "id missing": (without("svix-id"), "header_missing"),
    "signature missing": (without("svix-signature"), "header_missing"),
    "malformed": ([*without("svix-id"), ("svix-id", "a.b")], "header_malformed"),
    "beyond ASCII": ([*without("svix-id"), ("svix-id", "msg_\xe9")], "header_malformed"),
    "compressed": ([*fresh(), ("content-encoding", "gzip")], "header_malformed"),
    "twice compressed": (
        [*fresh(), ("content-encoding", "gzip"), ("content-encoding", "identity")],
        "header_malformed",
    ),
    "malformed time": (
        [*without("svix-timestamp"), ("svix-timestamp", "soon")],
        "timestamp_malformed",
    ),
    "too old": (fresh(timestamp=NOW - 900), "timestamp_too_old"),
    "too new": (fresh(timestamp=NOW + 900), "timestamp_too_new"),
    "too many": (
        [*without("svix-signature"), ("svix-signature", "v1,a " * 33)],
        "too_many_signatures",
    ),
    "forged": (fresh(secret="whsec_" + signing.mac(b"a", b"guess")), MISMATCH),
    "of another body": (fresh(b"{}"), MISMATCH),
    "Pivot's": ([*signing.pivot().items()], "header_missing"),
}
BAD: dict[bytes, str] = {
    b"[]": "payload_malformed",
    b"": "payload_malformed",
    b"id=evt_1": "payload_malformed",
    b'{"id":"\xff"}': "payload_malformed",
    b"{}": "event_malformed",
}

LOOKS: dict[str, tuple[Headers, bytes, int]] = {
    "accepted": (fresh(), BODY, 200),
    "forged": ([], BODY, 401),
    "no event": (fresh(b"[]"), b"[]", 400),
    "too large": (fresh(), TOO_LARGE, 413),
    "far too large": (fresh(), BEYOND_DISCARDING, 413),
}


class ReceiverSuite:
    """A test module gives a fixture `site`, and inherits the tests."""

    @pytest.fixture(autouse=True)
    def _no_outcomes(self) -> None:
        outcomes.clear()
        handled.clear()
        looked.clear()

    def test_an_event_is_handled_and_its_body_still_there(self, site: Site) -> None:
        answer = site.send(fresh())
        assert (answer.status, answer.body) == (200, b"ok")
        assert ("content-type", "text/plain; charset=utf-8") in [
            (name.lower(), value.lower()) for name, value in answer.headers
        ]
        assert handled == [("evt_1", BODY)]
        (outcome,) = outcomes
        assert outcome[:7] == ("accepted", None, 200, "svix", 0, None, len(BODY))
        assert outcome.event is not None
        assert (outcome.event.id, outcome.error, outcome.delivery_id) == ("evt_1", None, signing.ID)

    @pytest.mark.probe
    def test_a_panic_is_answered_500(self, site: Site) -> None:
        for _ in range(3):
            answer = site.send(fresh(PROBE), PROBE)
            # Litestar writes a text of its own.
            assert (answer.status, b"panic" in answer.body) == (500, False)
            assert (outcomes.pop().code, handled) == ("internal", [])
        for _ in range(50):
            assert site.send(fresh()).status == 200
            assert site.send(fresh(b"{}")).status == 401
        assert len(handled) == 50

    def test_header_names_have_no_letter_case(self, site: Site) -> None:
        assert site.send([(name.upper(), value) for name, value in fresh()]).status == 200

    def test_identity_is_no_compression(self, site: Site) -> None:
        assert site.send([*fresh(), ("content-encoding", "identity")]).status == 200

    @pytest.mark.parametrize("type", ["application/x-www-form-urlencoded", "multipart/form-data"])
    def test_a_content_type_makes_no_parser_read_the_body(self, site: Site, type: str) -> None:
        assert site.send([*fresh(), ("content-type", f"{type}; boundary=x")]).status == 200
        assert handled == [("evt_1", BODY)]

    @pytest.mark.parametrize("which", UNAUTHORIZED)
    def test_what_is_not_authentic_is_unauthorized(self, site: Site, which: str) -> None:
        headers, code = UNAUTHORIZED[which]
        assert site.refused(headers) == (401, code)

    def test_all_that_is_unauthorized_is_answered_alike(self, site: Site) -> None:
        answers = [site.send(headers) for headers, _ in UNAUTHORIZED.values()]
        shown = {
            (answer.body, *(pair for pair in answer.headers if pair[0].lower() != "date"))
            for answer in answers
        }
        assert len(shown) == 1

    @pytest.mark.parametrize("body", BAD)
    def test_what_is_no_event_is_bad(self, site: Site, body: bytes) -> None:
        assert site.refused(fresh(body), body) == (400, BAD[body])

    def test_an_event_of_another_type_than_a_header_says_is_bad(self, site: Site) -> None:
        headers = signing.pivotal(event="customer.created")
        assert site.refused([*headers.items()]) == (400, "event_type_mismatch")

    @pytest.mark.parametrize("name", ["svix-id", "svix-timestamp"])
    def test_a_second_line_is_never_believed(self, site: Site, name: str) -> None:
        codes = (
            {"timestamp_malformed", "header_malformed"} if site.joined else {"header_duplicated"}
        )
        equal = (name, dict(fresh())[name])
        for headers in (
            [*fresh(), (name, "1")],
            [(name.title(), "1"), *fresh()],
            [*fresh(), equal],
        ):
            status, code = site.refused(headers)
            assert (status, code in codes) == (401, True)

    def test_lines_of_signatures_are_one_list(self, site: Site) -> None:
        other = ("svix-signature", fresh(secret="whsec_" + signing.mac(b"a", b"old"))[2][1])
        for headers in ([*fresh(), other], [other, *fresh()]):
            assert site.send(headers).status == 200
        assert site.send([*without("svix-signature"), other, other]).status == 401
        assert [outcome.code for outcome in outcomes] == [None, None, MISMATCH]

    def test_an_underscore_is_never_believed(self, site: Site) -> None:
        for headers in ([*fresh(), ("svix_id", "evil")], [("svix_id", "evil"), *fresh()]):
            answer = site.send(headers)
            assert answer.status in (200, 401)
            assert all(outcome.code in (None, "header_malformed") for outcome in outcomes)

    def test_a_body_may_be_as_long_as_the_limit(self, site: Site) -> None:
        body = BODY.ljust(webhook.max_body)
        assert site.send(fresh(body), body).status == 200
        assert outcomes.pop().body_bytes == webhook.max_body
        handled.clear()
        body += b" "
        assert site.refused(fresh(body), body) == (413, "payload_too_large")

    def test_a_chunked_body_is_the_same(self, site: Site) -> None:
        if not site.chunked:
            # The server gives an empty body: the error says so, and doesn't blame the sender.
            answer = chunked(site, fresh(), [BODY[:30], BODY[30:]])
            assert (answer.status, outcomes, handled) == (500, [], [])
            return
        answer = chunked(site, fresh(), [BODY[:9], BODY[9:]])
        assert (answer.status, answer.body) == (200, b"ok")
        assert handled == [("evt_1", BODY)]
        answer = chunked(site, fresh(), [b" " * 2**16] * 17)
        assert (answer.status, answer.body) == (413, site.answer(413))
        assert outcomes[1].code == "payload_too_large"

    def test_an_announced_length_beyond_the_limit_is_not_read(self, site: Site) -> None:
        if site.reads_whole:
            pytest.skip("the server waits for the body")
        answer = wire.announce(site.port, site.path, 10**12)
        assert (answer.status, answer.body) == (413, site.answer(413))
        assert (outcomes[0].code, outcomes[0].body_bytes) == ("payload_too_large", 0)

    def test_a_sender_that_goes_on_and_on_is_stopped_with_flat_memory(self, site: Site) -> None:
        if site.reads_whole:
            pytest.skip("the server reads as far as its own limit")
        site.send(fresh())
        tracemalloc.start()
        try:
            answer, _ = wire.pour(site.port, site.path, 64 * 2**20)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        # The server may read on and discard what comes, but keeps none of it.
        assert answer is None or answer.status == (413 if site.chunked else 401)
        assert answer is None or not (site.chunked and site.says_close) or site.closes(answer)
        assert peak < 8 * 2**20
        assert outcomes[-1].code == ("payload_too_large" if site.chunked else "header_missing")
        assert outcomes[-1].body_bytes < 2 * webhook.max_body

    @pytest.mark.parametrize("length", ["-1", "+76", "7_6", "x", "", " "])
    def test_an_odd_length_is_no_fault(self, site: Site, length: str) -> None:
        head = [f"POST {site.path} HTTP/1.1", "host: localhost", "connection: close"]
        head += [f"{name}: {value}" for name, value in fresh()] + [f"content-length: {length}"]
        with socket.create_connection(("127.0.0.1", site.port), timeout=wire.TIMEOUT) as connection:
            connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + BODY)
            response = HTTPResponse(connection)
            response.begin()
            assert response.status in (400, 401)
        assert handled == []

    @pytest.mark.parametrize("as_chunks", [False, True])
    @pytest.mark.parametrize("body", [TOO_LARGE, BEYOND_DISCARDING], ids=["short", "long"])
    def test_the_next_request_after_a_413_is_not_eaten(
        self, site: Site, body: bytes, as_chunks: bool
    ) -> None:
        if as_chunks and not site.chunked:
            pytest.skip("the server reads no chunked bodies")
        with wire.Connection(site.port) as connection:
            connection.send(site.path, body, fresh(), as_chunks)
            is_long = body is BEYOND_DISCARDING and not site.reads_whole
            # A server that closes while the body still arrives may reset the connection before
            # its answer has been read (RFC 9112, section 9.6).
            refusal = connection.answer_if_open() if is_long else connection.answer()
            if refusal is not None:
                assert refusal.status == 413
                assert not site.says_close or site.closes(refusal) == is_long
            connection.send(site.path, BODY, fresh())
            # A connection that stays open has none of the body left on it.
            answer = connection.answer_if_open()
        if is_long and site.says_close:
            assert answer is None
        elif not is_long and site.stays_open:
            assert answer is not None
        assert answer is None or (answer.status, answer.body) == (200, b"ok")
        eventually(lambda: outcomes)
        codes = ["payload_too_large"] if answer is None else ["payload_too_large", None]
        assert [outcome.code for outcome in outcomes] == codes

    @pytest.mark.parametrize("as_chunks", [False, True])
    @pytest.mark.parametrize("which", LOOKS)
    def test_what_is_around_the_receiver_reads_the_body_at_once(
        self, site: Site, which: str, as_chunks: bool
    ) -> None:
        if not site.watched:
            pytest.skip("nothing is around it")
        if as_chunks and not site.chunked:
            pytest.skip("the server reads no chunked bodies")
        headers, body, status = LOOKS[which]
        # The connection stays open, so that nothing ends a wait for more of the body.
        with wire.Connection(site.port) as connection:
            connection.send(site.path, body, headers, as_chunks)
            if body is BEYOND_DISCARDING and not site.reads_whole:
                answer = connection.answer_if_open()
                assert answer is None or answer.status == status
            else:
                assert connection.answer().status == status
        eventually(lambda: looked)
        assert {*looked} == {b"" if status == 413 else body}

    def test_what_is_around_the_receiver_reads_a_body_that_was_broken_off(self, site: Site) -> None:
        if site.reads_whole or not site.watched:
            pytest.skip("the server never calls the app, or nothing is around it")
        wire.hang_up(site.port, site.path, BODY[:30], len(BODY), fresh())
        eventually(lambda: outcomes and looked)
        assert outcomes[0].result == "aborted"
        assert {*looked} == {BODY[: outcomes[0].body_bytes]}

    def test_a_sender_that_hangs_up_ends_quietly(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        if site.reads_whole:
            pytest.skip("the server never calls the app")
        with caplog.at_level(logging.INFO):
            wire.hang_up(site.port, site.path, BODY[:30], len(BODY), fresh())
            eventually(lambda: outcomes)
            # By then the server has also ended the request.
            site.send(fresh())
        aborted = outcomes[0]
        assert aborted[:6] == ("aborted", None, 400, None, None, None)
        assert (aborted.body_bytes <= 30, aborted.error, aborted.event) == (True, None, None)
        errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert (errors, [record for record in caplog.records if record.exc_info]) == ([], [])
        assert len(handled) == 1

    @pytest.mark.parametrize("trickles", [False, True])
    @pytest.mark.parametrize("as_chunks", [False, True])
    def test_a_body_that_stops_or_trickles_is_answered_408(
        self,
        site: Site,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        trickles: bool,
        as_chunks: bool,
    ) -> None:
        if site.receiver is None:
            pytest.skip("the host reads the body in one blocking call")
        monkeypatch.setattr(site.receiver, "body_timeout", 0.2)
        with caplog.at_level(logging.INFO), wire.Unfinished(site.port, site.path) as sender:
            sender.begin(fresh(), BODY[:30], as_chunks)
            answer = sender.trickle() if trickles else sender.answer()
            # A server that closes while bytes arrive may reset the connection before the answer
            # has been read.
            assert answer is not None or trickles
            if answer is not None:
                assert (answer.status, answer.body) == (408, site.answer(408))
                assert site.closes(answer)
            if not site.lingers:
                sender.wait_for_end()
        monkeypatch.undo()
        eventually(lambda: outcomes)
        outcome = outcomes.pop()
        assert outcome[:6] == ("timed_out", None, 408, None, None, None)
        assert (outcome.error, outcome.event, outcomes, handled) == (None, None, [], [])
        assert site.send(fresh()).status == 200
        errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert (errors, [record for record in caplog.records if record.exc_info]) == ([], [])

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
    def test_other_methods_are_answered_405(self, site: Site, method: str) -> None:
        answer = site.send(fresh(), method=method)
        assert answer.status == 405
        assert "POST" in {name.lower(): value for name, value in answer.headers}["allow"]
        assert (handled, outcomes) == ([], [])

    def test_what_the_handler_raises_is_a_500(self, site: Site) -> None:
        body = json.dumps({"id": "evt_1", "type": "customer.churned", "data": {}}).encode()
        assert site.send(fresh(body), body).status == 500
        assert outcomes[0].result == "accepted"


def eventually(condition: Callable[[], object]) -> None:
    """Wait until it is true; the time only limits how long a failing test takes."""
    for _ in range(100 * wire.TIMEOUT):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it never happened")


def chunked(site: Site, headers: Headers, pieces: list[bytes]) -> wire.Answer:
    head = [f"POST {site.path} HTTP/1.1", "host: localhost", "transfer-encoding: chunked"]
    head += ["connection: close", *(f"{name}: {value}" for name, value in headers)]
    with socket.create_connection(("127.0.0.1", site.port), timeout=wire.TIMEOUT) as connection:
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n")
        with suppress(OSError):  # the server need not read all of it
            for piece in [*pieces, b""]:
                connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        response = HTTPResponse(connection)
        response.begin()
        return wire.Answer(response.status, response.read(), response.getheaders())
