"""A TCP proxy in a process of its own. Killing it cuts off all who are connected through it."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress


def run(listener: socket.socket, port: int) -> None:
    """Pass every connection on to a port of this machine, until the process is killed."""
    asyncio.run(_serve(listener, port))


async def _serve(listener: socket.socket, port: int) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass(reader, there[1]), _pass(there[0], writer))

    server = await asyncio.start_server(connected, sock=listener)
    await server.serve_forever()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()
