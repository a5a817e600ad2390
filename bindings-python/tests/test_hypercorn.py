"""The ASGI application under hypercorn, with asyncio and with trio, lifespan included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import receiver_suite
import serving_hypercorn
from pivotal_webhooks.asgi import WebhookApp
from pivotal_webhooks.events import PivotalEvent
from receiver_suite import ReceiverSuite, Site, outcomes, webhook


async def handle(event: PivotalEvent) -> None:
    receiver_suite.handle(event, event.raw)


application: Any = WebhookApp(webhook, handle, on_outcome=outcomes.append)


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with serving_hypercorn.served(application, request.param) as port:
        yield Site(port, watched=False, receiver=application)


class TestHypercorn(ReceiverSuite):
    """The receiver's tests."""
