// A receiver in a Worker, and a route that returns the arguments of its handler and its hook.

import { env } from "cloudflare:workers";
import { Webhook } from "pivotal-webhooks-wasm";
import { webhookHandler } from "pivotal-webhooks-wasm/fetch";
import { sampleEvent, signedRequest } from "pivotal-webhooks-wasm/testing";

let told = [];

const receive = webhookHandler(
  new Webhook(env.SECRET, { clock: () => env.NOW }),
  (event, _request, bindings) => {
    if (event.type === "customer.churned") throw new RangeError("no such customer");
    told.unshift(`${event.id} with ${bindings.SECRET === env.SECRET ? "env" : "nothing"}`);
  },
  { onOutcome: ({ code }) => told.push(code) },
);

export default {
  async fetch(request, ...context) {
    const { pathname } = new URL(request.url);
    if (pathname === "/told") return Response.json(told.splice(0));
    if (pathname === "/signed") return Response.json(await signed(context));
    if (request.headers.has("x-read-first")) await request.text();
    return receive(request, ...context);
  },
};

async function signed(context) {
  const genuine = signedRequest(sampleEvent("customer.at_risk"), env.SECRET, { at: env.NOW });
  const statuses = [];
  for (const sent of [genuine, genuine.tampered(), genuine.compressed(), genuine.oversized()]) {
    statuses.push((await receive(sent.request("http://localhost/"), ...context)).status);
  }
  told = [];
  return statuses;
}
