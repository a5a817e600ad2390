"""The table of docs/troubleshooting.md: what loses the bytes of a body, and what keeps them."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import httpx
import pytest
import signing
from fastapi import FastAPI, Request
from litestar import Litestar
from litestar import Request as LitestarRequest
from litestar import post as litestar_post
from litestar.params import JSONBody
from pivotal_webhooks import Webhook, WebhookVerificationError
from pydantic import BaseModel, ConfigDict

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
# No serialiser mixes its spaces like this.
BODY = b'{"id":"evt_1", "type": "customer.at_risk","data":{"object":{"name":"Ren\xc3\xa9e"}}}'
webhook = Webhook(signing.SECRET, clock=lambda: signing.NOW)


def verify(body: bytes, headers: Any) -> str:
    try:
        return webhook.unwrap(body, headers).type
    except WebhookVerificationError as error:
        return error.code


class Event(BaseModel):
    model_config = ConfigDict(extra="allow")


async def fastapi_keeps(request: Request) -> str:
    return verify(await request.body(), request.headers)


async def fastapi_loses_by_a_model(request: Request, event: Event) -> str:
    return verify(event.model_dump_json().encode(), request.headers)


async def fastapi_loses_by_json(request: Request) -> str:
    return verify(json.dumps(await request.json()).encode(), request.headers)


def flask_keeps() -> str:
    return verify(flask.request.get_data(), flask.request.headers)


def flask_loses() -> str:
    flask.request.get_json(cache=False)
    return verify(flask.request.get_data(), flask.request.headers)


@litestar_post("/keeps", status_code=200)
async def litestar_keeps(request: LitestarRequest[Any, Any, Any]) -> str:
    return verify(await request.body(), request.headers)


@litestar_post("/loses", status_code=200)
async def litestar_loses(
    request: LitestarRequest[Any, Any, Any], data: JSONBody[dict[str, Any]]
) -> str:
    return verify(json.dumps(data).encode(), request.headers)


def by_fastapi(route: Callable[..., Any]) -> str:
    app = FastAPI()
    app.post("/")(route)
    return by_asgi(app, "/")


def by_asgi(app: Any, path: str) -> str:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            headers = {**signing.svix(BODY), "content-type": "application/json"}
            return await client.post(path, content=BODY, headers=headers)

    return asyncio.run(send()).text.strip('"')


def by_flask(view: Callable[[], str]) -> str:
    app = flask.Flask(__name__)
    app.add_url_rule("/", view_func=view, methods=["POST"])
    headers = signing.svix(BODY)
    return (
        app.test_client()
        .post("/", data=BODY, headers=headers, content_type="application/json")
        .text
    )


litestar_app = Litestar([litestar_keeps, litestar_loses], openapi_config=None)


@pytest.mark.parametrize(
    ("framework", "written", "route", "send"),
    [
        ("FastAPI, Starlette", "await request.body()", fastapi_keeps, by_fastapi),
        ("Flask", "request.get_data()", flask_keeps, by_flask),
        (
            "Litestar",
            "await request.body()",
            litestar_keeps.fn,
            lambda _: by_asgi(litestar_app, "/keeps"),
        ),
    ],
)
def test_the_line_of_the_page_keeps_the_bytes(
    framework: str,
    written: str,
    route: Callable[..., Any],
    send: Callable[[Callable[..., Any]], str],
) -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    [row] = [row for row in rows if row.startswith(f"| {framework} |")]
    assert row.endswith(f"| `{written}` |")
    assert written in inspect.getsource(route)
    assert send(route) == "customer.at_risk"


@pytest.mark.parametrize(
    ("route", "send"),
    [
        (fastapi_loses_by_a_model, by_fastapi),
        (fastapi_loses_by_json, by_fastapi),
        (flask_loses, by_flask),
        (litestar_loses, lambda _: by_asgi(litestar_app, "/loses")),
    ],
)
def test_what_the_page_warns_of_loses_the_bytes(
    route: Callable[..., Any], send: Callable[[Callable[..., Any]], str]
) -> None:
    assert send(route) == "signature_mismatch"
