"""Runs every vector against the installed wheel, then sends a delivery to its WSGI receiver.

`python packaging/receive.py` prints one line of JSON: the interpreter, whether its lock is on, and
the number of vectors. It needs the standard library alone, because it runs under emulators too.
"""

from __future__ import annotations

import http.client
import json
import platform
import sys
import sysconfig
import threading
import time
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bindings-python" / "tests"))

import signing
import vector_cases
from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.wsgi import WebhookApp


class Silent(WSGIRequestHandler):
    """Writes no line for a request, because the last line of the output is the result."""

    def log_message(self, format: str, *args: object) -> None:
        pass


def vectors() -> int:
    """Run all vectors, and return their number."""
    cases = vector_cases.load()
    wrong = [case["name"] for case in cases if vector_cases.outcome(case) != case["expect"]]
    if wrong:
        sys.exit(f"wrong answers to {len(wrong)} vectors: {', '.join(wrong[:10])}")
    return len(cases)


def deliver() -> None:
    """Send a genuine and a forged delivery over loopback."""
    received: list[str] = []

    def handle(event: PivotalEvent) -> None:
        received.append(event.type)

    app = WebhookApp(Webhook(signing.SECRET), handle, on_outcome=lambda outcome: None)
    with make_server("127.0.0.1", 0, app, handler_class=Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        headers = signing.svix(timestamp=int(time.time()))
        answers = [post(server.server_port, body, headers) for body in (signing.BODY, b"{}")]
        server.shutdown()
    if answers != [200, 401] or received != ["customer.at_risk"]:
        sys.exit(f"the receiver answered {answers} and handled {received}")


def post(port: int, body: bytes, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/", body, headers)
    return connection.getresponse().status


if __name__ == "__main__":
    count = vectors()
    deliver()
    lock = getattr(sys, "_is_gil_enabled", lambda: True)()
    if lock and sysconfig.get_config_var("Py_GIL_DISABLED"):
        sys.exit("the import of the package switched the global lock on")
    version = f"CPython {platform.python_version()}"
    print(json.dumps({"runtime": version, "lock": lock, "vectors": count}))
