/**
 * Receives webhooks in an API route of Next's pages router. Its app router takes
 * `pivotal-webhooks/fetch`.
 *
 * @example
 * ```ts
 * export const config = { api: { bodyParser: false } };
 *
 * // As a function: `next build` runs the module where the secret may be missing.
 * const webhook = new Webhook(() => process.env.PIVOTAL_WEBHOOK_SECRET);
 *
 * export default webhookHandler(webhook, (event) => console.log(event.type, event.id));
 * ```
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Webhook } from "../index.js";
import type { AnyEvent, ReceiverOptions } from "../receiving.js";
import { responder } from "./node.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/**
 * An API route that calls `handle` with every event. Next's own parser must be off: see the example.
 *
 * It answers 200 when `handle` has returned, but keeps a status that `handle` has set and an answer
 * that `handle` has sent. It answers a refused delivery with 401, 400 or 413 and one constant text
 * per status, and a method other than POST with 405. If `handle` throws, Next answers 500, and the
 * sender tries again. Next also answers 500 to the TypeError that is thrown if its parser is on.
 * The bytes that were read can be read again from the request, and are in `req.rawBody`.
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
): (request: Request, response: Response) => Promise<void> {
  return responder(webhook, handle, options, parsedBodyMessage);
}

function parsedBodyMessage(): string {
  return (
    "Next has parsed the body before webhookHandler, and a signature covers the raw bytes: write " +
    "export const config = { api: { bodyParser: false } } into the file of the route"
  );
}
