"""Requests written to a socket byte by byte, so that nothing tidies the headers up."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from http.client import HTTPException, HTTPResponse
from typing import Any, NamedTuple


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
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        response = HTTPResponse(connection, method=method)
        response.begin()
        return Answer(response.status, response.read(), response.getheaders())


def announce(port: int, path: str, length: int) -> Answer:
    """Announce a body of this many bytes, send none, and read the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n"
        connection.sendall(head.encode())
        response = HTTPResponse(connection)
        response.begin()
        return Answer(response.status, response.read(), response.getheaders())


def pour(port: int, path: str, most: int) -> tuple[Answer | None, int]:
    """Send a body in chunks until the server stops it: its answer, if it is read, and how much."""
    piece = b" " * 65536
    chunk = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
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
