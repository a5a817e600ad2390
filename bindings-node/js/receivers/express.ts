/**
 * Receives webhooks with Express 4 or 5.
 *
 * @example
 * ```ts
 * const webhook = new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET);
 *
 * app.post("/webhooks/pivotal", webhookHandler(webhook, (event) => console.log(event.type)));
 * app.use(express.json()); // behind it
 * ```
 */

import type { NextFunction, Request, Response } from "express";
import type { IncomingMessage } from "node:http";
import type { Webhook } from "../index.js";
import type { AnyEvent, ReceiverOptions } from "../receiving.js";
import { responder } from "./node.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/**
 * A request handler that hands every event to `handle`. It needs no parser; raw bytes or text that
 * one has left in `req.rawBody` or `req.body` it takes.
 *
 * It answers 200 when `handle` has returned and not answered itself; 401, 400 or 413 for what is
 * refused, each with one constant text; 405 for other methods than POST. What `handle` throws goes
 * to Express's error handlers, which answer 500, and the sender tries again; so does a TypeError if
 * a parser has read the body and left nothing raw.
 *
 * @param handle - Also takes the request and the response.
 */
export function webhookHandler<Event extends AnyEvent>(
  webhook: Webhook<Event>,
  handle: (event: Event, request: Request, response: Response) => unknown,
  options?: ReceiverOptions,
): (request: Request, response: Response, next: NextFunction) => void {
  const respond = responder(webhook, handle, options, gone);
  return (request, response, next) => {
    respond(request, response).catch(next);
  };
}

function gone(request: IncomingMessage): string {
  const [, kind] = /(json|urlencoded)/.exec(request.headers["content-type"] ?? "") ?? [];
  const parser = kind === undefined ? "a parser" : `express.${kind}()`;
  return (
    `${parser} has read the body before webhookHandler, and a signature covers the raw bytes: ` +
    "register the webhook's route ahead of app.use(" +
    `${kind === undefined ? "…" : parser}), or let it keep them: ` +
    `express.${kind ?? "json"}({ verify: (req, _res, bytes) => { req.rawBody = bytes; } })`
  );
}
