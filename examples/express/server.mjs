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
  const { type, id, delivery } = event;
  log({ webhook: "accepted", scheme: delivery.scheme, type, id, tells: tell(event) });
}

/** A line about the event for the log. */
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

/** The text of a template, with a `?` for a field that is absent or null. */
function text(strings, ...values) {
  return String.raw(strings, ...values.map((value) => value ?? "?"));
}

function log(entry) {
  console.log(JSON.stringify(entry));
}

app.listen(Number(process.env.PORT), "127.0.0.1");
