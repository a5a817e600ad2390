/**
 * Receives webhooks with Node's own HTTP server.
 *
 * @example
 * ```ts
 * const webhook = new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET);
 *
 * createServer(webhookHandler(webhook, (event) => console.log(event.type, event.id))).listen(3000);
 * ```
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Webhook } from "../index.js";
import { answer, type AnyEvent, type ReceiverOptions } from "../receiving.js";
import { responder, send } from "./node.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/**
 * A listener that calls `handle` with every event.
 *
 * It answers 200 when `handle` has returned; a status that `handle` has set, or an answer that it has
 * sent, stands. A refused delivery is answered with 401, 400 or 413 and one constant text each, a
 * method other than POST with 405. What `handle` throws is logged with `console.error` and answered
 * with 500, and the sender tries again. What was read stays readable from the request, and in
 * `request.rawBody`.
 *
 * @param handle - Also takes the request and the response.
 * @throws TypeError for an argument of the wrong type.
 */
export function webhookHandler<
  Event extends AnyEvent,
  Request extends IncomingMessage,
  Response extends ServerResponse,
>(
  webhook: Webhook<Event>,
  handle: (event: Event, request: Request, response: Response) => unknown,
  options?: ReceiverOptions,
): (request: Request, response: Response) => void {
  const respond = responder(webhook, handle, options, parsedBodyMessage);
  return (request, response) => {
    // Uncaught, the error would end the process.
    respond(request, response).catch((error: unknown) => {
      console.error(error);
      if (response.headersSent) response.destroy();
      else send(response, answer(500), response.statusCode);
    });
  };
}

function parsedBodyMessage(): string {
  return (
    "the request's body was read before webhookHandler, and a signature covers the raw bytes: call " +
    "it first, or keep what you read: Object.assign(request, { rawBody: Buffer.concat(pieces) })"
  );
}
