// Receives the webhooks of Pivotal and Pivot in a Cloudflare Worker.

import { env } from "cloudflare:workers";
import { Webhook, WebhookVerificationError } from "pivotal-webhooks-wasm";

const { PIVOTAL_WEBHOOK_SECRET, PIVOTAL_WEBHOOK_SECRET_PREVIOUS, PIVOT_WEBHOOK_SECRET } = env;

const ENDPOINTS = {
  // The previous secret is set while a secret is rotated.
  "/webhooks/pivotal": new Webhook(
    PIVOTAL_WEBHOOK_SECRET_PREVIOUS
      ? [PIVOTAL_WEBHOOK_SECRET, PIVOTAL_WEBHOOK_SECRET_PREVIOUS]
      : PIVOTAL_WEBHOOK_SECRET,
  ),
  "/webhooks/pivot": Webhook.pivot(PIVOT_WEBHOOK_SECRET),
};

// All that a sender is told; the reason goes to the log.
const REFUSALS = {
  400: "invalid payload",
  401: "invalid signature",
  413: "payload too large",
  500: "internal error",
};

export default {
  async fetch(request) {
    const webhook = ENDPOINTS[new URL(request.url).pathname];
    if (webhook === undefined) return new Response("not found", { status: 404 });
    if (request.method !== "POST") return new Response("method not allowed", { status: 405 });

    const body = await request.arrayBuffer(); // the raw bytes, before any parser has read them
    try {
      const event = webhook.verify(body, request.headers);
      const { scheme } = webhook.verifySignature(body, request.headers); // only for the log
      log({ webhook: "accepted", scheme, type: event?.type, id: event?.id });
      return new Response("ok");
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      log({ webhook: "refused", code: error.code });
      return new Response(REFUSALS[error.status], { status: error.status });
    }
  },
};

function log(entry) {
  console.log(JSON.stringify(entry));
}
