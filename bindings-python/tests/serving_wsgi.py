"""A WSGI app under real servers, each on a free loopback port."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import waitress.server
import werkzeug
from receiver_suite import Site, looked
from waitress import wasyncore
from wire import TIMEOUT


@contextmanager
def wsgiref(app: Any) -> Iterator[int]:
    """A server that passes on header names with an underscore and reads no chunked bodies."""
    with make_server("127.0.0.1", 0, app, _Threading, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join(TIMEOUT)


class _Threading(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def waitress_(app: Any) -> Iterator[int]:
    """A server that reads the whole body before it calls the app."""
    connections: dict[int, Any] = {}
    server = waitress.server.create_server(app, connections, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.effective_port
    finally:
        # The lock keeps the server from closing the trigger before it has been pulled.
        with server.trigger.lock:
            server.trigger.thunks.append(lambda: wasyncore.close_all(connections))
            server.trigger.pull_trigger()
        thread.join(TIMEOUT)
        server.task_dispatcher.shutdown()


@contextmanager
def gunicorn(app: Any) -> Iterator[int]:
    """A server that reads the body when the app does.

    Only its worker runs, in a thread, without forks and signals.
    """
    from gunicorn.config import Config
    from gunicorn.glogging import Logger
    from gunicorn.workers.sync import SyncWorker

    config = Config()
    logger = Logger(config)
    logger.error_log.handlers.clear()
    logger.error_log.propagate = True  # to pytest's log
    listener = socket.create_server(("127.0.0.1", 0))
    worker = SyncWorker(0, os.getpid(), [listener], None, 0, config, logger)
    worker.wsgi = app

    def accept() -> None:
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                return
            threading.Thread(
                target=worker.handle, args=(listener, connection, address), daemon=True
            ).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        worker.tmp.close()
        thread.join(TIMEOUT)


def watched(app: Any) -> Any:
    """Put something around an app that reads the body after the answer, as Werkzeug reads it."""

    def watch(environ: Any, start_response: Any) -> Any:
        answer = app(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST":
            looked.append(werkzeug.Request(environ).get_data())
        return answer

    return watch


# gunicorn has no Windows.
SERVERS = ["wsgiref", "waitress", *(["gunicorn"] if sys.platform != "win32" else [])]


@contextmanager
def site(server: str, app: Any) -> Iterator[Site]:
    serve = {"wsgiref": wsgiref, "waitress": waitress_, "gunicorn": gunicorn}[server]
    with serve(watched(app)) as port:
        yield Site(
            port,
            says_close=False,
            stays_open=server == "waitress",
            reads_whole=server == "waitress",
            chunked=server != "wsgiref",
            joined=True,
        )
