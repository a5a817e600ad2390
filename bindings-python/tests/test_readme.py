"""Every Python block of the README runs."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
import signing

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_there_are_blocks() -> None:
    assert BLOCKS


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(
    ("offset", "printed", "answer"),
    [(0, "customer.at_risk", 200), (-900, "timestamp_too_old", 401)],
)
def test_a_block_runs(
    block: str,
    offset: int,
    printed: str,
    answer: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PIVOTAL_WEBHOOK_SECRET", signing.SECRET)
    headers = signing.svix(timestamp=int(time.time()) + offset)
    names: dict[str, Any] = {"body": signing.BODY, "headers": headers}
    exec(block, names)
    assert capsys.readouterr().out == f"{printed}\n"
    assert names["answer"] == answer
