"""What the option `once` takes of a server's throughput, with each store.

One uvicorn serves the handler of examples/fastapi without a store and with each of them. Every
request is a new event. The server tells the processor time that it spends on a request, and the
routes take turns, as in `throughput.py`. What Redis and PostgreSQL spend is not counted, but the
time until the answer includes it.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, NamedTuple

import asyncpg
import psycopg_pool
import redis
import redis.asyncio
import uvicorn
from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import PlainTextResponse
from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.fastapi import WebhookReceiver, WebhookRoute
from pivotal_webhooks.idempotency import (
    AsyncpgStore,
    AsyncPostgresStore,
    AsyncRedisStore,
    MemoryStore,
    Once,
    PostgresStore,
    RedisStore,
    SqliteStore,
)
from store_servers import postgres_server, redis_server
from throughput import Client, wait_for

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ROUNDS = 15
REQUESTS = 60


def serve(listener: socket.socket, port: int, dsn: str) -> None:
    webhook = Webhook(SECRET)
    async_pool = psycopg_pool.AsyncConnectionPool(dsn, min_size=1, open=False)
    pool = psycopg_pool.ConnectionPool(dsn, min_size=1, open=False)
    asyncpg_pool: list[asyncpg.Pool[Any]] = []
    stores: dict[str, Any] = {
        "without": None,
        "memory": MemoryStore(),
        "sqlite": SqliteStore("webhooks.db"),
        "redis": RedisStore(redis.Redis(port=port)),
        "redis-asyncio": AsyncRedisStore(redis.asyncio.Redis(port=port)),
        "psycopg": PostgresStore(pool.connection),
        "psycopg-asyncio": AsyncPostgresStore(async_pool.connection),
        "asyncpg": AsyncpgStore(lambda: asyncpg_pool[0].acquire()),
    }

    @asynccontextmanager
    async def opened(_: FastAPI) -> AsyncIterator[None]:
        pool.open()
        asyncpg_pool.append(await asyncpg.create_pool(dsn, min_size=1))
        async with async_pool:
            await stores["asyncpg"].migrate()
            yield

    app = FastAPI(default_response_class=PlainTextResponse, lifespan=opened)

    def add(name: str, store: Any) -> None:
        once = None if store is None else Once(store, store_timeout=30)
        receiver = WebhookReceiver(webhook, once=once, on_outcome=lambda _: None)
        router = APIRouter() if store is None else APIRouter(route_class=WebhookRoute)

        async def receive(event: Annotated[PivotalEvent, Depends(receiver)]) -> str:
            return "ok"

        receive.__annotations__["event"] = Annotated[PivotalEvent, Depends(receiver)]
        router.add_api_route(f"/{name}", receive, methods=["POST"])
        app.include_router(router)

    for name, store in stores.items():
        add(name, store)

    @app.get("/processor-time")
    async def processor_time() -> str:
        return str(time.process_time_ns())

    @app.get("/names")
    async def names() -> str:
        return " ".join(stores)

    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="on")
    uvicorn.Server(config).run(sockets=[listener])


class Spent(NamedTuple):
    """What one request takes, in microseconds."""

    processor: float
    answer: float


def delivery(path: str, number: int) -> bytes:
    """A request of about 1 KiB with an event of its own."""
    metadata = {f"site_{number}": f"Zürich {number}" for number in range(28)}
    record = {"id": "cus_2N", "name": "Acme Corp", "health_score": 38, "metadata": metadata}
    event = {"id": f"evt_{number}", "type": "customer.at_risk", "data": {"object": record}}
    body = json.dumps(event, ensure_ascii=False).encode().ljust(1024)
    now = int(time.time())
    head = (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nsvix-id: msg_{number}\r\nsvix-timestamp: {now}\r\n"
        f"svix-signature: {Webhook(SECRET).sign(f'msg_{number}', now, body)}\r\n\r\n"
    )
    return head.encode() + body


def measure(client: Client) -> None:
    numbers = itertools.count()

    def get(path: str) -> bytes:
        return client.send(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())[1]

    def spent(path: str) -> Spent:
        requests = [delivery(path, next(numbers)) for _ in range(REQUESTS)]
        before, start = int(get("/processor-time")), time.perf_counter_ns()
        for request in requests:
            assert client.send(request)[0] == 200, path
        took = time.perf_counter_ns() - start
        processor = int(get("/processor-time")) - before
        return Spent(processor / REQUESTS / 1000, took / REQUESTS / 1000)

    names = get("/names").decode().split()
    for name in names:
        spent(f"/{name}")
    rounds = [{name: spent(f"/{name}") for name in names} for _ in range(ROUNDS)]
    print(f"{'FastAPI at 1 KiB':<18}{'µs of processor':>17}{'of the throughput':>19}{'answer':>13}")
    for name in names:
        shares = [1 - one["without"].processor / one[name].processor for one in rounds]
        processor = min(one[name].processor for one in rounds)
        answer = min(one[name].answer for one in rounds)
        share = f"{statistics.median(shares):.0%}"
        print(f"{name:<18}{processor:>17.0f}{share:>19}{answer:>10.0f} µs")


def main() -> None:
    with (
        redis_server() as port,
        postgres_server() as dsn,
        TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        command = [sys.executable, __file__, str(listener.fileno()), str(port), dsn]
        paths = [str(Path(__file__).parent), *sys.path]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        own = listener.getsockname()[1]
        with subprocess.Popen(
            command, pass_fds=[listener.fileno()], cwd=folder, env=environment
        ) as server:
            try:
                connect: Callable[[], object] = lambda: Client(own).send(  # noqa: E731
                    b"GET /names HTTP/1.1\r\nhost: localhost\r\n\r\n"
                )
                wait_for(connect)
                measure(Client(own))
            finally:
                server.terminate()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]), sys.argv[3])
    else:
        main()
