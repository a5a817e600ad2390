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
 * It answers 200 when `handle` has returned, but keeps a status that `handle` has set and an answer
 * that `handle` has sent. It answers a refused delivery with 401, 400 or 413 and one constant text
 * per status, and a method other than POST with 405. It logs an error that `handle` throws with
 * `console.error` and answers 500, and the sender tries again. The bytes that were read can be read
 * again from the request, and are in `request.rawBody`.
 *
 * @param handle - It also gets the request and the response.
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
    // An uncaught error would end the process.
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
