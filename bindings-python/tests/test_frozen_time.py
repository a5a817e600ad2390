"""Tools that set the time in tests set the time of a webhook without a clock of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """if True:
    import {tool}
    import signing
    from pivotal_webhooks import Webhook, WebhookVerificationError
    from signing import BODY, NOW, SECRET

    webhook = Webhook(SECRET)
    own = Webhook(SECRET, clock=lambda: NOW + 7)

    def outcome():
        try:
            return webhook.unwrap(BODY, signing.svix()).delivery.skew
        except WebhookVerificationError as error:
            return error.code

    with {freeze}:
        at_once = outcome()
        assert own.unwrap(BODY, signing.svix()).delivery.skew == 7
    with {freeze_later}:
        later = outcome()
    print(at_once, later, outcome())
    """
TOOLS = {
    "freezegun": "freezegun.freeze_time(datetime.fromtimestamp({at}, timezone.utc))",
    "time_machine": "time_machine.travel({at}, tick=False)",
}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_frozen_time_is_the_time_of_a_webhook(tool: str) -> None:
    program = PROGRAM.format(
        tool=f"{tool}\n    from datetime import datetime, timezone",
        freeze=TOOLS[tool].format(at="NOW + 2"),
        freeze_later=TOOLS[tool].format(at="NOW + 301"),
    )
    run = [sys.executable, "-c", program]
    shown = subprocess.run(run, cwd=__file__.rpartition("/")[0], capture_output=True, text=True)
    assert shown.stdout.split() == ["2", "timestamp_too_old", "timestamp_too_old"], shown.stderr
