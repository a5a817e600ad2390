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
      const event = webhook.unwrap(body, request.headers);
      const { type, id, delivery } = event;
      log({ webhook: "accepted", scheme: delivery.scheme, type, id, tells: tell(event) });
      return new Response("ok");
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      log({ webhook: "refused", code: error.code });
      return new Response(REFUSALS[error.status], { status: error.status });
    }
  },
};

/** What this receiver makes of an event. */
function tell({ type, object, previous_attributes: before }) {
  switch (type) {
    case "customer.health_score_dropped":
      return text`${object.name}: health ${before?.health_score} to ${object.health_score}`;
    case "customer.created":
    case "customer.updated":
    case "customer.archived":
    case "customer.at_risk":
    case "customer.churned":
      return text`${object.name}: health ${object.health_score}, owner ${object.owner_email}`;
    case "contact.created":
      return text`${object.name} <${object.email}>, ${object.title}`;
    case "onboarding.phase_changed":
      return text`${object.name}: ${before?.phase} to ${object.phase}`;
    case "onboarding.created":
    case "onboarding.state_changed":
    case "onboarding.at_risk":
    case "onboarding.back_on_track":
    case "onboarding.launched":
    case "onboarding.completed":
      return text`${object.name}: phase ${object.phase}, state ${object.state}`;
    case "task.completed":
      return text`${object.title}, by ${object.completed_by}`;
    case "message_sent":
    case "message_deleted":
      return text`message ${object.message_id} in room ${object.room_id}: ${object.status}`;
    case "room_recording_transcript_published":
      return text`recording ${object.recording_id} of room ${object.room_id}`;
    default:
      return text`${Object.keys(object).length} fields of a type not handled here`;
  }
}

/** The text of a template. Every field but `id` may be absent or null: that is a `?`. */
function text(strings, ...values) {
  return String.raw(strings, ...values.map((value) => value ?? "?"));
}

function log(entry) {
  console.log(JSON.stringify(entry));
}
