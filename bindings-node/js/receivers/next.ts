/**
 * Receives webhooks in an API route of Next's pages router. Its app router takes
 * `pivotal-webhooks/fetch`.
 *
 * @example
 * ```ts
 * export const config = { api: { bodyParser: false } };
 *
 * export default webhookHandler(new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET), (event) => {
 *   console.log(event.type, event.id);
 * });
 * ```
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Webhook } from "../index.js";
import type { AnyEvent, ReceiverOptions } from "../receiving.js";
import { responder } from "./node.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/**
 * An API route that hands every event to `handle`. Next's own parser must be off: see the example.
 *
 * It answers 200 when `handle` has returned and not answered itself; 401, 400 or 413 for what is
 * refused, each with one constant text; 405 for other methods than POST. What `handle` throws Next
 * answers with 500, and the sender tries again; so it does a TypeError if the parser is on.
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
): (request: Request, response: Response) => Promise<void> {
  return responder(webhook, handle, options, gone);
}

function gone(): string {
  return (
    "Next has parsed the body before webhookHandler, and a signature covers the raw bytes: write " +
    "export const config = { api: { bodyParser: false } } into the file of the route"
  );
}
