// A receiver in the usual form of a Worker, and a route that returns its log.

import { Webhook, WebhookVerificationError } from "pivotal-webhooks-wasm";

export default {
  async fetch(request, env) {
    const webhook = new Webhook(env.SECRET);
    const body = request.headers.has("x-as-text")
      ? await request.text()
      : await request.arrayBuffer();
    try {
      const event = webhook.verify(body, request.headers);
      return Response.json({
        type: event.type,
        webhook: `${webhook}`,
        own: Reflect.ownKeys(webhook),
      });
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      return Response.json({ code: error.code }, { status: error.status });
    }
  },
};
