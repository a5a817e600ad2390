/**
 * Receives webhooks with Hono, on every runtime that it has.
 *
 * @example
 * ```ts
 * const webhook = new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET);
 *
 * app.post("/webhooks/pivotal", webhookHandler(webhook, (event) => console.log(event.type)));
 * ```
 */

import type { Context, Env } from "hono";
import type { Webhook } from "../index.js";
import { type AnyEvent, type RawRequest, receiver, type ReceiverOptions } from "../receiving.js";
import { discard, pieces } from "./fetch.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/**
 * A handler that hands every event to `handle`. A body that was read with `c.req.text()`,
 * `c.req.json()` or `c.req.arrayBuffer()` before is still there.
 *
 * It answers 200 when `handle` has returned; 401, 400 or 413 for what is refused, each with one
 * constant text; 405 for other methods than POST. What `handle` throws goes to `app.onError`, which
 * answers 500, and the sender tries again.
 *
 * @param handle - Also takes the context. The response that it returns is sent instead of 200 `ok`.
 */
export function webhookHandler<Event extends AnyEvent, Environment extends Env = Env>(
  webhook: Webhook<Event>,
  handle: (event: Event, context: Context<Environment>) => unknown,
  options?: ReceiverOptions,
): (context: Context<Environment>) => Promise<Response> {
  const receive = receiver(webhook, options);
  return async (context) => {
    const { method, headers } = context.req.raw;
    const { event, answer } = await receive({ method, headers, body: await rawBody(context) });
    if (event === undefined) await discard(context.req.raw);
    const response = event && (await handle(event, context));
    if (response instanceof Response) return response;
    return context.body(answer.body, answer.status, answer.headers);
  };
}

/** What was read first is raw; what is kept besides was made of it. */
async function rawBody({ req }: Context): Promise<RawRequest["body"]> {
  const [first] = Object.keys(req.bodyCache);
  if (first === "text") return (await req.bodyCache.text) as string;
  if (first === "arrayBuffer")
    return new Uint8Array((await req.bodyCache.arrayBuffer) as ArrayBuffer);
  return pieces(req.raw);
}
