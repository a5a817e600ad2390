"""The ASGI application, Starlette's and FastAPI's receivers, each under uvicorn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
import receiver_suite
import serving
from fastapi import Depends, FastAPI
from pivotal_webhooks import asgi, fastapi, starlette
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.receiving import ANSWERS, Outcome, Receiver
from receiver_suite import ReceiverSuite, Site, looked, outcomes, webhook
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
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


async def look(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    if request.method == "POST":  # other requests never reach the receiver
        looked.append(await request.body())
    return response


class PassingOn:
    """A pure ASGI middleware with a `receive` of its own."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def passing_on() -> Any:
            return await receive()

        await self.app(scope, passing_on, send)


def watched(app: Any) -> Any:
    """Put middlewares around an app: two that look at the body, and one between them."""
    return BaseHTTPMiddleware(PassingOn(BaseHTTPMiddleware(app, look)), look)


by_hand = Starlette(routes=[Route("/webhooks/pivotal", endpoint, methods=["POST"])])
plain = asgi.WebhookApp(
    webhook,
    lambda event: receiver_suite.handle(event, event.raw),
    on_outcome=outcomes.append,
)
application = asgi.WebhookApp(webhook, handle, on_outcome=collect)
APPS = {
    "asgi": application,
    "plain": watched(plain),
    "starlette": by_hand,
    "fastapi": app,
    "watched starlette": watched(by_hand),
    "watched fastapi": watched(app),
}
RECEIVERS: dict[str, Receiver[PivotalEvent]] = {
    "asgi": application,
    "plain": plain,
    "starlette": by_request,
}


def detail(status: int) -> bytes:
    return json.dumps({"detail": ANSWERS[status]}, separators=(",", ":")).encode()


@pytest.fixture(scope="module", params=APPS)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with serving.served(APPS[request.param]) as port:
        has_middlewares = isinstance(APPS[request.param], BaseHTTPMiddleware)
        if "fastapi" in request.param:
            yield Site(port, answer=detail, watched=has_middlewares, receiver=dependency)
        else:
            receiver = RECEIVERS[request.param.removeprefix("watched ")]
            yield Site(port, watched=has_middlewares, receiver=receiver)


class TestStarlette(ReceiverSuite):
    """The receiver's tests."""
