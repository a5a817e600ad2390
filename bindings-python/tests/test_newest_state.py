"""Delivers events out of order to examples/newest-state, which keeps a contact's newest state."""

from __future__ import annotations

import importlib.util
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pivotal_webhooks.testing import SignedRequest, sample_event, signed_request
from signing import SECRET

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "newest-state" / "app.py"
# The third is written with an offset: as a text it sorts before the second, and it is later.
TIMES = [
    "2026-06-01T10:00:00Z",
    "2026-06-01T10:00:01.5Z",
    "2026-06-01T05:00:02-05:30",
    "2026-06-01T10:35:00Z",
]
TYPES = ["contact.created", "contact.updated", "contact.updated", "contact.deleted"]


def events(contact: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number, (type, created_at) in enumerate(zip(TYPES, TIMES, strict=True)):
        record = {"id": contact, "email": f"state-{number}@example.com"}
        made.append(sample_event(type, created_at=created_at, data={"object": record}))
    return made


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DATABASE", str(tmp_path / "contacts.db"))
    monkeypatch.setenv("PIVOTAL_WEBHOOK_SECRET", SECRET)
    spec = importlib.util.spec_from_file_location("newest_state", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def deliver(example: Any, request: SignedRequest) -> None:
    client = TestClient(example.app)
    answer = client.post("/webhooks/pivotal", content=request.body, headers=request.headers)
    assert (answer.status_code, answer.text) == (200, "ok")


def contact(example: Any, id: str) -> tuple[str, int]:
    connection = sqlite3.connect(example.DATABASE)
    select = "SELECT email, is_deleted FROM contacts WHERE id = ?"
    row: tuple[str, int] = connection.execute(select, [id]).fetchone()
    connection.close()
    return row


def test_the_newest_state_wins_in_every_order(example: Any) -> None:
    for number, order in enumerate(permutations(range(len(TYPES)))):
        made = events(f"con_{number}")
        newest = -1
        for place in order:
            request = signed_request(made[place], SECRET)
            deliver(example, request)
            deliver(example, request.again())
            newest = max(newest, place)
            state = (f"state-{newest}@example.com", int(TYPES[newest] == "contact.deleted"))
            assert contact(example, f"con_{number}") == state


def test_the_newest_state_wins_when_all_arrive_at_once(example: Any) -> None:
    requests = [signed_request(event, SECRET) for event in events("con_1")] * 4
    with ThreadPoolExecutor(len(requests)) as pool:
        list(pool.map(partial(deliver, example), requests))
    assert contact(example, "con_1") == ("state-3@example.com", 1)


def test_other_events_are_acknowledged(example: Any) -> None:
    deliver(example, signed_request(sample_event("customer.at_risk"), SECRET))
