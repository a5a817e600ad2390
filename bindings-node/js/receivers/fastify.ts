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
import { type AnyEvent, receiver, type ReceiverOptions } from "../receiving.js";
import { letGo, rawRequest } from "./node.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/** The options of a route, with all that it needs. */
export interface WebhookRoute {
  /** Receives, handles and answers, as Fastify's parsers read the body next. */
  readonly onRequest: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

  /** Never reached, unless it is used without the options around it. */
  readonly handler: () => never;
}

/**
 * The options of a route that hands every event to `handle`, for `app.post(path, options)`.
 *
 * It answers 200 when `handle` has returned; 401, 400 or 413 for what is refused, each with one
 * constant text; 405 for other methods than POST. What `handle` throws goes to Fastify's error
 * handler, which answers 500, and the sender tries again. The limit is the webhook's `maxBody`, not
 * `bodyLimit`. Fastify's parsers, validation and the hooks from `preParsing` to `preHandler` don't
 * run on the route.
 *
 * @param handle - Also takes the request, which has no body, and the reply. What it returns, unless
 *   it is `undefined`, is sent instead of `ok`.
 */
export function webhookHandler<Event extends AnyEvent>(
  webhook: Webhook<Event>,
  handle: (event: Event, request: FastifyRequest, reply: FastifyReply) => unknown,
  options?: ReceiverOptions,
): WebhookRoute {
  const receive = receiver(webhook, options);
  return {
    async onRequest(request, reply) {
      const { event, answer } = await receive(rawRequest(request.raw, {}, gone));
      if (event === undefined) {
        letGo(request.raw);
      } else {
        const value = await handle(event, request, reply);
        if (value !== undefined && value !== reply) return reply.send(value);
        if (value === reply || reply.sent) return reply;
      }
      return reply.code(answer.status).headers(answer.headers).send(answer.body);
    },
    handler() {
      throw new TypeError(gone());
    },
  };
}

function gone(): string {
  return (
    "Fastify or a hook has read the body before webhookHandler, and a signature covers the raw " +
    "bytes: pass all that it returns as the route's options, app.post(path, webhookHandler(webhook, " +
    "handle)), and let no global onRequest hook read request.raw"
  );
}
