"""Calls that mypy and pyright must accept."""

from __future__ import annotations

import array
import email.message
import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, Literal

from fastapi import Request
from multidict import CIMultiDictProxy
from pivotal_webhooks import Unauthenticated, Verified, Webhook, WebhookVerificationError
from pivotal_webhooks.codes import ErrorCode, EventReason, PayloadReason
from pivotal_webhooks.events import PivotEvent
from typing_extensions import assert_type
from werkzeug.datastructures import Headers


def constructors(mapping: Mapping[str, str], row: list[str]) -> None:
    Webhook("secret")
    Webhook(os.environ.get("PIVOTAL_WEBHOOK_SECRET"))
    Webhook([os.environ["NEW"], os.environ.get("OLD")])
    Webhook(("new", "old"))
    Webhook(row)
    Webhook({"new": "secret", "old": "secret"})
    Webhook(mapping)
    Webhook("secret", schemes=["pivotal"], tolerance=60, max_body=2**20, key="text")
    Webhook("secret", dangerously_ignore_timestamp=True, clock=lambda: 0)
    Webhook("secret", clock=datetime.now(timezone.utc).timestamp)
    Webhook("secret", schemes=None, tolerance=None, max_body=None, key=None, clock=None)
    assert_type(Webhook.pivot("secret", max_event_age=86_400, tolerance=0.0), Webhook[PivotEvent])


def bodies(webhook: Webhook, headers: dict[str, str]) -> None:
    webhook.verify(b"", headers)
    webhook.verify(bytearray(), headers)
    webhook.verify(memoryview(b""), headers)
    webhook.verify(array.array("B"), headers)
    webhook.verify("", headers)
    webhook.verify(body=b"", headers=headers)


async def frameworks(
    webhook: Webhook,
    fastapi: Request,
    werkzeug: Headers,
    aiohttp: CIMultiDictProxy[str],
    message: email.message.Message,
    environ: dict[str, Any],
    asgi: Iterable[tuple[bytes, bytes]],
    optional: Mapping[str, str | None],
) -> None:
    assert_type(webhook.verify(await fastapi.body(), fastapi.headers), Any)
    webhook.verify(b"", werkzeug)
    webhook.verify(b"", aiohttp)
    webhook.verify(b"", message)
    webhook.verify(b"", environ)
    webhook.verify(b"", asgi)
    webhook.verify(b"", optional)
    webhook.verify(b"", {b"svix-id": b"msg_1"})
    webhook.verify(b"", [("svix-id", "msg_1")])
    webhook.verify(b"", [["svix-id", "msg_1"]])
    webhook.verify(b"", {"svix-id": "msg_1"}.items())


def results(webhook: Webhook, verified: Verified) -> None:
    assert_type(webhook.verify_signature(b"", {}), Verified)
    assert_type(verified.scheme, Literal["svix", "pivotal", "pivot"])
    assert_type(verified.id, str | None)
    assert_type(verified.timestamp, int | None)
    assert_type(verified.label, str | None)
    assert_type(verified.unauthenticated, Unauthenticated)
    assert_type(verified.unauthenticated.event_type, str | None)
    assert_type(webhook.sign("msg_1", 1, b""), str)
    assert_type(webhook.sign("msg_1", datetime.now(timezone.utc), "", scheme="svix"), str)


def errors(error: WebhookVerificationError) -> int:
    assert_type(error.code, ErrorCode)
    assert_type(error.help, str)
    assert_type(error.status, int)
    assert_type(error.header, str | None)
    assert_type(error.path, str | None)
    assert_type(error.reason, PayloadReason | EventReason | None)
    assert_type(error.skew, int | None)
    if error.code == "timestamp_too_old":
        return error.skew or 0
    return 0
