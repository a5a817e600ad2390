"""Sends every event several times, and each delivery again until it is acknowledged."""

from __future__ import annotations

import asyncio
import heapq
import json
import random
import time
from contextlib import suppress

from journal import Journal
from pivotal_webhooks import Webhook
from receivers import PATH, SECRET, Receiver

GIVES_UP = 120
"""Seconds without an acknowledgement, after which nothing more is sent."""

PATIENCE = 15
"""Seconds that the sender waits for an answer."""


class Sender:
    """A sender with one connection to each receiver, which carries one delivery at a time.

    :param events: How many events there are.
    :param deliveries: How many times each of them is delivered.
    """

    def __init__(self, events: int, deliveries: int, seed: int, journal: Journal) -> None:
        self._webhook = Webhook(SECRET)
        self._journal = journal
        self._random = random.Random(seed)
        self.bodies = [body(number) for number in range(events)]
        self.keys = [self._key(one) for one in self.bodies]
        self._due: list[tuple[float, int, int]] = [
            (self._place(number, events), number, copy)
            for number in range(events)
            for copy in range(deliveries)
        ]
        heapq.heapify(self._due)
        self.deliveries = len(self._due)
        self.acknowledged = 0
        self.requests = 0
        self._last_acknowledged = time.monotonic()
        self.sent_all = asyncio.Event()
        """Each delivery has been sent once, and some have to be sent again."""
        self.ended = asyncio.Event()
        """Each delivery has been acknowledged, or this sender has given up."""

    def _place(self, number: int, events: int) -> float:
        """Where a delivery comes in the order: near those of its event, or anywhere.

        All places are before the time at which a delivery is due again.
        """
        span = self._random.choice([20, events])
        return (number + span * self._random.random()) / (2 * events) - 1

    def _key(self, content: bytes) -> str:
        return self._webhook.unwrap(content, self._headers(content, "msg")).idempotency_key

    def _headers(self, content: bytes, id: str) -> dict[str, str]:
        now = int(time.time())
        return {
            "svix-id": id,
            "svix-timestamp": str(now),
            "svix-signature": self._webhook.sign(id, now, content),
        }

    @property
    def all_acknowledged(self) -> bool:
        return self.acknowledged == self.deliveries

    def _check_end(self) -> bool:
        gives_up = time.monotonic() - self._last_acknowledged > GIVES_UP
        if self.all_acknowledged or gives_up:
            self.ended.set()
        if self.ended.is_set() or (self._due and self._due[0][0] > 0):
            self.sent_all.set()
        return self.ended.is_set()

    async def send_to(self, receiver: Receiver) -> None:
        """Send what is due to this receiver until every delivery is acknowledged."""
        connection = Connection(receiver.port)
        while not self._check_end():
            if not self._due or self._due[0][0] > time.monotonic():
                await asyncio.sleep(0.01)
                continue
            _, number, copy = heapq.heappop(self._due)
            content = self.bodies[number]
            headers = self._headers(content, f"msg_{number}_{copy}")
            status = await connection.post(content, headers)
            self.requests += 1
            receiver.answered = receiver.answered or status == 200
            if status == 200:
                self._journal.write("acknowledged", self.keys[number])
                self.acknowledged += 1
                self._last_acknowledged = time.monotonic()
            else:
                # A sender waits for longer. Here an event meets the same trouble again.
                again = time.monotonic() + self._random.uniform(0.05, 1)
                heapq.heappush(self._due, (again, number, copy))
        connection.close()


class Connection:
    """A connection that is kept alive, and made again when it breaks."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, content: bytes, headers: dict[str, str]) -> int | None:
        """Return the status of the answer, or nothing if there was none."""
        try:
            return await asyncio.wait_for(self._post(content, headers), PATIENCE)
        except (OSError, EOFError, asyncio.TimeoutError):
            self.close()
            return None

    async def _post(self, content: bytes, headers: dict[str, str]) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        lines = [f"POST {PATH} HTTP/1.1", "host: localhost", "content-type: application/json"]
        lines += [f"content-length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        given = dict(line.split(": ", 1) for line in head[1:] if line)
        await reader.readexactly(int(given["content-length"]))
        return int(head[0].split()[1])

    def close(self) -> None:
        if self._streams is not None:
            with suppress(OSError):
                self._streams[1].close()
        self._streams = None


def body(number: int) -> bytes:
    event = {"id": f"evt_{number}", "type": "customer.at_risk", "data": {"object": {"id": "cus_1"}}}
    return json.dumps(event).encode()
