"""Receives webhooks with FastAPI: a dependency that is the event.

receiver = WebhookReceiver(Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"]))


@app.post("/webhooks/pivotal", **receiver.openapi)
async def handle(event: Annotated[PivotalEvent, Depends(receiver)]) -> None: ...
"""

import json
from functools import cached_property
from importlib.resources import files
from typing import Any

from pivotal_webhooks import starlette
from pivotal_webhooks.receiving import ANSWERS, EventT

__all__ = ["WebhookReceiver"]


class WebhookReceiver(starlette.WebhookReceiver[EventT]):
    """One webhook, as a dependency of the routes that it delivers to.

    Other dependencies of the same request that depend on it get the same event. A route that also
    declares a body of its own makes FastAPI read that first, without a limit: take the event alone.
    """

    @cached_property
    def openapi(self) -> dict[str, Any]:
        """What a route's OpenAPI says: the event's schema, and the answers 400, 401 and 413."""
        schemas = json.loads(files("pivotal_webhooks").joinpath("schemas.json").read_bytes())
        schema = schemas[self.webhook.sender]
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        detail = {"type": "object", "properties": {"detail": {"type": "string"}}}
        answers = {
            status: {
                "description": ANSWERS[status],
                "content": {"application/json": {"schema": detail}},
            }
            for status in (400, 401, 413)
        }
        return {"responses": answers, "openapi_extra": {"requestBody": body}}
