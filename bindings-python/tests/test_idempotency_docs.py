"""Every Python block of docs/idempotency.md runs, and does what the page says."""

from __future__ import annotations

import io
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pivotal_webhooks import idempotency
from pivotal_webhooks.idempotency import DONE, MemoryStore
from pivotal_webhooks.testing import SignedRequest, sample_event, signed_request
from signing import SECRET
from starlette.testclient import TestClient
from store_cases import SCENARIOS, Case, Clock, outcome
from werkzeug.test import Client

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "idempotency.md").read_text("utf-8")
FIRST, FASTAPI, TRANSACTION, ORDER, COUNTING_STORE, DYNAMO_STORE = re.findall(
    r"^```python\n(.*?)^```$", PAGE, re.S | re.M
)
WITHOUT_CLOCK = [
    scenario for scenario in SCENARIOS if not any("clock" in step for step in scenario["steps"])
]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIVOTAL_WEBHOOK_SECRET", SECRET)
    yield
    sys.modules.pop("documented", None)


def run(block: str) -> dict[str, Any]:
    """Run a block in a module of its own, where frameworks look for its names."""
    module = ModuleType("documented")
    sys.modules[module.__name__] = module
    exec(block, vars(module))
    return vars(module)


def genuine() -> SignedRequest:
    return signed_request(sample_event("customer.at_risk"), SECRET)


@pytest.mark.parametrize(("block", "path"), [(FIRST, "/"), (FASTAPI, "/webhooks/pivotal")])
def test_a_documented_receiver_handles_an_event_once(
    block: str, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = run(block)
    client, request = TestClient(names["app"]), genuine()
    answers = [client.post(path, **request.httpx()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].text == "ok"
    assert (answers[0].text == "ok") == (block == FIRST)
    assert capsys.readouterr().out.count("customer.at_risk") == (block == FIRST)


def test_the_documented_transaction_writes_the_effect_once() -> None:
    with closing(sqlite3.connect("webhooks.db")) as connection:
        connection.execute("CREATE TABLE calls (event TEXT)")
    app, request = run(TRANSACTION)["app"], genuine()
    for _ in range(2):
        environ = {
            "wsgi.version": (1, 0),
            "REQUEST_METHOD": "POST",
            "CONTENT_LENGTH": str(len(request.body)),
            "wsgi.input": io.BytesIO(request.body),
            **{f"HTTP_{name.upper().replace('-', '_')}": v for name, v in request.headers.items()},
        }
        statuses: list[str] = []
        app(environ, lambda status, _, statuses=statuses: statuses.append(status))
        assert statuses == ["200 OK"]
    with closing(sqlite3.connect("webhooks.db")) as connection:
        assert connection.execute("SELECT count(*) FROM calls").fetchone() == (1,)


def test_the_documented_store_counts() -> None:
    store = run(COUNTING_STORE)["CountingStore"](MemoryStore())
    assert store.claim("key", "a", 1000) == 0
    assert store.complete("key", "a", 1000)
    assert store.claim("key", "b", 1000) == DONE
    assert store.claims == 2


@pytest.fixture
def dynamo() -> Iterator[Case]:
    clock = Clock(1_750_000_000)
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-central-1")
        client.create_table(
            TableName="webhook_events",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        store = run(DYNAMO_STORE)["DynamoStore"](client, "webhook_events", clock)
        yield Case(store, store, clock.advance, clock.advance, lambda: None)


@pytest.mark.parametrize("scenario", WITHOUT_CLOCK, ids=[one["name"] for one in WITHOUT_CLOCK])
def test_the_documented_dynamo_store_does_what_the_scenario_says(
    dynamo: Case, scenario: dict[str, Any]
) -> None:
    for number, step in enumerate(scenario["steps"]):
        assert outcome(dynamo, step) == step.get("gives"), f"step {number}: {step}"


def test_the_page_names_what_there_is() -> None:
    named = set(re.findall(r"`((?:Async)?[A-Z]?\w+Store)\b", PAGE))
    # One is documented there, and the other is JavaScript's.
    named -= {"CountingStore", "DurableObjectStore"}
    assert named >= {"MemoryStore", "SqliteStore", "RedisStore", "PostgresStore"}
    assert all(hasattr(idempotency, name) for name in named)
    for test in re.findall(r"`(test_\w+)`", THREATS):
        assert f"def {test}(" in TESTS


FOLDER = Path(__file__).parent
THREATS = (FOLDER.parents[1] / "docs" / "threats.md").read_text("utf-8")
TESTS = "\n".join(file.read_text("utf-8") for file in sorted(FOLDER.glob("*.py")))


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]])
def test_the_documented_upsert_keeps_the_newest_state(order: list[int]) -> None:
    with closing(sqlite3.connect("crm.db")) as connection:
        connection.execute("CREATE TABLE customers (id PRIMARY KEY, health_score, changed_at)")
        client = Client(run(ORDER)["app"])
        # The second and the third are one second apart, and the texts sort the other way round.
        times = ["2026-05-26T18:42:00Z", "2026-05-26T20:42:01+02:00", "2026-05-26T18:42:02.500Z"]
        for number in order:
            customer = {"object": {"id": "cus_1", "health_score": number}}
            sample = sample_event(
                "customer.health_score_dropped", created_at=times[number], data=customer
            )
            assert client.post("/", **signed_request(sample, SECRET).flask()).status_code == 200
        rows = connection.execute("SELECT id, health_score FROM customers").fetchall()
    assert rows == [("cus_1", 2)]
