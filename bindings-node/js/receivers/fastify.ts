/**
 * Receives webhooks with Fastify.
 *
 * @example
 * ```ts
 * const webhook = new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET);
 *
 * app.post("/webhooks/pivotal", webhookHandler(webhook, (event) => console.log(event.type)));
 * ```
 */

import type { FastifyReply, FastifyRequest } from "fastify";
import type { Webhook } from "../index.js";
import { type AnyEvent, type HeldAnswer, receiver, type ReceiverOptions } from "../receiving.js";
import { hold, isSuccess } from "./hold.js";
import { allowedHeaders, rawRequest, send } from "./node.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/** The options of a route that receives webhooks. */
export interface WebhookRoute {
  /** Receives, handles and answers the request. Fastify's parsers would read the body after this hook. */
  readonly onRequest: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

  /** Throws an error. Fastify calls it only if this object was used without its other member. */
  readonly handler: () => never;
}

/**
 * The options of a route that calls `handle` with every event, for `app.post(path, options)`.
 *
 * The route answers 200 when `handle` has returned, but keeps a status that `handle` has set and an
 * answer that `handle` has sent. It answers a refused delivery with 401, 400 or 413 and one
 * constant text per status, and a method other than POST with 405. It passes an error that `handle`
 * throws to Fastify's error handler, which answers 500, and the sender tries again. The limit is
 * the webhook's `maxBody`, not `bodyLimit`. Fastify's parsers, validation and the hooks from
 * `preParsing` to `preHandler` don't run on the route. The bytes that were read can be read again
 * from `request.raw`, and are in `request.rawBody`.
 *
 * @param handle - It also gets the request, whose `body` is not set, and the reply. What it returns,
 *   unless it is `undefined`, is sent instead of `ok`.
 * @throws TypeError for an argument of the wrong type.
 */
export function webhookHandler<Event extends AnyEvent>(
  webhook: Webhook<Event>,
  handle: (event: Event, request: FastifyRequest, reply: FastifyReply) => unknown,
  options?: ReceiverOptions,
): WebhookRoute {
  const receive = receiver(webhook, handle, options);
  return {
    async onRequest(request, reply) {
      const before = reply.statusCode;
      const held = () => holdReply(reply);
      const raw = rawRequest(request.raw, reply.raw, request, parsedBodyMessage, held);
      const { answer, outcome, handled, result } = await receive(raw, request, reply);
      // The sender has disconnected, so there is no answer to send.
      if (outcome?.result === "aborted") return reply.hijack();
      if (handled) {
        if (result !== undefined && result !== reply) return reply.send(result);
        if (result === reply || reply.sent || reply.raw.headersSent) return reply;
        if (reply.statusCode !== before) return reply.send();
      }
      if (reply.sent) {
        // The handler has taken the response away from Fastify.
        send(reply.raw, answer, reply.raw.statusCode);
        return reply;
      }
      for (const [name, value] of Object.entries(allowedHeaders(reply.raw, answer))) {
        if (!reply.hasHeader(name)) reply.header(name, value);
      }
      return reply.code(answer.status).send(answer.body);
    },
    handler() {
      throw new TypeError(parsedBodyMessage());
    },
  };
}

/**
 * Holds back what a handler sends by Fastify's reply, and by Node's own response. Fastify lets a
 * handler return the reply, which then is a promise of the moment at which the answer has left: while
 * the answer is held back, of the moment at which the handler has sent it.
 */
function holdReply(reply: FastifyReply): HeldAnswer {
  const raw = hold(reply.raw);
  let sent: { readonly payload: unknown } | undefined;
  let answered = () => {};
  const whenSent = new Promise<void>((resolve) => (answered = resolve));
  const send = (payload?: unknown) => {
    sent ??= { payload };
    answered();
    return reply;
  };
  const then = (fulfilled: () => void) => {
    void Promise.race([whenSent, raw.awaited]).then(fulfilled);
  };
  Object.defineProperties(reply, {
    send: { value: send, configurable: true },
    // oxlint-disable-next-line unicorn/no-thenable -- the reply is a promise already
    then: { value: then, configurable: true },
  });
  const stop = () => {
    for (const name of ["send", "then"]) Reflect.deleteProperty(reply, name);
  };
  return {
    awaited: raw.awaited,
    succeeded(result) {
      const answer = sent === undefined ? result : sent.payload;
      if (answer instanceof Error) return false;
      if (answer instanceof Response) return answer.ok;
      return isSuccess(reply.raw.headersSent ? raw.status() : reply.statusCode);
    },
    send() {
      raw.send();
      stop();
      if (sent !== undefined) reply.send(sent.payload);
    },
    drop() {
      raw.drop();
      stop();
    },
  };
}

function parsedBodyMessage(): string {
  return (
    "Fastify or a hook has read the body before webhookHandler, and a signature covers the raw " +
    "bytes: pass all that it returns as the route's options, app.post(path, webhookHandler(webhook, " +
    "handle)), and let no global onRequest hook read request.raw"
  );
}
