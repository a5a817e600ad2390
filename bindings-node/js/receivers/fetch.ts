/**
 * Receives webhooks on hosts that pass a `Request` and take a `Response`: Cloudflare Workers, Deno, Bun, Next's
 * app router, SvelteKit, Remix, Astro.
 *
 * @example
 * ```ts
 * // As a function: some hosts run the module when they build, where the secret may be missing.
 * const webhook = new Webhook(() => process.env.PIVOTAL_WEBHOOK_SECRET);
 *
 * export const POST = webhookHandler(webhook, (event) => {
 *   console.log(event.type, event.id);
 * });
 * ```
 */

import type { Webhook } from "../index.js";
import {
  type AnyEvent,
  type HeldAnswer,
  MAX_DISCARDED_BYTES,
  type RawRequest,
  receiver,
  type ReceiverOptions,
  unlessStalled,
} from "../receiving.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/**
 * A function from a request to a response, which calls `handle` with every event.
 *
 * It answers 200 when `handle` has returned nothing. It answers a refused delivery with 401, 400 or
 * 413 and one constant text per status, and a method other than POST with 405. If `handle` throws,
 * the host answers 500, and the sender tries again. The methods of the request that read its body,
 * such as `text()`, return the bytes that were read, any number of times.
 *
 * @param handle - It also gets the request and what the host passes after it. The response that it
 *   returns is sent instead of 200 `ok`.
 * @returns A function that throws a TypeError if something else has read the request's body.
 * @throws TypeError for an argument of the wrong type.
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
  const receive = receiver(webhook, handle, options);
  return async (request, ...context) => {
    const { answer, result } = await receive(rawRequest(request), request, ...context);
    return result ?? new Response(answer.body, answer);
  };
}

/**
 * The parts of a `Request` that the flow reads.
 *
 * @param succeeded - Whether the answer of a handler is 2xx, when it has returned this.
 */
export function rawRequest(
  request: Request,
  succeeded: HeldAnswer["succeeded"] = isSuccess,
): RawRequest {
  const { method, headers } = request;
  return {
    method,
    headers,
    get body() {
      if (request.bodyUsed || request.body?.locked) throw new TypeError(parsedBodyMessage());
      return pieces(request);
    },
    restore: (body) => readable(request, body),
    drain() {
      readable(request, "");
      return unlessStalled(drain(request));
    },
    parsedBodyMessage,
    hold: () => ({ succeeded }),
  };
}

/** Whether a handler returned nothing, or a response with a status of 2xx. */
function isSuccess(returned: unknown): boolean {
  return !(returned instanceof Response) || returned.ok;
}

async function* pieces({ body }: Request): AsyncGenerator<Uint8Array, void> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Not cancelled if it is too long: some hosts then end the connection before the answer.
    reader.releaseLock();
  }
}

const READERS = ["arrayBuffer", "blob", "bytes", "formData", "json", "text"];

/** Makes the body of a request readable again after its stream was read. Only the first call has an effect. */
function readable(request: Request, body: string | Uint8Array): void {
  if (Object.hasOwn(request, "text")) return;
  const type = request.headers.get("content-type");
  const headers = type === null ? {} : { "content-type": type };
  for (const name of READERS) {
    if (!(name in request)) continue;
    // Each call gets a new body, because a body can be read only once.
    const read = () => {
      const copy = new Response(body as BodyInit, { headers });
      return (copy as unknown as Record<string, () => unknown>)[name]?.();
    };
    Object.defineProperty(request, name, { value: read, configurable: true, writable: true });
  }
}

/**
 * Discards the rest of a refused body. If a host answers before it has read the body, it ends the
 * connection, and the sender may not get the answer.
 *
 * @returns Whether the end was reached.
 */
async function drain({ body, headers, bodyUsed }: Request): Promise<boolean> {
  if (body === null) return true;
  if (body.locked) return bodyUsed;
  if (Number(headers.get("content-length")) > MAX_DISCARDED_BYTES) return false;
  const reader = body.getReader();
  try {
    for (let left = MAX_DISCARDED_BYTES; left > 0;) {
      const { done, value } = await reader.read();
      if (done) return true;
      left -= value.length;
    }
  } catch {
    // The sender disconnected.
  } finally {
    reader.releaseLock();
  }
  return false;
}

function parsedBodyMessage(): string {
  return (
    "the request's body was read before webhookHandler, and a signature covers the raw bytes: " +
    "look for await request.json(), text() or formData(), and give that request.clone() instead"
  );
}
