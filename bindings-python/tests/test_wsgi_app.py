"""The WSGI application, under three servers."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import receiver_suite
import serving_wsgi
import wire
from pivotal_webhooks.wsgi import WebhookApp, pieces
from receiver_suite import ReceiverSuite, Site, fresh, outcomes, webhook
from signing import BODY

application = WebhookApp(
    webhook,
    lambda event: receiver_suite.handle(event, event.raw),
    on_outcome=outcomes.append,
)


@pytest.fixture(scope="module", params=serving_wsgi.SERVERS)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with serving_wsgi.site(request.param, application) as site:
        yield site


class TestWebhookApp(ReceiverSuite):
    """The receiver's tests."""


def read(body: bytes, **environ: Any) -> bytes:
    stream = io.BytesIO(body)
    given = {name.replace("wsgi_", "wsgi."): value for name, value in environ.items()}
    return b"".join(pieces({"wsgi.input": stream, **given}))


def test_the_body_is_as_long_as_it_says() -> None:
    assert read(b"body and more", CONTENT_LENGTH="4") == b"body"
    assert read(b"body", CONTENT_LENGTH="04") == b"body"
    assert read(b"body", CONTENT_LENGTH="0" * 40 + "4") == b""


@pytest.mark.parametrize("length", [{}, {"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "-4"}])
def test_without_a_length_there_is_no_body_unless_the_server_ends_it(length: Any) -> None:
    assert read(b"body", **length) == b""
    assert read(b"body", **length, wsgi_input_terminated=True) == b"body"


@pytest.mark.parametrize("terminated", [True, False])
def test_a_body_that_ends_early_is_a_lost_connection(terminated: bool) -> None:
    with pytest.raises(ConnectionResetError, match="hung up"):
        read(b"bod", CONTENT_LENGTH="4", wsgi_input_terminated=terminated)
    # `Receiver` finds out whether something else read it.
    assert read(b"", CONTENT_LENGTH="4", wsgi_input_terminated=terminated) == b""


def test_pieces_are_taken_as_they_are_needed() -> None:
    stream = io.BytesIO(b" " * 2**20)
    environ = {"wsgi.input": stream, "wsgi.input_terminated": True}
    assert len(next(pieces(environ))) == stream.tell() == 2**16


FRAMEWORKS = {"aiohttp", "django", "fastapi", "flask", "litestar", "starlette", "werkzeug"}
BROUGHT = {
    "asgi": set[str](),
    "aws_lambda": set[str](),
    "wsgi": set[str](),
    "aiohttp": {"aiohttp"},
    "django": {"django"},
    "fastapi": {"fastapi", "starlette"},
    "flask": {"flask", "werkzeug"},
    "litestar": {"litestar"},
    "starlette": {"starlette"},
}


@pytest.mark.parametrize("module", BROUGHT)
def test_a_module_imports_its_own_framework_alone(module: str) -> None:
    program = f"import sys, pivotal_webhooks.{module}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert FRAMEWORKS.intersection(run.stdout.decode().split()) == BROUGHT[module]


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn has no Windows")
@pytest.mark.parametrize("size", [2**21, 2**23])
def test_gunicorn_with_threads_answers_the_next_request_after_a_413(size: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        os.set_inheritable(listener.fileno(), True)
        options = ["--worker-class", "gthread", "--threads", "2", "--no-control-socket"]
        bind = ["--bind", f"fd://{listener.fileno()}", "--log-level", "critical"]
        command = [sys.executable, "-m", "gunicorn", *options, *bind, "test_wsgi_app:application"]
        with subprocess.Popen(
            command, cwd=Path(__file__).parent, pass_fds=[listener.fileno()]
        ) as process:
            try:
                with wire.Connection(port) as connection:
                    connection.send("/", b" " * size, [])
                    # gunicorn may reset the connection while the longer body still arrives.
                    refusal = connection.answer_if_open()
                    assert refusal.status == 413 if refusal else size == 2**23
                    connection.send("/", BODY, fresh())
                    answer = connection.answer_if_open()
                assert answer is None or (answer.status, answer.body) == (200, b"ok")
            finally:
                process.terminate()
