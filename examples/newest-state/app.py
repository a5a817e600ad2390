"""Keeps the newest state of each contact, in whatever order the events arrive."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse
from pivotal_webhooks import Webhook
from pivotal_webhooks.events import PivotalEvent
from pivotal_webhooks.fastapi import WebhookReceiver

DATABASE = os.environ["DATABASE"]

MIGRATION = """
    CREATE TABLE IF NOT EXISTS contacts (
        id TEXT PRIMARY KEY,
        email TEXT,
        is_deleted INTEGER NOT NULL,
        changed_at REAL NOT NULL
    )
"""

# One statement, so that the database decides between two workers.
UPSERT = """
    INSERT INTO contacts (id, email, is_deleted, changed_at)
    VALUES (:id, :email, :is_deleted, :changed_at)
    ON CONFLICT (id) DO UPDATE SET
        email = excluded.email,
        is_deleted = excluded.is_deleted,
        changed_at = excluded.changed_at
    WHERE excluded.changed_at > contacts.changed_at
"""

receiver = WebhookReceiver(Webhook(lambda: os.environ["PIVOTAL_WEBHOOK_SECRET"]))
app = FastAPI(default_response_class=PlainTextResponse)


@app.post("/webhooks/pivotal")
def receive(event: Annotated[PivotalEvent, Depends(receiver)]) -> str:
    if event.type == "contact.created" or event.type == "contact.updated":
        keep(event.object, event.created_at, is_deleted=False)
    elif event.type == "contact.deleted":
        # The row stays, so that an older event can't bring the contact back.
        keep(event.object, event.created_at, is_deleted=True)
    return "ok"


def keep(contact: Mapping[str, Any], created_at: datetime | None, *, is_deleted: bool) -> None:
    if created_at is None:  # nothing tells what is newer
        return
    state = {
        "id": contact["id"],
        "email": contact.get("email"),
        "is_deleted": is_deleted,
        # A number: the same moment can be written as a text in several ways.
        "changed_at": created_at.timestamp(),
    }
    with closing(connect()) as connection, connection:
        connection.execute(UPSERT, state)


def connect() -> sqlite3.Connection:
    connection = sqlite3.connect(DATABASE)
    connection.execute(MIGRATION)
    return connection


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
