"""Uses a command of the tool.

`python cli/tests/packages/answers.py COMMAND...` prints its version.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "bindings-python" / "tests"))

import signing

ROOT = Path(__file__).resolve().parents[3]

ENVIRONMENT = {**os.environ, "PIVOTAL_WEBHOOK_SECRET": signing.SECRET}


def check(command: list[str]) -> str:
    """Let the command verify a genuine and a forged delivery, and return its version."""
    genuine, forged = signing.BODY, signing.BODY.replace(b"evt_1", b"evt_2")
    code, result = verify(command, genuine)
    assert (code, result["event"]["type"]) == (0, "customer.at_risk"), result
    code, result = verify(command, forged)
    assert (code, result["error"]["code"]) == (7, "signature_mismatch"), result
    version = subprocess.run([*command, "--version"], check=True, capture_output=True, text=True)
    return version.stdout.strip()


def request(body: bytes) -> bytes:
    """A delivery with this body, and with the signature of the genuine one."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in signing.svix().items())
    head = f"POST /hook HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def verify(command: list[str], body: bytes) -> tuple[int, dict[str, dict[str, str]]]:
    arguments = ["verify", "--json", "--at", str(signing.NOW)]
    ran = subprocess.run(
        [*command, *arguments], input=request(body), capture_output=True, env=ENVIRONMENT
    )
    assert not ran.stderr, ran.stderr
    return ran.returncode, json.loads(ran.stdout)


if __name__ == "__main__":
    print(check(sys.argv[1:]))
