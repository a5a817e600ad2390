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
import { type AnyEvent, type HeldAnswer, receiver, type ReceiverOptions } from "../receiving.js";
import { hold, isSuccess } from "./hold.js";
import { allowedHeaders, rawRequest } from "./node.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/**
 * A middleware that calls `handle` with every event. It needs no parser, and takes the raw bytes or
 * the text that a parser has left in `ctx.request.rawBody` or `ctx.request.body`.
 *
 * It answers 200 when `handle` has returned, but keeps a status or a body that `handle` has set. It
 * answers a refused delivery with 401, 400 or 413 and one constant text per status, and a method
 * other than POST with 405. If `handle` throws, Koa answers 500, and the sender tries again. Koa
 * also answers 500 to the TypeError that is thrown if a middleware has consumed the body and left
 * only a parsed one. The bytes that were read can be read again from `ctx.req`, and are in
 * `ctx.request.rawBody`. The middleware does not call the next one.
 *
 * @param handle - It also gets the context, whose status is 200 before it is set.
 * @throws TypeError for an argument of the wrong type.
 */
export function webhookHandler<Event extends AnyEvent>(
  webhook: Webhook<Event>,
  handle: (event: Event, context: Context) => unknown,
  options?: ReceiverOptions,
): (context: Context) => Promise<void> {
  const receive = receiver(webhook, handling(handle), options);
  return async (context) => {
    const { req, request, res } = context;
    const held = () => holdContext(context);
    const raw = rawRequest(req, res, request, parsedBodyMessage, held);
    // Koa would report a connection that is closed while the body is read as an error of its own.
    context.onerror = () => {};
    const { answer, handled } = await receive(raw, context).finally(() => reportErrors(context));
    if (handled) {
      const { body } = context;
      const untouched = context.status === 200 && (body === undefined || body === null);
      if (!untouched || context.respond === false) return;
    }
    context.status = answer.status;
    context.set(allowedHeaders(res, answer));
    context.body = answer.body;
  };
}

/** Sets the status 200 before the handler, as a 404 that it sets would look like Koa's default. */
function handling<Event>(handle: (event: Event, context: Context) => unknown): typeof handle {
  if (typeof handle !== "function") return handle;
  return async (event, context) => {
    reportErrors(context);
    context.status = 200;
    try {
      await handle(event, context);
    } catch (error) {
      context.status = 500;
      throw error;
    }
  };
}

/** Koa itself answers after the receiver; a handler may answer before, by Node's own response. */
function holdContext(context: Context): HeldAnswer {
  const held = hold(context.res);
  return {
    ...held,
    drop() {
      held.drop();
      context.respond = true;
    },
    succeeded: () => isSuccess(context.headerSent ? held.status() : context.status),
  };
}

function reportErrors(context: Context): void {
  Reflect.deleteProperty(context, "onerror");
}

function parsedBodyMessage(): string {
  return (
    "a middleware has read the body before webhookHandler, and a signature covers the raw bytes: " +
    "use the webhook's middleware or router before the parser, app.use(webhooks).use(bodyParser()), " +
    "or put the bytes into ctx.request.rawBody"
  );
}
