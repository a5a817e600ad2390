"""What an editor shows for the names that users write, from the language server of basedpyright."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """from typing import Annotated

from fastapi import Depends, FastAPI
from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent, PivotEvent
from pivotal_webhooks.fastapi import WebhookReceiver

app = FastAPI()
webhook = Webhook("secret")
pivot = Webhook.pivot("secret")
receiver = WebhookReceiver(webhook)


@app.post("/")
async def receive(event: Annotated[PivotalEvent, Depends(receiver)]) -> None:
    if event.type == "customer.at_risk":
        customer = event.object
        score = customer.get("health_score")


def handle(pivotal: PivotalEvent, message: PivotEvent) -> None:
    unwrapped = webhook.unwrap(b"", {})
"""
FILE = Path(__file__).with_name("hovered.py")


class Editor:
    """A client of the language server with one open file."""

    def __init__(self) -> None:
        server = Path(sys.executable).with_name("basedpyright-langserver")
        self._server = subprocess.Popen(
            [server, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._number = 0
        folder = {"uri": FILE.parent.as_uri(), "name": "tests"}
        self._call(
            "initialize",
            {
                "processId": None,
                "rootUri": folder["uri"],
                "workspaceFolders": [folder],
                "capabilities": {
                    "workspace": {"configuration": True},
                    "textDocument": {"hover": {"contentFormat": ["plaintext"]}},
                },
            },
        )
        self._send("initialized", {})
        document = {"uri": FILE.as_uri(), "languageId": "python", "version": 1, "text": PROGRAM}
        self._send("textDocument/didOpen", {"textDocument": document})

    def hover(self, before: str, name: str) -> str:
        """Return what is shown for a name, where this text precedes it."""
        at = PROGRAM.index(before + name) + len(before)
        line = PROGRAM.count("\n", 0, at)
        character = at - (PROGRAM.rfind("\n", 0, at) + 1)
        place = {"line": line, "character": character}
        shown = self._call(
            "textDocument/hover", {"textDocument": {"uri": FILE.as_uri()}, "position": place}
        )
        return str(shown["contents"]["value"])

    def close(self) -> None:
        self._server.kill()
        self._server.communicate()

    def _call(self, method: str, params: dict[str, Any]) -> Any:
        self._number += 1
        self._send(method, params, id=self._number)
        while True:
            message = self._read()
            if "method" in message:
                if "id" in message:  # the server asks for the configuration
                    self._write({"id": message["id"], "result": self._settings(message)})
            elif message["id"] == self._number:
                assert "error" not in message, message
                return message["result"]

    def _settings(self, message: dict[str, Any]) -> list[dict[str, str] | None]:
        params: dict[str, Any] = message.get("params") or {}
        asked: list[dict[str, Any]] = params.get("items", [])
        python = {"pythonPath": sys.executable}
        return [python if item.get("section") == "python" else None for item in asked]

    def _send(self, method: str, params: dict[str, Any], **more: object) -> None:
        self._write({"method": method, "params": params, **more})

    def _write(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._server.stdin
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self._server.stdin.flush()

    def _read(self) -> dict[str, Any]:
        output = self._server.stdout
        assert output
        length = 0
        while line := output.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server has ended"
        message: dict[str, Any] = json.loads(output.read(length))
        return message


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    opened = Editor()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("before", "name", "shown"),
    [
        ("receive(", "event", "(parameter) event: PivotalEvent"),
        ("handle(", "pivotal", "(parameter) pivotal: PivotalEvent"),
        ("PivotalEvent, ", "message", "(parameter) message: PivotEvent"),
        ("", "webhook =", "(variable) webhook: Webhook[PivotalEvent]"),
        ("", "pivot =", "(variable) pivot: Webhook[PivotEvent]"),
        ("    ", "unwrapped", "(variable) unwrapped: PivotalEvent"),
        ("        ", "customer", "(variable) customer: Customer"),
        ("        ", "score", "(variable) score: int | None"),
        ("event.", "object", "(property) object: Customer"),
    ],
)
def test_a_type_is_shown_by_its_name(editor: Editor, before: str, name: str, shown: str) -> None:
    assert editor.hover(before, name).splitlines()[0] == shown


def test_a_documented_name_is_shown_with_its_documentation(editor: Editor) -> None:
    unwrap = editor.hover("webhook.", "unwrap")
    assert ") -> PivotalEvent" in unwrap
    assert "Verify a delivery and return its event" in unwrap
    assert ":raises WebhookVerificationError: " in unwrap
    assert "The record that the event is about" in editor.hover("event.", "object")
