"""The receivers and workers of docs/queues.md with real queues, while receivers are killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import redis
from huey import SqliteHuey
from pivotal_webhooks import Webhook
from pivotal_webhooks.testing import SignedRequest, sample_event, signed_request
from signing import SECRET
from store_servers import needs_servers, redis_server
from wire import TIMEOUT, send

if TYPE_CHECKING:
    from typing_extensions import Self

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "queues.md").read_text("utf-8")

EVENTS = [f"evt_{number}" for number in range(8)]
KILLED = EVENTS[1::3]
"""The events at which a receiver is killed, after it has written their jobs."""


def documented(section: str) -> str:
    """The Python block of a section of the page."""
    (block,) = re.findall(rf"^## {section}\n\n```python\n(.*?)^```$", PAGE, re.S | re.M)
    return str(block)


class Folder:
    """A folder with a documented receiver and worker in its `jobs.py`."""

    def __init__(self, path: Path, section: str, **environment: str) -> None:
        self.path = path
        path.joinpath("jobs.py").write_text(documented(section), "utf-8")
        self.environment = {
            **os.environ,
            "PIVOTAL_WEBHOOK_SECRET": SECRET,
            "PYTHONPATH": os.pathsep.join([str(path), os.environ.get("PYTHONPATH", "")]),
            **environment,
        }
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            kill(process)

    def deliver(self) -> None:
        """Deliver every event until it is acknowledged, and kill receivers meanwhile."""
        receiver, port = self._receiver()
        for event in EVENTS:
            if event in KILLED:
                with ThreadPoolExecutor() as pool:
                    answer = pool.submit(deliver, port, event, ("x-never-answer", "1"))
                    assert line_of(receiver) == "the job is written\n"
                    kill(receiver)
                    assert isinstance(answer.exception(), ConnectionError)
                receiver, port = self._receiver()
            else:
                assert deliver(port, event) == 200
        for event in KILLED:
            assert deliver(port, event) == 200
        kill(receiver)

    def _receiver(self) -> tuple[subprocess.Popen[str], int]:
        # With the time at which this process signs.
        programs = map(Path(__file__).with_name, ["at_now.py", "serving_jobs.py"])
        receiver = subprocess.Popen(
            [sys.executable, *map(str, programs)],
            cwd=self.path,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
        )
        self._processes.append(receiver)
        return receiver, int(line_of(receiver))

    def work(self, *arguments: str, is_idle: Callable[[], bool], end: signal.Signals) -> str:
        """Run a worker until its queue is empty, and return what it printed."""
        log = self.path / "log"
        with log.open("w") as output:
            worker = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.path,
                env=self.environment,
                stdout=output,
                stderr=output,
            )
            until(lambda: is_idle() or worker.poll() is not None)
            worker.send_signal(end)
            worker.wait(TIMEOUT)
        return log.read_text()


def deliver(port: int, event: str, *headers: tuple[str, str]) -> int:
    """Send an event, and return the status of the answer."""
    request = request_of(event)
    return send(port, "/", request.body, [*request.headers.items(), *headers]).status


def request_of(event: str) -> SignedRequest:
    return signed_request(sample_event("customer.at_risk", id=event), SECRET)


def line_of(receiver: subprocess.Popen[str]) -> str:
    assert receiver.stdout is not None
    return receiver.stdout.readline()


def kill(receiver: subprocess.Popen[str]) -> None:
    receiver.kill()
    receiver.wait()
    assert receiver.stdout is not None
    receiver.stdout.close()


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(20 * TIMEOUT):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it took too long")


def handled(printed: str) -> Counter[str]:
    """How many times each event was handled, by what the documented handler prints."""
    return Counter(re.findall(r"\bevt_\d+", printed))


def keys() -> list[str]:
    """The keys of all jobs, in the order in which they were written."""
    webhook = Webhook(SECRET)
    requests = map(request_of, [*EVENTS, *KILLED])
    return [webhook.unwrap(one.body, one.headers).idempotency_key for one in requests]


@needs_servers
def test_celery_loses_no_event_and_completes_none_twice(tmp_path: Path) -> None:
    with (
        redis_server() as port,
        redis.Redis(port=port) as client,
        Folder(tmp_path, "Celery", REDIS_URL=f"redis://127.0.0.1:{port}") as folder,
    ):
        folder.deliver()
        messages = [json.loads(message) for message in client.lrange("celery", 0, -1)]
        assert [message["headers"]["id"] for message in reversed(messages)] == keys()

        def is_idle() -> bool:
            return bool(client.llen("celery") == client.hlen("unacked") == 0)

        worker = ["-m", "celery", "-A", "jobs:celery", "worker", "--concurrency", "2"]
        printed = folder.work(*worker, is_idle=is_idle, end=signal.SIGTERM)
        assert handled(printed) == Counter(EVENTS), printed


def test_huey_loses_no_event_and_completes_none_twice(tmp_path: Path) -> None:
    with Folder(tmp_path, "Huey") as folder:
        folder.deliver()
        huey = SqliteHuey(filename=str(tmp_path / "jobs.db"))
        jobs = [huey.serializer.deserialize(job) for job in huey.storage.enqueued_items()]
        assert [job.id for job in jobs] == keys()

        def is_idle() -> bool:
            return not huey.storage.queue_size() and not huey.storage.schedule_size()

        worker = ["-m", "huey.bin.huey_consumer", "jobs.huey", "--workers", "2"]
        printed = folder.work(*worker, is_idle=is_idle, end=signal.SIGINT)
        huey.storage.close()
        assert handled(printed) == Counter(EVENTS), printed
