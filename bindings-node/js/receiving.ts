/**
 * The way from a request to an event, without a framework.
 *
 * Every receiver of this package is this and a few lines around it: where its host keeps the method,
 * the headers and the body, and how it answers. A receiver for another host is as short.
 */

import {
  type ErrorCode,
  type HeaderValue,
  type PivotalEvent,
  type PivotEvent,
  type Scheme,
  Webhook,
  type WebhookHeaders,
  WebhookVerificationError,
} from "./index.js";

/** All that a sender is told, by status: the same for every reason, which goes to the log. */
export const ANSWERS = Object.freeze({
  200: "ok",
  400: "invalid payload",
  401: "invalid signature",
  405: "method not allowed",
  413: "payload too large",
  500: "internal error",
});

/** How much of a refused body is thrown away, in bytes, so that its sender sees the answer. */
export const LINGER = 4 * 2 ** 20;

/** What became of a delivery, for logs and metrics: nothing in it is text from the request. */
export interface Outcome {
  /** Why it was refused; `null` for one that was accepted. */
  readonly code: ErrorCode | null;

  /** The HTTP status of the answer, as far as verification decides it. */
  readonly status: number;

  /** The header scheme of an accepted delivery. */
  readonly scheme: Scheme | null;

  /** Seconds from the signed time to the clock, negative for a time that is ahead. */
  readonly skew: number | null;

  /** The label of the secret that signed an accepted delivery. */
  readonly label: string | null;

  /** How much of the body was read. */
  readonly bodyBytes: number;
}

/** The options of every receiver. */
export interface ReceiverOptions {
  /**
   * Told of every outcome. What it throws is an error of the receiver's own. Default:
   * {@link logOutcome}.
   */
  readonly onOutcome?: ((outcome: Outcome) => void) | undefined;
}

/** A request, as its host hands it over. */
export interface RawRequest {
  /** The method, in upper case. */
  readonly method: string | undefined;

  /** All headers, in any shape that {@link Webhook.unwrap} takes. */
  readonly headers: WebhookHeaders;

  /** The raw body; in pieces, none is taken beyond the one that is too many. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** What the sender is told. */
export interface Answer {
  readonly status: keyof typeof ANSWERS;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** What a request came to: an event to handle before the answer, or none. */
export type Received<Event> =
  | { readonly event: Event; readonly answer: Answer }
  | { readonly event: undefined; readonly answer: Answer };

/** What either sender sends. */
export type AnyEvent = PivotalEvent | PivotEvent;

/**
 * Logs an outcome to the console, as receivers do unless told otherwise: a refused delivery as a
 * warning with its code, a fault of the receiver as an error, an accepted delivery not at all.
 */
export function logOutcome({ code, status }: Outcome): void {
  if (code !== null) {
    if (status >= 500) console.error(`webhook failed (${code})`);
    else console.warn(`webhook refused (${code})`);
  }
}

/**
 * What every request to a webhook goes through.
 *
 * @param webhook - The endpoint, made once.
 * @returns A function that reads a request and verifies it. It throws what the body throws, and a
 *   TypeError for a fault of this program.
 */
export function receiver<Event extends AnyEvent>(
  webhook: Webhook<Event>,
  options: ReceiverOptions = {},
): (request: RawRequest) => Promise<Received<Event>> {
  if (!(webhook instanceof Webhook)) {
    throw new TypeError("webhook is not a Webhook of this package; import both from the same one");
  }
  const { onOutcome = logOutcome } = options;
  const { maxBody } = webhook;

  return async (request) => {
    if (request.method !== "POST") {
      return { event: undefined, answer: answer(405, { allow: "POST" }) };
    }
    const reading = new Reading(maxBody);
    let event: Event;
    try {
      event = webhook.unwrap(await reading.body(request), request.headers);
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      const { code, status } = error;
      const told = { scheme: null, skew: error.skew ?? null, label: null };
      onOutcome({ code, status, ...told, bodyBytes: reading.size });
      return { event: undefined, answer: answer(status as Answer["status"]) };
    }
    const { scheme, skew, label } = event.delivery;
    onOutcome({ code: null, status: 200, scheme, skew, label, bodyBytes: reading.size });
    return { event, answer: answer(200) };
  };
}

/** The answer of a status. */
export function answer(status: Answer["status"], more: Answer["headers"] = {}): Answer {
  const headers = { "content-type": "text/plain; charset=utf-8", ...more };
  return { status, headers, body: ANSWERS[status] };
}

const FIRST_ROOM = 16_384;

/** The body of one request while it is read. */
class Reading {
  /** How many bytes it is so far. */
  size = 0;

  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  async body({ headers, body }: RawRequest): Promise<string | Uint8Array> {
    for (const [name, value] of linesOf(headers)) {
      // Most headers are neither, and their length tells.
      if (name.length !== 16 && name.length !== 14) continue;
      const header = name.toLowerCase();
      const text = `${value ?? ""}`.trim().toLowerCase();
      if (header === "content-encoding" && text !== "" && text !== "identity") {
        throw Webhook.refusal("bodyCompressed");
      }
      // What a sender announces is not believed, but spares reading it.
      if (header === "content-length" && /^\d+$/.test(text) && Number(text) > this.#most) {
        throw Webhook.refusal("bodyTooLarge");
      }
    }
    if (typeof body === "string") {
      this.#grow(new TextEncoder().encode(body).length);
      return body;
    }
    if (body instanceof Uint8Array) {
      this.#grow(body.length);
      return body;
    }
    // The first piece is all of a usual body. From the second on one block of memory, as there is no
    // telling into how many pieces a sender cuts a body.
    let block: Uint8Array = new Uint8Array();
    for await (const piece of body) {
      const at = this.size;
      this.#grow(piece.length);
      if (at === 0) {
        block = piece;
        continue;
      }
      if (this.size > block.length || at === block.length) {
        const room = Math.max(this.size, 2 * block.length, FIRST_ROOM);
        const larger = new Uint8Array(Math.min(room, this.#most));
        larger.set(block.subarray(0, at));
        block = larger;
      }
      block.set(piece, at);
    }
    return block.subarray(0, this.size);
  }

  #grow(length: number): void {
    this.size += length;
    if (this.size > this.#most) {
      throw Webhook.refusal("bodyTooLarge");
    }
  }
}

function linesOf(headers: WebhookHeaders): Iterable<readonly [name: string, value: HeaderValue]> {
  return Symbol.iterator in headers
    ? (headers as Iterable<readonly [string, HeaderValue]>)
    : Object.entries(headers);
}
