/** What the receivers on Node's own HTTP server share. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Webhook } from "../index.js";
import {
  type Answer,
  type AnyEvent,
  LINGER,
  type RawRequest,
  receiver,
  type ReceiverOptions,
} from "../receiving.js";

/**
 * The request as it came over the wire.
 *
 * @param left - Where a parser that ran first may have left the body: in `rawBody` or in `body`.
 * @param gone - What to tell the programmer if a parser has read the body and left nothing raw.
 */
export function rawRequest(request: IncomingMessage, left: object, gone: () => string): RawRequest {
  return {
    method: request.method,
    headers: lines(request),
    get body() {
      return request.readableDidRead || request.readableEnded ? raw(left, gone) : pieces(request);
    },
  };
}

/** Each header line by itself; hosts that call a server in disguise may have no lines. */
function lines({ rawHeaders, headers }: IncomingMessage): RawRequest["headers"] {
  const pairs: [name: string, value: string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    pairs.push([rawHeaders[at] as string, rawHeaders[at + 1] as string]);
  }
  return pairs.length === 0 ? headers : pairs;
}

function raw(left: object, gone: () => string): string | Uint8Array {
  const { body, rawBody } = left as { body?: unknown; rawBody?: unknown };
  for (const found of [rawBody, body]) {
    if (typeof found === "string" || found instanceof Uint8Array) return found;
  }
  throw new TypeError(gone());
}

function pieces(request: IncomingMessage): AsyncIterable<Uint8Array> {
  if (request.readableEncoding !== null) {
    throw new TypeError(
      "request.setEncoding() was called before webhookHandler, and a signature covers the raw " +
        "bytes: leave that call out",
    );
  }
  // A destroyed request would take its connection along, before the answer.
  return request.iterator({ destroyOnReturn: false });
}

/**
 * Lets go of a request that was refused. What still comes of it is thrown away, so that its sender
 * sees the answer; if that is without end, the connection is.
 */
export function letGo(request: IncomingMessage): void {
  let left = LINGER;
  request.on("error", () => {});
  request.on("data", (piece: Uint8Array) => {
    left -= piece.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}

/** Sends an answer. */
export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, value);
  }
  response.end(body);
}

/** A function that receives a request and answers it, unless `handle` or the sender's leaving did. */
export function responder<
  Event extends AnyEvent,
  Request extends IncomingMessage,
  Response extends ServerResponse,
>(
  webhook: Webhook<Event>,
  handle: (event: Event, request: Request, response: Response) => unknown,
  options: ReceiverOptions | undefined,
  gone: (request: IncomingMessage) => string,
): (request: Request, response: Response) => Promise<void> {
  const receive = receiver(webhook, options);
  return async (request, response) => {
    const received = await receive(rawRequest(request, request, () => gone(request))).catch(
      (error: unknown) => {
        if (error !== request.errored) throw error;
      },
    );
    if (received === undefined) return;
    if (received.event === undefined) letGo(request);
    else await handle(received.event, request, response);
    if (!response.headersSent && !response.writableEnded) send(response, received.answer);
  };
}
