"""A TCP proxy that loses an answer of a server when a test says so."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class LosingProxy:
    """Passes connections on to a port of this machine.

    It runs from `with` until the end of the process or of the block.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self._loses = Event()
        self.lost = 0
        """How many answers it has lost."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone does not wake the thread that accepts.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def lose_next_answer(self) -> None:
        """Close the connection instead of passing on the next answer of the server."""
        self._loses.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                Thread(target=self._pass_requests, args=(client, server), daemon=True).start()
                Thread(target=self._pass_answers, args=(server, client), daemon=True).start()

    def _pass_requests(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)

    def _pass_answers(self, server: socket.socket, client: socket.socket) -> None:
        with server, client, suppress(OSError):
            while data := server.recv(65536):
                if self._loses.is_set():
                    self._loses.clear()
                    self.lost += 1
                    break
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
