"""The ASGI application, Starlette's and FastAPI's receivers, each under uvicorn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

import pytest
import receiver_suite
import serving
from fastapi import Depends, FastAPI
from pivotal_webhooks import asgi, fastapi, starlette
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.receiving import ANSWERS, Outcome
from receiver_suite import ReceiverSuite, Site, outcomes, webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def handle(event: PivotalEvent) -> None:
    receiver_suite.handle(event, event.raw)


async def collect(outcome: Outcome) -> None:
    outcomes.append(outcome)


by_request = starlette.WebhookReceiver(webhook, on_outcome=collect)
dependency = fastapi.WebhookReceiver(webhook, on_outcome=outcomes.append)


async def endpoint(request: Request) -> PlainTextResponse:
    event = await by_request(request)
    receiver_suite.handle(event, await request.body())
    return PlainTextResponse("ok")


app = FastAPI(default_response_class=PlainTextResponse)


@app.post("/webhooks/pivotal")
async def route(event: Annotated[PivotalEvent, Depends(dependency)], request: Request) -> str:
    receiver_suite.handle(event, await request.body())
    return "ok"


APPS = {
    "asgi": asgi.WebhookApp(webhook, handle, on_outcome=collect),
    "plain": asgi.WebhookApp(
        webhook,
        lambda event: receiver_suite.handle(event, event.raw),
        on_outcome=outcomes.append,
    ),
    "starlette": Starlette(routes=[Route("/webhooks/pivotal", endpoint, methods=["POST"])]),
    "fastapi": app,
}


def detail(status: int) -> bytes:
    return json.dumps({"detail": ANSWERS[status]}, separators=(",", ":")).encode()


@pytest.fixture(scope="module", params=APPS)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with serving.served(APPS[request.param]) as port:
        if request.param == "fastapi":
            yield Site(port, answer=detail)
        else:
            yield Site(port)


class TestStarlette(ReceiverSuite):
    """The receiver's tests."""
