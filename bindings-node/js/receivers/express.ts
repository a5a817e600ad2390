/**
 * Receives webhooks with Express 4 or 5.
 *
 * @example
 * ```ts
 * const webhook = new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET);
 *
 * app.post("/webhooks/pivotal", webhookHandler(webhook, (event) => console.log(event.type)));
 * app.use(express.json()); // after the webhook's route
 * ```
 */

import type { NextFunction, Request, Response } from "express";
import type { Webhook } from "../index.js";
import type { AnyEvent, ReceiverOptions } from "../receiving.js";
import { responder } from "./node.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/**
 * A request handler that calls `handle` with every event. It needs no parser, and takes the raw bytes
 * or the text that a parser has left in `req.rawBody` or `req.body`.
 *
 * It answers 200 when `handle` has returned, but keeps a status that `handle` has set and an answer
 * that `handle` has sent. It answers a refused delivery with 401, 400 or 413 and one constant text
 * per status, and a method other than POST with 405. It passes an error that `handle` throws to
 * Express's error handlers, which answer 500, and the sender tries again. It does the same with a
 * TypeError if a middleware has consumed the body and left only a parsed one. The bytes that were
 * read can be read again from the request, and are in `req.rawBody`.
 *
 * @param handle - It also gets the request and the response.
 * @throws TypeError for an argument of the wrong type.
 */
export function webhookHandler<Event extends AnyEvent>(
  webhook: Webhook<Event>,
  handle: (event: Event, request: Request, response: Response) => unknown,
  options?: ReceiverOptions,
): (request: Request, response: Response, next: NextFunction) => void {
  const respond = responder(webhook, handle, options, parsedBodyMessage);
  return (request, response, next) => {
    respond(request, response).catch(next);
  };
}

/**
 * Keeps the raw bytes of a request in `req.rawBody`, beside the result of the parser, so that
 * {@link webhookHandler} can read them: `express.json({ verify: keepRawBody })`.
 */
export function keepRawBody(request: object, _response: unknown, bytes: Uint8Array): void {
  Object.assign(request, { rawBody: bytes });
}

/** Names the parser if the content type and a parsed body show which one it was. */
function parsedBodyMessage({ headers, body }: Request): string {
  const [, type] = /(json|urlencoded)/.exec(headers["content-type"] ?? "") ?? [];
  const parser = `express.${type ?? "json"}()`;
  const culprit =
    type === undefined || typeof body !== "object" || body === null
      ? "a middleware"
      : `a parser such as ${parser}`;
  return (
    `${culprit} has read the body before webhookHandler, and a signature covers the raw bytes: ` +
    "register the webhook's route before that app.use(…), or keep the bytes: " +
    `express.${type ?? "json"}({ verify: keepRawBody }), with keepRawBody of this module; a ` +
    "middleware of your own can put them into req.rawBody"
  );
}
