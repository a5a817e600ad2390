"""Calls that mypy and pyright must refuse: each ignore below is reported when it is not needed."""

from __future__ import annotations

from typing import Any

from pivotal_webhooks import Verified, Webhook, WebhookVerificationError

Webhook(b"secret")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Webhook(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Webhook("secret", 300)  # type: ignore[arg-type, call-arg]  # pyright: ignore[reportCallIssue]
Webhook("secret", tolerance="300")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Webhook("secret", schemes=["svx"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
Webhook("secret", schemes=["pivot"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
Webhook("secret", schemes="svix")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Webhook("secret", key="hex")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Webhook("secret", clock=0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Webhook("secret", max_event_age=60)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Webhook.pivot("secret", schemes=["pivot"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


class Sub(Webhook): ...  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]


def calls(webhook: Webhook, event: dict[str, Any], headers: dict[str, str]) -> None:
    webhook.verify(event, headers)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    webhook.verify(None, headers)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    webhook.verify([1], headers)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    webhook.verify(b"")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    webhook.verify(b"", None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    webhook.verify(b"", "svix-id: a")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    webhook.verify(b"", {"svix-id": 3})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    webhook.secret = "secret"  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    webhook.sign("msg_1", "now", b"")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def facts(verified: Verified, error: WebhookVerificationError) -> None:
    verified.id = "msg_1"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    verified.event_type = "a"  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    print(error.code == "signature_missmatch")  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
