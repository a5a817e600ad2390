// Signs the bodies that it gets. A probe build panics at one body.

import { Webhook } from "pivotal-webhooks-wasm";

let webhook;

export default {
  async fetch(request, env) {
    webhook ??= new Webhook(env.SECRET);
    try {
      return new Response(webhook.sign("msg_1", 1, await request.text()));
    } catch (error) {
      return new Response(error.code, { status: error.status });
    }
  },
};
