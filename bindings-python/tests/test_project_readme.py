"""The handler on the first screen of the project's README runs as it stands there."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serving
import signing
import wire

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    (handler,) = BLOCKS
    names: dict[str, Any] = {"__name__": "readme"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIVOTAL_WEBHOOK_SECRET", signing.SECRET)
        exec(handler, names)
    with serving.served(names["app"]) as port:
        yield port


@pytest.mark.parametrize("sign", [signing.svix, signing.pivotal])
def test_a_genuine_delivery_is_answered_with_what_it_is(port: int, sign: Any) -> None:
    now = int(time.time())
    headers = sign(timestamp=now)
    answer = wire.send(port, "/webhooks/pivotal", signing.BODY, headers.items())
    assert (answer.status, answer.json()) == (200, "call somebody")
    other = signing.BODY.replace(b"at_risk", b"churned")
    answer = wire.send(port, "/webhooks/pivotal", other, sign(other, timestamp=now).items())
    assert (answer.status, answer.json()) == (200, "customer.churned · evt_1")


def test_a_forged_delivery_is_refused(port: int) -> None:
    headers = signing.svix(timestamp=int(time.time()))
    answer = wire.send(port, "/webhooks/pivotal", signing.BODY + b" ", headers.items())
    assert (answer.status, answer.json()) == (401, {"detail": "refused"})
