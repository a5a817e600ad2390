"""Imports the installed package in a second interpreter, which must refuse it, and goes on.

For every Python from 3.12 on; earlier ones load it, at the user's risk. Needs nothing else
installed: `python tests/second_interpreter.py`.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys

import signing
from pivotal_webhooks import Webhook

ATTEMPT = """
import os

try:
    import pivotal_webhooks
except ImportError as error:
    answer = str(error)
else:
    answer = "it was loaded"
os.write({output}, answer.encode())
"""


def main() -> int:
    print(f"{platform.python_implementation()} {platform.python_version()}")
    # Not a comparison of tuples: type checkers, which believe in one version, would end here.
    minor = sys.version_info.minor
    if minor < 12:
        return 0
    interpreters = importlib.import_module("_interpreters" if minor > 12 else "_xxsubinterpreters")
    for _ in range(3):
        answer, output = os.pipe()
        second = interpreters.create()
        failure = interpreters.run_string(second, ATTEMPT.format(output=output))
        interpreters.destroy(second)
        os.close(output)
        with os.fdopen(answer, encoding="utf-8") as file:
            said = file.read()
        print(said)
        assert failure is None, failure
        assert "interpreter" in said, said
        webhook = Webhook(signing.SECRET, clock=lambda: signing.NOW)
        assert webhook.verify(signing.BODY, signing.svix())["id"] == "evt_1"
    return 0


if __name__ == "__main__":
    sys.exit(main())
