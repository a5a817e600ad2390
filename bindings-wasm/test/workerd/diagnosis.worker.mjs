// A receiver in a Worker that diagnoses what it refuses, and a route that returns what it logged.

import { env } from "cloudflare:workers";
import { Webhook } from "pivotal-webhooks-wasm";
import { Diagnosis } from "pivotal-webhooks-wasm/diagnosis";
import { webhookHandler } from "pivotal-webhooks-wasm/fetch";

const lines = [];
console.warn = (line) => lines.push(line);
console.info = () => {};

const clock = () => env.NOW;
const diagnosis = () => {
  try {
    return new Diagnosis(env.SECRET, { clock });
  } catch (error) {
    lines.push(`no diagnosis: ${error.code}`);
    return undefined;
  }
};
const receive = webhookHandler(new Webhook(env.SECRET, { clock }), () => {}, {
  onFailure: diagnosis(),
});

export default {
  async fetch(request, ...context) {
    if (new URL(request.url).pathname === "/lines") return Response.json(lines.splice(0));
    return receive(request, ...context);
  },
};
