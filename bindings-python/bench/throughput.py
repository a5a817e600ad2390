"""What verification takes of a server's throughput: `python bindings-python/bench/throughput.py`.

One uvicorn serves the same FastAPI handler without verification, with it, and with that of the
package `svix` where it is installed. A server is saturated when its processor is, so what counts is
the processor time that it spends on a request: it tells its own, the routes take turns, and a busy
machine slows all of them alike.
"""

from __future__ import annotations

import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse
from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.fastapi import WebhookReceiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ROUNDS = int(os.environ.get("PIVOTAL_BENCH_ROUNDS", "41"))
REQUESTS = 300


webhook = Webhook(SECRET)
receiver = WebhookReceiver(webhook, on_outcome=lambda _: None)
app = FastAPI(default_response_class=PlainTextResponse)


def serve(listener: socket.socket) -> None:

    @app.get("/processor-time")
    async def processor_time() -> str:
        return str(time.process_time_ns())

    @app.post("/without")
    async def without(request: Request) -> str:
        await request.body()
        return "ok"

    @app.post("/verify_signature")
    async def verify(request: Request) -> str:
        webhook.verify_signature(await request.body(), request.headers)
        return "ok"

    @app.post("/unwrap")
    async def unwrap(request: Request) -> str:
        webhook.unwrap(await request.body(), request.headers)
        return "ok"

    @app.post("/receiver")
    async def received(event: Annotated[PivotalEvent, Depends(receiver)]) -> str:
        return "ok"

    with suppress(ImportError):
        from svix.webhooks import Webhook as Svix

        theirs = Svix(SECRET)

        @app.post("/svix")
        async def svix(request: Request) -> str:
            theirs.verify(await request.body(), dict(request.headers))
            return "ok"

    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


class Client:
    """One connection that is kept alive."""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.stream = self.connection.makefile("rb")

    def send(self, request: bytes) -> tuple[int, bytes]:
        self.connection.sendall(request)
        status = int(self.stream.readline().split()[1])
        length = 0
        while (line := self.stream.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return status, self.stream.read(length)


def delivery(path: str) -> bytes:
    metadata = {f"site_{number}": f"Zürich {number}" for number in range(28)}
    record = {"id": "cus_2N", "name": "Acme Corp", "health_score": 38, "metadata": metadata}
    event = {"id": "evt_1", "type": "customer.at_risk", "data": {"object": record}}
    body = json.dumps(event, ensure_ascii=False).encode().ljust(1024)
    now = int(time.time())
    signature = Webhook(SECRET).sign("msg_1", now, body)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nuser-agent: Pivotal-Webhooks/1.0\r\n"
        f"svix-id: msg_1\r\nsvix-timestamp: {now}\r\nsvix-signature: {signature}\r\n\r\n"
    )
    return head.encode() + body


def measure(client: Client) -> None:
    paths = ["/without", "/verify_signature", "/unwrap", "/receiver", "/svix"]
    requests = {path: delivery(path) for path in paths}
    answers = {path: client.send(request)[0] for path, request in requests.items()}
    served = [path for path in paths if answers[path] == 200]

    def processor_time() -> int:
        return int(client.send(b"GET /processor-time HTTP/1.1\r\nhost: localhost\r\n\r\n")[1])

    def spent(path: str) -> float:
        before = processor_time()
        for _ in range(REQUESTS):
            assert client.send(requests[path])[0] == 200
        return (processor_time() - before) / REQUESTS / 1000

    rounds = [{path: spent(path) for path in served} for _ in range(ROUNDS)]
    print(f"{'handler at 1 KiB':<20}{'µs of processor':>16}{'of the throughput':>20}")
    for path in served:
        shares = [1 - one["/without"] / one[path] for one in rounds]
        least = min(one[path] for one in rounds)
        print(f"{path[1:]:<20}{least:>16.1f}{statistics.median(shares):>19.1%}")
    if "/svix" not in served:
        print("svix is not installed")
    if file := os.environ.get("PIVOTAL_BENCH_RESULTS"):
        with Path(file).open("a", encoding="utf-8") as results:
            results.write(json.dumps([table(served, rounds)]) + "\n")


def table(served: list[str], rounds: list[dict[str, float]]) -> dict[str, object]:
    """What `cargo xtask bench` reads."""
    rows: list[dict[str, object]] = []
    for path in served:
        values = {
            "µs": [one[path] for one in rounds],
            "% more than without": [(one[path] / one["/without"] - 1) * 100 for one in rounds],
        }
        rows += [{"column": key, "case": path[1:], "rounds": of} for key, of in values.items()]
    return {
        "name": "uvicorn",
        "about": "The processor time of a request of 1 KiB to FastAPI. `receiver` is the ready "
        "receiver, whose handler gets a typed event; `svix` is that package's bare verification; "
        "`without` verifies nothing.",
        "runtime": f"{platform.python_implementation()} {platform.python_version()}",
        "clock": "time of the server's process",
        "unit": "Microseconds per request, and what is added to a request without verification",
        "rows": rows,
    }


def wait_for(send: Callable[[], object]) -> None:
    for _ in range(200):
        with suppress(OSError):
            send()
            return
        time.sleep(0.05)
    raise SystemExit("the server does not answer")


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        command = [sys.executable, __file__, str(listener.fileno())]
        with subprocess.Popen(command, pass_fds=[listener.fileno()]) as server:
            try:
                wait_for(lambda: socket.create_connection(("127.0.0.1", port)).close())
                measure(Client(port))
            finally:
                server.terminate()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(socket.socket(fileno=int(sys.argv[1])))
    else:
        main()
