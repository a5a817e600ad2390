// A receiver with a store in Durable Objects, and routes that call the store itself.

import { env } from "cloudflare:workers";
import { Webhook } from "pivotal-webhooks-wasm";
import { webhookHandler } from "pivotal-webhooks-wasm/fetch";
import { claimOf, DurableObjectStore, WebhookEvent } from "pivotal-webhooks-wasm/idempotency";

let clock = Date.now();
let stayed = 0;

/** The objects have a clock that only a test moves. */
export class Event extends WebhookEvent {
  now() {
    return clock;
  }
}

/** Other objects, with the clock of the machine. */
export class PlainEvent extends WebhookEvent {}

const store = new DurableObjectStore(env.EVENTS);
const webhook = new Webhook(env.SECRET, { clock: () => env.NOW });
const told = [];

const receive = webhookHandler(
  webhook,
  async (event) => {
    told.push(`ran ${claimOf(event).key.split("_", 1)[0]}`);
    if (event.type === "customer.churned") throw new RangeError("no such customer");
    if (event.type === "customer.created") return new Response("later", { status: 500 });
    // The other delivery of a test arrives meanwhile.
    stayed += 1;
    while (event.type === "customer.at_risk" && stayed === 1) await scheduler.wait(5);
  },
  { once: new DurableObjectStore(env.PLAIN), onOutcome: ({ result }) => told.push(result) },
);

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/told") return Response.json(told.splice(0));
    if (pathname === "/go") return Response.json((stayed += 1));
    if (pathname === "/clock") return Response.json((clock += await request.json()));
    if (pathname === "/calls") return Response.json(await performAll(await request.json()));
    if (pathname !== "/store") return receive(request);
    const [operation, ...given] = await request.json();
    return Response.json(await store[operation](...given));
  },
};

/** Does calls one after the other, and gives their results. */
async function performAll({ prefix, calls }) {
  const results = [];
  for (const [name, ...given] of calls) {
    if (name === "wait") results.push((clock += given[0]));
    else results.push(await store[name](prefix + given.shift(), ...given));
  }
  return results;
}
