"""Sends hostile traffic to a receiver: `python assurance/load/client.py NAME COMMAND…`.

The command starts the receiver, which prints its port and the id of its process. Each figure is
printed as one line of JSON, as `cargo xtask assure` records it.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import hmac
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

AT = 1_774_000_000
KEY = os.urandom(24)
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
MAX_BODY = 1024 * 1024
"""The default."""

CONNECTIONS = 8
ROUNDS = 10
DELIVERIES = 50
"""How many genuine deliveries a connection sends in a round."""

ENTRIES = 200_000

HALF_OPEN = 1000
"""How many bodies stop after a part of their bytes at the same time."""
PART = 128 * 1024
BESIDE = 200
"""How many genuine deliveries arrive beside them, one after the other."""
TRIES = 3
WARMING = 200
ENDLESS = 250
"""How many bodies without an end arrive at the same time."""
IN_PIECES = 64
"""How many bodies arrive in pieces of one byte at the same time."""

PATIENCE = 600
"""How many seconds a part may take."""

OBJECT = {"id": "cus_2N", "name": "Acme Corp", "health_score": 12, "note": "x" * 850}
BODY = json.dumps({"id": "evt_1", "type": "customer.at_risk", "data": {"object": OBJECT}}).encode()
CHUNKED = ["transfer-encoding: chunked"]


def head(body: bytes, framing: list[str] | None = None, *, forged: bool = False) -> bytes:
    mac = hmac.digest(KEY, f"msg_1.{AT}.".encode() + body, hashlib.sha256)
    if forged:
        mac = bytes([mac[0] ^ 1]) + mac[1:]
    lines = [
        "POST / HTTP/1.1",
        "host: localhost",
        "content-type: application/json",
        "svix-id: msg_1",
        f"svix-timestamp: {AT}",
        f"svix-signature: v1,{base64.b64encode(mac).decode()}",
        *(framing or [f"content-length: {len(body)}"]),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


GENUINE = head(BODY) + BODY
FORGED = head(BODY, forged=True) + BODY


class Connection(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, port: int) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def status(self) -> int:
        """Reads an answer."""
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in lines if line)
        if headers.get(b"transfer-encoding") == b"chunked":
            while (await self.reader.readuntil(b"\r\n")) != b"0\r\n":
                await self.reader.readuntil(b"\r\n")
            await self.reader.readuntil(b"\r\n")
        else:
            await self.reader.readexactly(int(headers.get(b"content-length", 0)))
        return int(first.split()[1])

    async def send(self, request: bytes) -> int:
        self.writer.write(request)
        return await self.status()


async def delivered(port: int, request: bytes) -> int:
    """The status of a delivery by a connection of its own, which is repeated as senders do.

    A server closes a connection whose request it could not read in time, on a busy machine too.
    """
    for _ in range(TRIES):
        connection = await Connection.to(port)
        try:
            return await connection.send(request)
        except (ConnectionError, asyncio.IncompleteReadError):
            continue
        finally:
            connection.writer.close()
    return 0


class Receiver(NamedTuple):
    name: str
    port: int
    process: int

    @property
    def resident(self) -> int:
        return self.memory("VmRSS")

    def memory(self, name: str) -> int:
        """Bytes of the process, by their name in Linux."""
        status = Path(f"/proc/{self.process}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(name))
        return int(line.split()[1]) * 1024

    async def growth(self, attack: Callable[[], Awaitable[object]]) -> int:
        """How far the memory of the process rises during an attack, above what it was before it."""
        Path(f"/proc/{self.process}/clear_refs").write_text("5")  # starts the peak anew
        before = self.resident
        await attack()
        return max(0, self.memory("VmHWM") - before)

    def tell(self, about: str, measured: str, goal: str, *, is_met: bool) -> None:
        figure = {"about": f"{about}, {self.name}", "measured": measured, "goal": goal}
        print(json.dumps({**figure, "is_met": is_met}), flush=True)

    def tell_memory(self, about: str, growth: int, requests: int) -> None:
        each = growth / requests / 1024
        most = 2 * MAX_BODY / 1024
        measured, goal = f"{each:.0f} KiB", f"at most {most:.0f} KiB"
        about = f"memory for each of {requests} requests with {about}"
        self.tell(about, measured, goal, is_met=each <= most)


async def forged_half(receiver: Receiver) -> None:
    """The latency of genuine deliveries, alone and between as many forged ones."""
    connections = [await Connection.to(receiver.port) for _ in range(CONNECTIONS)]

    async def phase(with_forged: bool, latencies: list[float]) -> None:
        async def send(connection: Connection) -> None:
            for _ in range(DELIVERIES):
                start = time.perf_counter()
                status = await connection.send(GENUINE)
                latencies.append(time.perf_counter() - start)
                assert status == 200, status
                if with_forged:
                    status = await connection.send(FORGED)
                    assert status == 401, status

        await asyncio.gather(*map(send, connections))

    for _ in range(3):
        await phase(True, [])
    clean: list[float] = []
    mixed: list[float] = []
    gc.disable()
    for _ in range(ROUNDS):
        await phase(False, clean)
        await phase(True, mixed)
    gc.enable()
    alone, between = (statistics.quantiles(each, n=100)[98] for each in (clean, mixed))
    ratio = between / alone
    about = (
        f"99th percentile of the latency of {len(mixed)} genuine deliveries between as many forged "
        f"ones, divided by that of genuine ones alone ({alone * 1000:.1f} ms)"
    )
    receiver.tell(about, f"{ratio:.2f}", "at most 2", is_met=ratio <= 2)
    for connection in connections:
        connection.writer.close()


async def endless(receiver: Receiver) -> None:
    piece = b"10000\r\n" + bytes(0x10000) + b"\r\n"

    async def pour() -> int | None:
        connection = await Connection.to(receiver.port)
        writer = connection.writer
        writer.write(head(b"", CHUNKED))
        answer = asyncio.ensure_future(connection.status())
        with suppress(ConnectionError):
            for _ in range(4096):
                if answer.done():
                    break
                writer.write(piece)
                await writer.drain()
        try:
            return await answer
        except (ConnectionError, asyncio.IncompleteReadError):
            return None  # It has closed the connection instead.
        finally:
            writer.close()

    statuses: list[int | None] = []

    async def attack() -> None:
        statuses.extend(await asyncio.gather(*[pour() for _ in range(ENDLESS)]))

    growth = await receiver.growth(attack)
    assert set(statuses) <= {413, None}, statuses
    receiver.tell_memory("a body without an end", growth, ENDLESS)


async def pieces_of_one_byte(receiver: Receiver) -> None:
    body = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY.ljust(8192)) + b"0\r\n\r\n"
    request = head(BODY.ljust(8192), CHUNKED) + body

    async def attack() -> None:
        requests = [delivered(receiver.port, request) for _ in range(IN_PIECES)]
        statuses = await asyncio.gather(*requests)
        assert set(statuses) == {200}, statuses

    growth = await receiver.growth(attack)
    receiver.tell_memory("a body of 8192 pieces of one byte", growth, IN_PIECES)


async def half_open(receiver: Receiver) -> None:
    """Bodies of which the most never comes, and genuine deliveries beside them."""
    part = head(bytes(MAX_BODY)) + bytes(PART)
    connections: list[Connection] = []
    statuses: list[int] = []

    async def attack() -> None:
        for _ in range(HALF_OPEN):
            connection = await Connection.to(receiver.port)
            connection.writer.write(part)
            connections.append(connection)
        await asyncio.gather(*[each.writer.drain() for each in connections])
        statuses.extend([await delivered(receiver.port, GENUINE) for _ in range(BESIDE)])

    growth = await receiver.growth(attack)
    receiver.tell_memory(f"the first {PART // 1024} KiB of a body", growth, HALF_OPEN)
    answered = statuses.count(200)
    about = f"genuine deliveries answered while {HALF_OPEN} requests wait for their bodies"
    receiver.tell(about, str(answered), str(BESIDE), is_met=answered == BESIDE)
    for connection in connections:
        connection.writer.transport.abort()
    assert await delivered(receiver.port, GENUINE) == 200


async def many_signatures(receiver: Receiver) -> None:
    """A header that no server passes on: what a call makes of it is measured by the soak."""
    value = b" ".join([head(b"").split(b"svix-signature: ")[1].split(b"\r\n")[0]] * ENTRIES)
    lines = [f"svix-signature: {value.decode()}", "content-length: 2"]
    connection = await Connection.to(receiver.port)
    status: int | None = None
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        connection.writer.write(head(b"{}", lines) + b"{}")
        status = await connection.status()
    connection.writer.close()
    about = f"answer to a header of {ENTRIES} signatures"
    answer = "it closes the connection" if status is None else str(status)
    refused = status in (None, 400, 401, 431)
    receiver.tell(about, answer, "a refusal", is_met=refused)
    assert await delivered(receiver.port, GENUINE) == 200


@contextmanager
def started(name: str, command: list[str]) -> Iterator[Receiver]:
    environment = {**os.environ, "SECRET": SECRET, "MAX_BODY": str(MAX_BODY), "AT": str(AT)}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    try:
        assert server.stdout
        port, process = map(int, server.stdout.readline().split())
        yield Receiver(name, port, process)
    finally:
        server.terminate()
        server.wait()


PARTS = (half_open, endless, pieces_of_one_byte, many_signatures, forged_half)


async def attack(receiver: Receiver, part: Callable[[Receiver], Awaitable[None]]) -> None:
    for _ in range(WARMING):
        assert await delivered(receiver.port, GENUINE) == 200
    await asyncio.wait_for(part(receiver), PATIENCE)


def main() -> None:
    name, *command = sys.argv[1:]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for part in PARTS:
        start = time.monotonic()
        # One process for each: what an attack leaves behind would be room for the next one.
        with started(name, command) as receiver:
            asyncio.run(attack(receiver, part))
        print(f"   {name}: {part.__name__}, {time.monotonic() - start:.0f} s", file=sys.stderr)


main()
