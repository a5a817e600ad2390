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
 * A listener that hands every event to `handle`.
 *
 * It answers 200 when `handle` has returned and not answered itself; 401, 400 or 413 for what is
 * refused, each with one constant text; 405 for other methods than POST. What `handle` throws goes
 * to `console.error` and is answered with 500, and the sender tries again.
 *
 * @param handle - Also takes the request, whose body is used up, and the response.
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
  const respond = responder(webhook, handle, options, gone);
  return (request, response) => {
    // Nobody else would catch it, and the process would end.
    respond(request, response).catch((error: unknown) => {
      console.error(error);
      if (response.headersSent) response.destroy();
      else send(response, answer(500));
    });
  };
}

function gone(): string {
  return (
    "the request's body was read before webhookHandler, and a signature covers the raw bytes: call " +
    "it first, or keep what you read as request.rawBody = Buffer.concat(pieces)"
  );
}
