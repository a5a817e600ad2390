// Receives the webhooks of Pivotal and Pivot in a Cloudflare Worker.

import { env } from "cloudflare:workers";
import { Webhook } from "pivotal-webhooks-wasm";
import { webhookHandler } from "pivotal-webhooks-wasm/fetch";

const { PIVOTAL_WEBHOOK_SECRET, PIVOTAL_WEBHOOK_SECRET_PREVIOUS, PIVOT_WEBHOOK_SECRET } = env;

// The previous secret is set only while a secret is rotated; without it there is one secret.
const pivotal = new Webhook([PIVOTAL_WEBHOOK_SECRET, PIVOTAL_WEBHOOK_SECRET_PREVIOUS]);
const pivot = Webhook.pivot(PIVOT_WEBHOOK_SECRET);

const options = { onOutcome: ({ code }) => code && log({ webhook: "refused", code }) };

const RECEIVERS = {
  "/webhooks/pivotal": webhookHandler(pivotal, handle, options),
  "/webhooks/pivot": webhookHandler(pivot, handle, options),
};

export default {
  async fetch(request) {
    const receive = RECEIVERS[new URL(request.url).pathname];
    return receive?.(request) ?? new Response("not found", { status: 404 });
  },
};

function handle(event) {
  const { type, id, object, delivery } = event;
  log({ webhook: "accepted", scheme: delivery.scheme, type, id, record: object });
}

function log(entry) {
  console.log(JSON.stringify(entry));
}
