"""Servers for the tests of stores: each on a free loopback port, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from glob import glob
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
import redis
from wire import TIMEOUT

LEFT_OUT = "PIVOTAL_WITHOUT_SERVERS"
"""`cargo xtask test --without-servers` sets this variable."""

needs_servers = pytest.mark.skipif(LEFT_OUT in os.environ, reason="--without-servers")


@contextmanager
def redis_server() -> Iterator[int]:
    """Run a Redis server, and give its port."""
    port = free_port()
    with TemporaryDirectory() as folder, redis_process(folder, port, "--save", ""):
        yield port


@contextmanager
def valkey_server() -> Iterator[int]:
    """Run a Valkey server, and give its port."""
    port, program = free_port(), os.environ.get("PIVOTAL_VALKEY", "valkey-server")
    options = ("--save", "")
    with TemporaryDirectory() as folder, redis_process(folder, port, *options, program=program):
        yield port


@contextmanager
def redis_process(
    folder: str, port: int, *options: str, program: str = "redis-server"
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server of the Redis protocol that keeps its files in a folder."""
    program = _program(program, program)
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]

    def is_ready() -> bool:
        with redis.Redis(port=port) as client:
            return bool(client.ping())

    log = Path(folder, "log")
    with _running([*command, "--logfile", log.name, *options], is_ready, log) as process:
        yield process


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a PostgreSQL server, and give the URL of an empty database."""
    folders = sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True)
    program = Path(_program("postgres", "postgresql", *folders))
    # The server refuses to run as root.
    user = "postgres" if os.getuid() == 0 else None
    with TemporaryDirectory() as folder:
        data, log = Path(folder, "data"), Path(folder, "log")
        if user is not None:
            shutil.chown(folder, user)
        make = [str(program.with_name("initdb")), "--pgdata", str(data), "--username", "test"]
        make += ["--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C"]
        subprocess.run(make, user=user, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        port = free_port()
        dsn = f"postgresql://test@127.0.0.1:{port}/postgres"
        command = [str(program), "-D", str(data), "-p", str(port), "-F"]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]

        def is_ready() -> bool:
            psycopg.connect(dsn).close()
            return True

        with _running(command, is_ready, log, user):
            yield dsn


@contextmanager
def _running(
    command: list[str], is_ready: Callable[[], bool], log: Path, user: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with open(log, "ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, user=user, cwd=log.parent)
        try:
            _wait(process, is_ready, log)
            yield process
        finally:
            # SIGINT is a fast shutdown for PostgreSQL, and a shutdown for Redis.
            process.send_signal(2)
            with suppress(subprocess.TimeoutExpired):
                process.wait(TIMEOUT)
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path) -> None:
    for _ in range(20 * TIMEOUT):
        if process.poll() is not None:
            break
        with suppress(redis.ConnectionError, psycopg.OperationalError):
            if is_ready():
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server does not answer:\n{log.read_text()}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _program(name: str, package: str, *folders: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", "")]))
    if found is None:
        raise FileNotFoundError(
            f"{name} is not installed: install Debian's package {package}, or set {LEFT_OUT}"
        )
    return found
