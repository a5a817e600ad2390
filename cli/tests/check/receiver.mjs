// Receives webhooks with Express, and counts the handled events, for the tests of `check`.

import express from "express";
import { Webhook } from "pivotal-webhooks";
import { webhookHandler } from "pivotal-webhooks/express";
import { MemoryStore } from "pivotal-webhooks/idempotency";

const app = express();
const webhook = new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET);
let handled = 0;

const count = () => {
  handled += 1;
};

app.post("/hook", webhookHandler(webhook, count, { once: new MemoryStore() }));
app.get("/handled", (_, response) => response.json({ count: handled }));
app.listen(Number(process.argv[2]), "127.0.0.1");
