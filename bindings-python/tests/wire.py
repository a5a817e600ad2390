"""Requests written to a socket byte by byte, so that no client library changes the headers."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing_extensions import Self


TIMEOUT = 120
"""Seconds. It only limits how long a failing test takes."""


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: list[tuple[str, str]]

    def json(self) -> Any:
        return json.loads(self.body)


def send(
    port: int,
    path: str,
    body: bytes,
    headers: Iterable[tuple[str, str]],
    *,
    method: str = "POST",
) -> Answer:
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", f"content-length: {len(body)}"]
    lines += ["connection: close", *(f"{name}: {value}" for name, value in headers)]
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        response = HTTPResponse(connection, method=method)
        response.begin()
        return Answer(response.status, response.read(), response.getheaders())


class Connection:
    """A connection that stays open for several requests."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self._senders: list[Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        for sender in self._senders:
            sender.join(TIMEOUT)

    def send(
        self, path: str, body: bytes, headers: Iterable[tuple[str, str]], as_chunks: bool = False
    ) -> None:
        """Send a request, in a thread, as the server may answer before it has read all of it."""
        lines = [f"POST {path} HTTP/1.1", "host: localhost"]
        if as_chunks:
            lines.append("transfer-encoding: chunked")
            pieces = [body[start : start + 65536] for start in range(0, len(body), 65536)]
            chunks = [f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in [*pieces, b""]]
            body = b"".join(chunks)
        else:
            lines.append(f"content-length: {len(body)}")
        lines += [f"{name}: {value}" for name, value in headers]
        request = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
        before = self._senders[-1:]

        def send() -> None:
            for sender in before:
                sender.join()
            with suppress(OSError):
                self._socket.sendall(request)

        self._senders.append(Thread(target=send, daemon=True))
        self._senders[-1].start()

    def answer(self) -> Answer:
        response = HTTPResponse(self._socket)
        response.begin()
        return Answer(response.status, response.read(), response.getheaders())

    def answer_if_open(self) -> Answer | None:
        """Read an answer, or return None if the server ends the connection before its end."""
        try:
            return self.answer()
        except (ConnectionError, HTTPException):
            return None


class Unfinished:
    """A request whose body never ends."""

    def __init__(self, port: int, path: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self._path = path
        self._as_chunks = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def begin(self, headers: Iterable[tuple[str, str]], part: bytes, as_chunks: bool) -> None:
        """Send the headers and a part of the body."""
        framing = "transfer-encoding: chunked" if as_chunks else "content-length: 100000"
        lines = [f"POST {self._path} HTTP/1.1", "host: localhost", framing]
        lines += [f"{name}: {value}" for name, value in headers]
        self._as_chunks = as_chunks
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        self._socket.sendall(head + self._framed(part))

    def trickle(self) -> Answer | None:
        """Send one byte after the other until the server answers, or resets the connection."""
        stopped = Event()

        def send() -> None:
            with suppress(OSError):
                while not stopped.wait(0.01):
                    self._socket.sendall(self._framed(b" "))

        sender = Thread(target=send, daemon=True)
        sender.start()
        try:
            return self.answer()
        except (ConnectionError, HTTPException):
            return None
        finally:
            stopped.set()
            sender.join(TIMEOUT)

    def answer(self) -> Answer:
        response = HTTPResponse(self._socket)
        response.begin()
        return Answer(response.status, response.read(), response.getheaders())

    def wait_for_end(self) -> None:
        """Wait until the server closes the connection."""
        with suppress(ConnectionError):
            while self._socket.recv(65536):
                pass

    def _framed(self, piece: bytes) -> bytes:
        return f"{len(piece):x}\r\n".encode() + piece + b"\r\n" if self._as_chunks else piece


def hang_up(
    port: int, path: str, part: bytes, length: int, headers: Iterable[tuple[str, str]]
) -> None:
    """Send a part of a body of this length, and close the connection."""
    lines = [f"POST {path} HTTP/1.1", "host: localhost", f"content-length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers]
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + part)


def announce(port: int, path: str, length: int) -> Answer:
    """Announce a body of this many bytes, send none, and read the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
        head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n"
        connection.sendall(head.encode())
        response = HTTPResponse(connection)
        response.begin()
        return Answer(response.status, response.read(), response.getheaders())


def pour(port: int, path: str, most: int) -> tuple[Answer | None, int]:
    """Send a body in chunks until the server stops it.

    Return its answer, if it can be read, and how many bytes were sent.
    """
    piece = b" " * 65536
    chunk = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
        head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
        connection.sendall(head.encode())
        try:
            while sent < most:
                connection.sendall(chunk)
                sent += len(piece)
        except OSError:
            pass
        try:
            response = HTTPResponse(connection)
            response.begin()
            return Answer(response.status, response.read(), response.getheaders()), sent
        except (OSError, HTTPException):
            return None, sent
