// Receives the webhooks of Pivotal and Pivot with Express.

import express from "express";
import { Webhook } from "pivotal-webhooks";
import { webhookHandler } from "pivotal-webhooks/express";

const { PIVOTAL_WEBHOOK_SECRET, PIVOTAL_WEBHOOK_SECRET_PREVIOUS, PIVOT_WEBHOOK_SECRET } =
  process.env;

// The previous secret is set only while a secret is rotated; without it there is one secret.
const pivotal = new Webhook([PIVOTAL_WEBHOOK_SECRET, PIVOTAL_WEBHOOK_SECRET_PREVIOUS]);
const pivot = Webhook.pivot(PIVOT_WEBHOOK_SECRET);

const options = { onOutcome: ({ code }) => code && log({ webhook: "refused", code }) };

const app = express();
app.all("/webhooks/pivotal", webhookHandler(pivotal, handle, options));
app.all("/webhooks/pivot", webhookHandler(pivot, handle, options));

function handle(event) {
  const { type, id, object, delivery } = event;
  log({ webhook: "accepted", scheme: delivery.scheme, type, id, record: object });
}

function log(entry) {
  console.log(JSON.stringify(entry));
}

app.listen(Number(process.env.PORT), "127.0.0.1");
