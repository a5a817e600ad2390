/**
 * Receives webhooks with Hono, on every runtime that Hono supports.
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
import { rawRequest } from "./fetch.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/**
 * A handler that calls `handle` with every event. It takes a body that was read before with
 * `c.req.text()`, `c.req.json()` or `c.req.arrayBuffer()`.
 *
 * It answers 200 when `handle` has returned, but keeps a status that `handle` has set with
 * `c.status()`. It answers a refused delivery with 401, 400 or 413 and one constant text per
 * status, and a method other than POST with 405. An error that `handle` throws goes to
 * `app.onError`, which answers 500, and the sender tries again. The bytes that were read can be
 * read again with `c.req.text()` and the other methods.
 *
 * @param handle - It also gets the context. The response that it returns is sent instead of 200 `ok`.
 * @throws TypeError for an argument of the wrong type.
 */
export function webhookHandler<Event extends AnyEvent, Environment extends Env = Env>(
  webhook: Webhook<Event>,
  handle: (event: Event, context: Context<Environment>) => unknown,
  options?: ReceiverOptions,
): (context: Context<Environment>) => Promise<Response> {
  const receive = receiver(webhook, handle, options);
  return async (context) => {
    const request = await honoRequest(context as Context);
    const { answer, handled, result } = await receive(request, context);
    if (result instanceof Response) return result;
    const own = handled && ownResponse(context);
    if (own && (context.finalized || own.status !== 200)) return own;
    const { "content-type": _, ...headers } = answer.headers;
    const typed = own && own.headers.has("content-type") ? headers : { ...answer.headers };
    return context.body(answer.body, answer.status, typed as Record<string, string>);
  };
}

/** The response that the handler has set, or one with its status and headers. */
function ownResponse(context: Pick<Context, "finalized" | "res" | "body">): Response {
  return context.finalized ? context.res : context.body(null);
}

/** Takes the body that Hono has kept, if it is raw. Hono keeps the form that was read first. */
async function honoRequest(context: Context): Promise<RawRequest> {
  const { req } = context;
  const succeeded = (result: unknown) =>
    (result instanceof Response ? result : ownResponse(context)).ok;
  const raw = rawRequest(req.raw, succeeded);
  const [first] = Object.keys(req.bodyCache);
  if (first === "text") return { ...kept(raw), body: (await req.bodyCache.text) as string };
  if (first === "arrayBuffer") {
    return {
      ...kept(raw),
      body: new Uint8Array((await req.bodyCache.arrayBuffer) as ArrayBuffer),
    };
  }
  return raw;
}

/** A request whose body needs no restoring. */
function kept({ method, headers, parsedBodyMessage, hold }: RawRequest): Omit<RawRequest, "body"> {
  return { method, headers, parsedBodyMessage, hold };
}
