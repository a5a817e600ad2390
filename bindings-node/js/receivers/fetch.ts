/**
 * Receives webhooks wherever a `Request` becomes a `Response`: Cloudflare Workers, Deno, Bun, Next's
 * app router, SvelteKit, Remix, Astro.
 *
 * @example
 * ```ts
 * export const POST = webhookHandler(new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET), (event) => {
 *   console.log(event.type, event.id);
 * });
 * ```
 */

import type { Webhook } from "../index.js";
import { type AnyEvent, LINGER, receiver, type ReceiverOptions } from "../receiving.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/**
 * A function from a request to a response, which hands every event to `handle`.
 *
 * It answers 200 when `handle` has returned; 401, 400 or 413 for what is refused, each with one
 * constant text; 405 for other methods than POST. What `handle` throws is the host's to answer, with
 * 500, and the sender tries again.
 *
 * @param handle - Also takes the request, whose body is used up, and what the host passes beside it.
 *   The response that it returns is sent instead of 200 `ok`.
 * @throws TypeError, the function does, if something else has read the request's body.
 */
export function webhookHandler<Event extends AnyEvent, Context extends readonly unknown[]>(
  webhook: Webhook<Event>,
  handle: (
    event: Event,
    request: Request,
    ...context: Context
  ) => Response | void | Promise<Response | void>,
  options?: ReceiverOptions,
): (request: Request, ...context: Context) => Promise<Response> {
  const receive = receiver(webhook, options);
  return async (request, ...context) => {
    const { method, headers } = request;
    const { event, answer } = await receive({ method, headers, body: pieces(request) });
    if (event === undefined) await discard(request);
    const response = event && (await handle(event, request, ...context));
    return response ?? new Response(answer.body, answer);
  };
}

/** The body of a request in pieces. */
export async function* pieces(request: Request): AsyncGenerator<Uint8Array, void> {
  if (request.bodyUsed) {
    throw new TypeError(
      "the request's body was read before webhookHandler, and a signature covers the raw bytes: " +
        "look for await request.json(), text() or formData(), and give that request.clone() instead",
    );
  }
  if (request.body === null) return;
  const reader = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Not cancelled where it is too long: some hosts then end the connection before the answer.
    reader.releaseLock();
  }
}

/**
 * Throws away what is left of a refused body: hosts that answer before they have read it end the
 * connection, and the sender may not see the answer. One that is far too long is left to them.
 */
export async function discard({ body, headers }: Request): Promise<void> {
  if (body === null || body.locked || Number(headers.get("content-length")) > LINGER) return;
  const reader = body.getReader();
  try {
    for (let left = LINGER; left > 0;) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.length;
    }
  } catch {
    // The sender went away.
  } finally {
    reader.releaseLock();
  }
}
