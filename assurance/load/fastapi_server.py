"""A receiver for FastAPI under uvicorn. It prints its port, and the id of its process."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse
from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.fastapi import WebhookReceiver

secret, max_body, at = (os.environ[name] for name in ("SECRET", "MAX_BODY", "AT"))
webhook = Webhook(secret, max_body=int(max_body), clock=lambda: int(at))
receiver = WebhookReceiver(webhook, on_outcome=lambda _: None)
app = FastAPI(default_response_class=PlainTextResponse)


@app.post("/")
async def receive(event: Annotated[PivotalEvent, Depends(receiver)]) -> str:
    return "ok"


listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
print(listener.getsockname()[1], os.getpid(), flush=True)
config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off")
uvicorn.Server(config).run(sockets=[listener])
