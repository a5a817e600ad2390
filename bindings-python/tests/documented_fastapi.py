"""The handler that Pivotal documents for FastAPI, with nothing changed but the import."""

import os
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from pivotal_webhooks import Webhook, WebhookVerificationError

app = FastAPI()
wh = Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"])
handled: list[Any] = []


@app.post("/webhooks/pivotal")
async def pivotal_webhook(request: Request) -> dict[str, bool]:
    body = await request.body()
    try:
        event = wh.verify(
            body,
            {
                "svix-id": request.headers["svix-id"],
                "svix-timestamp": request.headers["svix-timestamp"],
                "svix-signature": request.headers["svix-signature"],
            },
        )
    except WebhookVerificationError:
        raise HTTPException(401, "invalid signature")  # noqa: B904
    handled.append(event)
    return {"ok": True}


@app.post("/webhooks/all-headers")
async def all_headers(request: Request) -> dict[str, bool]:
    """The same with every header handed over, so that repeated ones are seen."""
    try:
        event = wh.verify(await request.body(), request.headers)
    except WebhookVerificationError as error:
        raise HTTPException(error.status, error.code) from error
    handled.append(event)
    return {"ok": True}
