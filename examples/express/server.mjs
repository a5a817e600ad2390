// Receives the webhooks of Pivotal and Pivot with Express.

import express from "express";
import { Webhook, WebhookVerificationError } from "pivotal-webhooks";

const { PIVOTAL_WEBHOOK_SECRET, PIVOTAL_WEBHOOK_SECRET_PREVIOUS, PIVOT_WEBHOOK_SECRET } =
  process.env;

// The previous secret is set while a secret is rotated.
const pivotal = new Webhook(
  PIVOTAL_WEBHOOK_SECRET_PREVIOUS
    ? [PIVOTAL_WEBHOOK_SECRET, PIVOTAL_WEBHOOK_SECRET_PREVIOUS]
    : PIVOTAL_WEBHOOK_SECRET,
);
const pivot = Webhook.pivot(PIVOT_WEBHOOK_SECRET);

// All that a sender is told; the reason goes to the log.
const REFUSALS = {
  400: "invalid payload",
  401: "invalid signature",
  413: "payload too large",
  500: "internal error",
};

const app = express();

// The raw bytes, whatever type they are said to have. The verifier has a limit of its own, 1 MiB.
const rawBody = express.raw({ type: () => true, limit: "2mb", inflate: false });

app.post("/webhooks/pivotal", rawBody, (req, res) => receive(pivotal, req, res));
app.post("/webhooks/pivot", rawBody, (req, res) => receive(pivot, req, res));
app.all(["/webhooks/pivotal", "/webhooks/pivot"], (_req, res) => res.sendStatus(405));
app.use((error, _req, res, _next) => {
  // The parser's refusal (too long, cut off, compressed), or a fault of this program.
  const status = error.status === 413 ? 413 : error.expose ? 400 : 500;
  refuse(res, status, error.type ?? "internal");
});

function receive(webhook, req, res) {
  const body = req.body ?? ""; // no parser ran because there is no body
  try {
    const event = webhook.unwrap(body, req.headers);
    const { type, id, delivery } = event;
    log({ webhook: "accepted", scheme: delivery.scheme, type, id, tells: tell(event) });
    res.type("text").send("ok");
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    refuse(res, error.status, error.code);
  }
}

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

function refuse(res, status, code) {
  log({ webhook: "refused", code });
  res.status(status).type("text").send(REFUSALS[status]);
}

function log(entry) {
  console.log(JSON.stringify(entry));
}

app.listen(Number(process.env.PORT), "127.0.0.1");
