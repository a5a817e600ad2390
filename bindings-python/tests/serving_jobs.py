"""Serves the WSGI app of a module `jobs`, for tests that kill this process.

It prints its port. An answer to a request with the header `x-never-answer` does not leave: when its
handler has returned, a line is printed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

jobs = import_module("jobs")


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None: ...


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    answer: Iterable[bytes] = jobs.app(environ, start_response)
    if "HTTP_X_NEVER_ANSWER" in environ:
        print("the job is written", flush=True)
        time.sleep(600)
    return answer


with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
