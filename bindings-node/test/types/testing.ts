// Checks the types of `/testing`. The file is not run.

import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import supertest from "supertest";
import { type CustomerAtRiskEvent, type MessageSentEvent, Webhook } from "pivotal-webhooks";
import type { Store } from "pivotal-webhooks/idempotency";
import {
  ControlledStore,
  event as testEvent,
  type FrozenClock,
  frozenClock,
  newSecret,
  sampleEvent,
  type SignedRequest,
  signedRequest,
  type StoreFault,
} from "pivotal-webhooks/testing";
import * as wasm from "pivotal-webhooks-wasm/testing";

const secret: string = newSecret();
const clock: FrozenClock = frozenClock(new Date());
clock.advance(300);

const controlled = new ControlledStore({ clock });
const once: Store = controlled;
controlled.fault = "slow";
controlled.fault = null;
const fault: StoreFault | null = controlled.fault;
// @ts-expect-error there is no such fault
controlled.fault = "broken";
// @ts-expect-error it needs a clock
new ControlledStore();
new Webhook(secret, { clock });
new Webhook(secret, { format: "raw" });
// @ts-expect-error there is one format
new Webhook(secret, { format: "hex" });

const event = sampleEvent("customer.at_risk", { id: "evt_2" });
event.data.object.name = "Acme";
// @ts-expect-error there is no such type
sampleEvent("customer.at-risk");

const score: number | null | undefined = event.data.object.health_score;
// @ts-expect-error a score is a number
event.data.object.health_score = "low";
// @ts-expect-error a misspelt member is unknown
const misspelt: string = event.data.object.helth_score;
const message = sampleEvent("message_sent", { space_id: null });
const subject: string = message.subject.type;
// @ts-expect-error an event of Pivot has no id
const id: string = message.id;

// Events for the tests of a handler.
function handle(event: CustomerAtRiskEvent): number | null | undefined {
  return event.object.health_score;
}
handle(testEvent("customer.at_risk", { data: { object: { id: "cus_1", health_score: 7 } } }));
// @ts-expect-error an event of another type
handle(testEvent("task.completed"));
const sent: MessageSentEvent = testEvent("message_sent");
// @ts-expect-error there is no such type
testEvent("customer.at-risk");

const signed: SignedRequest = signedRequest(event, [secret, "whsec_x"], {
  at: clock(),
  scheme: "pivotal",
  id: "msg_1",
  key: "text",
});
signedRequest("{}", secret, { at: new Date() });
signedRequest(new Uint8Array(2), secret);
// @ts-expect-error no such scheme
signedRequest("{}", secret, { scheme: "svx" });
// @ts-expect-error a number is no event
signedRequest(7, secret);

const request: Request = signed.tampered().stale(301).request("https://example.com/");
fetch("https://example.com/", signed.init());
new Hono().request("/", signed.init());
supertest(express()).post("/").use(signed.supertest());
Fastify().inject(signed.inject("/"));
const lambdaEvent = signed.lambdaEvent("alb", { path: "/", base64: true });
new Webhook(secret).unwrap(signed.body, signed.headers);
wasm.signedRequest("{}", wasm.newSecret()).withDuplicateHeader().oversized(10).compressed();

export { id, lambdaEvent, message, misspelt, request, score, sent, subject };
