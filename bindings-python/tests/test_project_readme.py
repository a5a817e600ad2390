"""The FastAPI receiver in the project's README runs as printed, and with the option `once`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serving
import signing
import wire

README = Path(__file__).resolve().parents[2] / "README.md"
RECEIVER, ONCE = re.findall(
    r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE
)


def app_of(source: str) -> Any:
    names: dict[str, Any] = {"__name__": "readme"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIVOTAL_WEBHOOK_SECRET", signing.SECRET)
        exec(source, names)
    return names["app"]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving.served(app_of(RECEIVER)) as port:
        yield port


def test_the_receiver_has_at_most_eight_lines_after_its_imports() -> None:
    lines = [line for line in RECEIVER.splitlines() if line.strip()]
    assert len([line for line in lines if not re.match(r"from |import ", line)]) <= 8


@pytest.mark.parametrize("sign", [signing.svix, signing.pivotal])
def test_the_handler_gets_a_genuine_delivery(
    port: int, sign: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = sign()
    answer = wire.send(port, "/webhooks/pivotal", signing.BODY, headers.items())
    assert answer.status == 200
    assert capsys.readouterr().out == "evt_1 None\n"
    other = signing.BODY.replace(b"at_risk", b"churned")
    answer = wire.send(port, "/webhooks/pivotal", other, sign(other).items())
    assert answer.status == 200
    assert capsys.readouterr().out == ""


def test_the_handler_does_not_get_a_forged_delivery(
    port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = signing.svix()
    answer = wire.send(port, "/webhooks/pivotal", signing.BODY + b" ", headers.items())
    assert answer.status == 401
    assert capsys.readouterr().out == ""


def test_the_option_once_runs_the_handler_once_for_each_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    receiver = "receiver = WebhookReceiver(webhook)\n"
    assert RECEIVER.count(receiver) == 1
    with serving.served(app_of(RECEIVER.replace(receiver, ONCE))) as port:
        for _ in range(2):
            headers = signing.svix().items()
            assert wire.send(port, "/webhooks/pivotal", signing.BODY, headers).status == 200
    assert capsys.readouterr().out == "evt_1 None\n"
    assert (tmp_path / "webhooks.db").exists()
