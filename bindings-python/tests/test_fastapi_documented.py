"""The documented FastAPI handler under a real server, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import serving
import signing
import wire
from signing import BODY, NOW, SECRET

DOCUMENTED = "/webhooks/pivotal"
ALL_HEADERS = "/webhooks/all-headers"
BOTH = pytest.mark.parametrize("path", [DOCUMENTED, ALL_HEADERS])


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[int, list[Any]]]:
    """The port of the running server, and the events that its handlers got to see."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIVOTAL_WEBHOOK_SECRET", SECRET)
        import documented_fastapi
    with serving.served(documented_fastapi.app) as port:
        yield port, documented_fastapi.handled


@pytest.fixture
def port(served: tuple[int, list[Any]]) -> int:
    served[1].clear()
    return served[0]


@pytest.fixture
def handled(served: tuple[int, list[Any]]) -> list[Any]:
    return served[1]


def fresh(body: bytes = BODY, offset: int = 0) -> list[tuple[str, str]]:
    return list(signing.svix(body, timestamp=NOW + offset).items())


@BOTH
def test_a_genuine_delivery_is_handled(port: int, handled: list[Any], path: str) -> None:
    answer = wire.send(port, path, BODY, fresh())
    assert (answer.status, answer.json()) == (200, {"ok": True})
    assert handled == [json.loads(BODY)]


@BOTH
def test_header_names_have_no_letter_case(port: int, path: str) -> None:
    shouted = [(name.upper(), value) for name, value in fresh()]
    assert wire.send(port, path, BODY, shouted).status == 200


@BOTH
def test_a_body_of_a_megabyte_is_handled(port: int, handled: list[Any], path: str) -> None:
    body = b'{"filler":"' + b"x" * (1_048_576 - 13) + b'"}'
    assert wire.send(port, path, body, fresh(body)).status == 200
    assert wire.send(port, path, body + b" ", fresh(body + b" ")).status in {401, 413}
    assert len(handled) == 1


@BOTH
@pytest.mark.parametrize(
    "tampered",
    [BODY[:-1], BODY + b" ", BODY + b"\n", BODY.replace(b"evt_1", b"evt_2"), b"", BODY.upper()],
    ids=["truncated", "longer", "newline", "other id", "empty", "other case"],
)
def test_a_tampered_body_is_refused(
    port: int, handled: list[Any], path: str, tampered: bytes
) -> None:
    assert wire.send(port, path, tampered, fresh()).status == 401
    assert handled == []


@pytest.mark.parametrize(
    ("offset", "code"), [(-1_000, "timestamp_too_old"), (1_000, "timestamp_too_new")]
)
def test_a_delivery_outside_the_tolerance_is_refused(
    port: int, handled: list[Any], offset: int, code: str
) -> None:
    answer = wire.send(port, DOCUMENTED, BODY, fresh(offset=offset))
    assert (answer.status, answer.json()) == (401, {"detail": "invalid signature"})
    assert wire.send(port, ALL_HEADERS, BODY, fresh(offset=offset)).json() == {"detail": code}
    assert handled == []


@BOTH
@pytest.mark.parametrize("offset", [-120, 120])
def test_a_delivery_inside_the_tolerance_is_handled(port: int, path: str, offset: int) -> None:
    assert wire.send(port, path, BODY, fresh(offset=offset)).status == 200


@BOTH
def test_a_forged_signature_is_refused(port: int, handled: list[Any], path: str) -> None:
    forged = signing.svix(secret=signing.mac(b"a", b"guess"))
    assert wire.send(port, path, BODY, forged.items()).status == 401
    for signature in ("", "v1", "v1,", "v1,@", "v2," + forged["svix-signature"][3:], "é"):
        headers = {**dict(fresh()), "svix-signature": signature}
        assert wire.send(port, path, BODY, headers.items()).status == 401
    assert handled == []


@pytest.mark.parametrize("missing", ["svix-id", "svix-timestamp", "svix-signature"])
def test_a_missing_header_is_never_handled(port: int, handled: list[Any], missing: str) -> None:
    headers = [(name, value) for name, value in fresh() if name != missing]
    # The documented handler looks the header up itself, and fails on that.
    assert wire.send(port, DOCUMENTED, BODY, headers).status == 500
    answer = wire.send(port, ALL_HEADERS, BODY, headers)
    assert (answer.status, answer.json()) == (401, {"detail": "header_missing"})
    assert handled == []


@pytest.mark.parametrize(("name", "value"), [("svix-id", "msg_other"), ("svix-timestamp", None)])
def test_a_second_id_or_timestamp_is_refused(
    port: int, handled: list[Any], name: str, value: str | None
) -> None:
    genuine = fresh()
    other = (name.title(), value or str(NOW + 1))
    # Starlette's lookup by name gives the first line.
    assert wire.send(port, DOCUMENTED, BODY, [*genuine, other]).status == 200
    assert wire.send(port, DOCUMENTED, BODY, [other, *genuine]).status == 401
    assert len(handled) == 1
    for headers in ([*genuine, other], [other, *genuine]):
        answer = wire.send(port, ALL_HEADERS, BODY, headers)
        assert (answer.status, answer.json()) == (401, {"detail": "header_duplicated"})
    assert len(handled) == 1


def test_lines_of_signatures_are_one_list(port: int, handled: list[Any]) -> None:
    genuine = fresh()
    other = ("Svix-Signature", "v1,other")
    for headers in ([*genuine, other], [other, *genuine]):
        assert wire.send(port, ALL_HEADERS, BODY, headers).status == 200
    assert len(handled) == 2


def test_equal_lines_of_an_id_are_refused(port: int, handled: list[Any]) -> None:
    genuine = fresh()
    answer = wire.send(port, ALL_HEADERS, BODY, [*genuine, *genuine])
    assert (answer.status, answer.json()) == (401, {"detail": "header_duplicated"})
    assert handled == []


@BOTH
def test_an_underscore_is_another_header(port: int, handled: list[Any], path: str) -> None:
    smuggled = [("svix_id", "msg_evil"), *fresh(), ("svix_id", "msg_evil")]
    assert wire.send(port, path, BODY, smuggled).status == 200
    renamed = [(name.replace("-", "_"), value) for name, value in fresh()]
    assert wire.send(port, path, BODY, renamed).status in {401, 500}
    assert len(handled) == 1


@BOTH
def test_a_header_beyond_ascii_is_refused(port: int, handled: list[Any], path: str) -> None:
    headers = {**dict(fresh()), "svix-id": "msg_\xe9"}
    assert wire.send(port, path, BODY, headers.items()).status == 401
    assert handled == []
