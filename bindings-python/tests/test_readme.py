"""Every Python block of the README runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pydantic
import pytest
import signing
from pivotal_webhooks import Webhook
from signing import NOW, SECRET

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
AT_RISK = (
    b'{"id":"evt_1","type":"customer.at_risk","data":{"object":{"id":"cus_2N","health_score":38,'
    b'"owner_email":"sam@example.com"}}}'
)


def run(block: str, **names: Any) -> dict[str, Any]:
    exec(block, names)
    return names


def unwrapped(body: bytes) -> Any:
    return Webhook(SECRET, clock=lambda: NOW).unwrap(body, signing.svix(body))


@pytest.mark.parametrize(
    ("offset", "printed", "answer"),
    [(0, "cus_2N sam@example.com", 200), (-900, "timestamp_too_old", 401)],
)
def test_the_first_block_receives(
    offset: int,
    printed: str,
    answer: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PIVOTAL_WEBHOOK_SECRET", SECRET)
    headers = signing.svix(AT_RISK, timestamp=NOW + offset)
    names = run(BLOCKS[0], body=AT_RISK, headers=headers)
    assert capsys.readouterr().out == f"{printed}\n"
    assert names["answer"] == answer


def test_the_second_block_handles_every_event() -> None:
    handle = run(BLOCKS[1])["handle"]
    told = {
        "customer.at_risk": "at risk: sam@example.com",
        "customer.merged": "never seen: customer.merged",
        "customer.churned": "not handled: customer.churned",
    }
    for event_type, text in told.items():
        event = unwrapped(AT_RISK.replace(b"customer.at_risk", event_type.encode()))
        assert handle(event) == text


def test_the_third_block_validates_a_record() -> None:
    validated = run(BLOCKS[2], event=unwrapped(AT_RISK))["customer"]
    assert validated.model_dump() == json.loads(AT_RISK)["data"]["object"]
    with pytest.raises(pydantic.ValidationError):
        run(BLOCKS[2], event=unwrapped(AT_RISK.replace(b"38", b'"low"')))


def test_there_is_no_other_block() -> None:
    assert len(BLOCKS) == 3
