"""Uses the installed wheel: runs every vector, shares a verifier among threads, and receives.

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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bindings-python" / "tests"))

import signing
import vector_cases
from pivotal_webhooks import Webhook, WebhookVerificationError
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.wsgi import WebhookApp

THREADS, TURNS = 8, 500


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


def share() -> None:
    """Let threads share one verifier. Each gets genuine and forged deliveries in turn."""
    webhook = Webhook(signing.SECRET, clock=lambda: signing.NOW)
    bodies, headers = [signing.BODY, b"{}"] * TURNS, signing.svix()

    def answers(_: int) -> list[str]:
        return [outcome(webhook, body, headers) for body in bodies]

    expected = ["accepted", "signature_mismatch"] * TURNS
    with ThreadPoolExecutor(THREADS) as threads:
        if not all(each == expected for each in threads.map(answers, range(THREADS))):
            sys.exit("threads that share a verifier get wrong answers")


def outcome(webhook: Webhook, body: bytes, headers: dict[str, str]) -> str:
    try:
        webhook.verify_signature(body, headers)
    except WebhookVerificationError as error:
        return error.code
    return "accepted"


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
    if sys.prefix == sys.base_prefix:
        sys.exit("this Python is not one of a virtual environment")
    count = vectors()
    share()
    deliver()
    lock = getattr(sys, "_is_gil_enabled", lambda: True)()
    if lock and sysconfig.get_config_var("Py_GIL_DISABLED"):
        sys.exit("the import of the package switched the global lock on")
    version = f"CPython {platform.python_version()}"
    print(json.dumps({"runtime": version, "lock": lock, "vectors": count}))
