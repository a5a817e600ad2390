"""What a panic in native code becomes, shown with a build that panics on a marked body."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from wire import TIMEOUT

HERE = Path(__file__).parent

PROGRAM = """
import sys
import pivotal_webhooks
from pivotal_webhooks import Webhook, WebhookVerificationError
import signing

assert pivotal_webhooks.__file__.startswith(sys.argv[1]), pivotal_webhooks.__file__
probe = b"pivotal-webhooks panic probe"
webhook = Webhook(signing.SECRET, clock=lambda: signing.NOW)
calls = [
    lambda: webhook.verify(probe, {}),
    lambda: webhook.verify(bytearray(probe), signing.svix()),
    lambda: webhook.verify(probe.decode(), []),
    lambda: webhook.unwrap(probe, {}),
    lambda: webhook.verify_signature(probe, {}),
    lambda: webhook.sign(signing.ID, signing.NOW, probe),
    lambda: Webhook.pivot(signing.SECRET).verify(memoryview(probe), {}),
]
for call in calls:
    try:
        call()
    except Exception as error:
        assert type(error) is WebhookVerificationError, error
        assert (error.code, error.status) == ("internal", 500), error
        assert error.header is error.path is error.reason is error.skew is error.tolerance is None
        assert str(error).endswith("(internal)") and error.help
    else:
        raise AssertionError("a panic passed")
for _ in range(1000):
    assert webhook.verify(signing.BODY, signing.svix())["id"] == "evt_1"
    assert webhook.unwrap(signing.BODY, signing.svix()).id == "evt_1"
    try:
        webhook.verify(signing.BODY + b" ", signing.svix())
    except WebhookVerificationError as error:
        assert error.code == "signature_mismatch"
    else:
        raise AssertionError("a tampered body passed")
print(len(calls), "panics, 1000 deliveries")
"""


def test_a_panic_is_a_typed_error_and_the_process_lives() -> None:
    site = os.environ.get("PIVOTAL_PROBE_SITE")
    if not site:
        pytest.fail("PIVOTAL_PROBE_SITE is not set: use `cargo xtask test`, which builds the probe")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([site, str(HERE)])}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, site],
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == "7 panics, 1000 deliveries\n"
