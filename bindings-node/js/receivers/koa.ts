/**
 * Receives webhooks with Koa.
 *
 * @example
 * ```ts
 * const webhook = new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET);
 *
 * router.post("/webhooks/pivotal", webhookHandler(webhook, (event) => console.log(event.type)));
 * ```
 */

import type { Context } from "koa";
import type { Webhook } from "../index.js";
import { type AnyEvent, receiver, type ReceiverOptions } from "../receiving.js";
import { letGo, rawRequest } from "./node.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/**
 * A middleware that hands every event to `handle`. It needs no parser; raw bytes or text that one
 * has left in `ctx.request.rawBody` or `ctx.request.body` it takes.
 *
 * It answers 200 when `handle` has returned and not set an answer itself; 401, 400 or 413 for what
 * is refused, each with one constant text; 405 for other methods than POST. What `handle` throws Koa
 * answers with 500, and the sender tries again; so it does a TypeError if a parser has read the body
 * and left nothing raw. Middleware behind it doesn't run.
 *
 * @param handle - Also takes the context.
 */
export function webhookHandler<Event extends AnyEvent>(
  webhook: Webhook<Event>,
  handle: (event: Event, context: Context) => unknown,
  options?: ReceiverOptions,
): (context: Context) => Promise<void> {
  const receive = receiver(webhook, options);
  return async (context) => {
    const { req, request, response } = context;
    const { event, answer } = await receive(rawRequest(req, request, gone));
    if (event === undefined) {
      letGo(req);
    } else {
      await handle(event, context);
      const untouched = context.status === 404 && (response.body ?? null) === null;
      if (!untouched || context.respond === false) return;
    }
    context.status = answer.status;
    context.set(answer.headers);
    context.body = answer.body;
  };
}

function gone(): string {
  return (
    "a body parser has read the body before webhookHandler, and a signature covers the raw bytes: " +
    "use the webhook's middleware or router ahead of it, app.use(webhooks).use(bodyParser())"
  );
}
