"""The pytest fixtures of this package, which pytest finds by itself.

What a fixture needs is imported when a test uses it. A project's own fixture of the same name
replaces the one here, also for the fixtures that use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pivotal_webhooks import Webhook
    from pivotal_webhooks.events import PivotalEvent
    from pivotal_webhooks.testing import FrozenClock, RequestSigner


@pytest.fixture
def webhook_secret() -> str:
    """A signing secret of this test alone. Override it to return the one that your app reads."""
    from pivotal_webhooks.testing import new_secret

    return new_secret()


@pytest.fixture
def webhook_clock() -> FrozenClock:
    """A clock that shows the time when the test began; `advance(seconds)` moves it."""
    from pivotal_webhooks.testing import FrozenClock

    return FrozenClock()


@pytest.fixture
def webhook(webhook_secret: str, webhook_clock: FrozenClock) -> Webhook[PivotalEvent]:
    """A `Webhook` with `webhook_secret` and `webhook_clock`."""
    from pivotal_webhooks import Webhook

    return Webhook(webhook_secret, clock=webhook_clock)


@pytest.fixture
def webhook_request(webhook_secret: str, webhook_clock: FrozenClock) -> RequestSigner:
    """`pivotal_webhooks.testing.signed_request` with `webhook_secret`, at `webhook_clock`."""
    from pivotal_webhooks.testing import RequestSigner

    return RequestSigner(webhook_secret, webhook_clock)
