"""The Python blocks of docs/queues.md that name no queue: a job of the receiver reaches the worker.

`test_queues.py` runs the others.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from pivotal_webhooks import restore_trusted
from pivotal_webhooks.testing import event, sample_event, signed_request
from signing import SECRET

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "queues.md").read_text("utf-8")
OTHER = PAGE[PAGE.index("## Another queue") :]
RECEIVER, WORKER = re.findall(r"^```python\n(.*?)^```$", OTHER, re.S | re.M)
(FORMAT,) = re.findall(r"^```text\n(.*?)\n```$", PAGE, re.S | re.M)


def test_a_job_of_the_documented_receiver_reaches_the_worker(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIVOTAL_WEBHOOK_SECRET", SECRET)
    jobs: dict[str, bytes] = {}

    def enqueue(job: bytes, *, job_id: str) -> None:
        jobs[job_id] = job

    receiver: dict[str, Any] = {"enqueue": enqueue}
    exec(RECEIVER, receiver)
    request = signed_request(sample_event("customer.at_risk", id="evt_7"), SECRET)
    environ = {
        "wsgi.version": (1, 0),
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.input": io.BytesIO(request.body),
        **{
            f"HTTP_{name.upper().replace('-', '_')}": text for name, text in request.headers.items()
        },
    }
    statuses: list[str] = []
    receiver["app"](environ, lambda status, *_: statuses.append(status))
    assert statuses == ["200 OK"]

    worker: dict[str, Any] = {}
    exec(WORKER, worker)
    ((key, job),) = jobs.items()
    assert restore_trusted(job).idempotency_key == key
    worker["work"](job)
    assert capsys.readouterr().out.startswith("evt_7 ")


def test_the_documented_format_is_a_dump() -> None:
    restored = restore_trusted(FORMAT)
    assert (restored.id, restored.delivery.id) == ("evt_1", "msg_1")
    assert restored.dump() == FORMAT.encode()
    assert event("task.completed").dump().count(b"\n") == 1
