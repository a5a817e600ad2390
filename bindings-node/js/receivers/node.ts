/** The code that the receivers on Node's own HTTP server share. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { fieldOf, isBytes } from "../given.js";
import { isChunked } from "../headers.js";
import type { Webhook } from "../index.js";
import { hold } from "./hold.js";
import {
  type Answer,
  type AnyEvent,
  type HeldAnswer,
  MAX_DISCARDED_BYTES,
  type RawRequest,
  receiver,
  type ReceiverOptions,
  unlessStalled,
} from "../receiving.js";

/** The properties in which a parser that ran first may have left the body. */
interface ParserOutput {
  body?: unknown;
  rawBody?: unknown;
}

/**
 * Makes the raw request of the flow from Node's request.
 *
 * @param parserOutput - The object in whose `rawBody` or `body` a parser stores its result. The
 *   receiver stores the bytes that it reads in `rawBody`; they can also be read from the stream again.
 * @param parsedBodyMessage - The error message for a body that was consumed and not left raw.
 * @param held - Begins to hold back the answer of a handler. Default: {@link hold}.
 */
export function rawRequest(
  request: IncomingMessage,
  response: ServerResponse,
  parserOutput: object,
  parsedBodyMessage: () => string,
  held: () => HeldAnswer = () => hold(response),
): RawRequest {
  const consumed = request.readableDidRead || request.readableEnded;
  return {
    method: request.method,
    headers: headerLines(request),
    get body() {
      if (consumed) return parsedBody(request, parserOutput, parsedBodyMessage);
      if (request.readableEncoding !== null) throw new TypeError(ENCODED);
      return pieces(request);
    },
    restore(body) {
      if (!consumed && typeof body !== "string") {
        restore(request, response, parserOutput, body);
      }
    },
    drain: () => drain(request, response, parserOutput),
    parsedBodyMessage,
    hold: held,
  };
}

/** Each header line by itself. A host that imitates Node's server may have no lines. */
function headerLines({ rawHeaders, headers }: IncomingMessage): RawRequest["headers"] {
  const pairs: [name: string, value: string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    pairs.push([rawHeaders[at] as string, rawHeaders[at + 1] as string]);
  }
  return pairs.length === 0 ? headers : pairs;
}

function parsedBody(
  { headers }: IncomingMessage,
  parserOutput: ParserOutput,
  message: () => string,
): string | Uint8Array {
  for (const name of ["rawBody", "body"] as const) {
    const found = fieldOf(parserOutput, name);
    if (typeof found === "string" || isBytes(found)) return found;
  }
  const hadBody = Number(fieldOf(headers, "content-length") ?? 0) > 0 || isChunked(headers);
  if (hadBody) throw new TypeError(message());
  return "";
}

/** Reads the stream without ending it, so that the body can be put back. */
async function* pieces(request: IncomingMessage): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    if (hungUp(request)) throw new Error("the sender hung up");
    const { readableLength } = request;
    if (readableLength > 0) {
      // A stream that is read with a size does not end when it becomes empty.
      yield request.read(readableLength) as Uint8Array;
    } else if (request.readableEnded || request.complete) {
      return;
    } else {
      await change(request);
    }
  }
}

function hungUp(request: IncomingMessage): boolean {
  const { aborted, destroyed, errored, readableEnded } = request;
  // A request of HTTP/2 that is aborted ends as if it were complete.
  const stream = fieldOf(request as { stream?: { readonly aborted?: boolean } }, "stream");
  return !!errored || stream?.aborted === true || (!readableEnded && (aborted || destroyed));
}

const ENCODED =
  "request.setEncoding() was called before webhookHandler, and a signature covers the raw bytes: " +
  "remove that call";

const CHANGES = ["readable", "end", "error", "close"];

/** Waits until a stream has more to read, or has ended in any way. */
function change(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const changed = () => {
      for (const event of CHANGES) request.off(event, changed);
      resolve();
    };
    for (const event of CHANGES) request.on(event, changed);
  });
}

/** Makes a body that was read available to the next reader of the request. */
function restore(
  request: IncomingMessage,
  response: ServerResponse,
  parserOutput: ParserOutput,
  body: Uint8Array,
): void {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  parserOutput.rawBody = fieldOf(parserOutput, "rawBody") ?? bytes;
  if (request.readableEnded || hungUp(request)) return;
  if (bytes.length > 0) request.unshift(bytes);
  // Otherwise the request would never emit "close".
  response.once("close", () => request.resume());
}

/**
 * Discards the rest of a refused request. Later readers of the request get no body and do not wait for
 * one.
 *
 * @returns Whether the end was reached.
 */
function drain(
  request: IncomingMessage,
  response: ServerResponse,
  parserOutput: ParserOutput,
): Promise<boolean> {
  if (request.readableEnded) return Promise.resolve(true);
  if (request.destroyed) return Promise.resolve(false);
  if (fieldOf(parserOutput, "rawBody") === undefined) {
    parserOutput.rawBody = Buffer.alloc(0);
    if (request.readableLength > 0) request.read(request.readableLength);
  }
  response.once("close", () => request.resume());
  if (request.complete) return Promise.resolve(true);

  request.push(null);
  // If a stream ends before its message is complete, Node closes the connection.
  if (request.httpVersionMajor === 1) request.complete = true;
  if (Number(request.headers["content-length"]) > MAX_DISCARDED_BYTES) {
    request.push = () => true;
    return Promise.resolve(false);
  }
  const discarded = new Promise<boolean>((resolve) => {
    let left = MAX_DISCARDED_BYTES;
    // Node's parser calls it with each piece, and with `null` at the end.
    request.push = (piece: Uint8Array | null) => {
      if (piece === null) resolve(true);
      else if ((left -= piece.length) < 0) resolve(false);
      return true;
    };
    const closed = () => resolve(false);
    request.socket?.once("close", closed);
    response.once("close", () => request.socket?.off("close", closed));
  });
  return unlessStalled(discarded);
}

/**
 * Writes the answer, unless the handler has written one. A status or a content type that the handler
 * has set is kept.
 *
 * @param before - The status before the handler was called.
 */
export function send(response: ServerResponse, answer: Answer, before: number): void {
  if (response.headersSent || response.writableEnded) return;
  if (response.statusCode !== before) {
    response.end();
    return;
  }
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(allowedHeaders(response, answer))) {
    response.setHeader(name, value);
  }
  response.end(answer.body);
}

/** The headers of an answer that the response can still take. */
export function allowedHeaders(response: ServerResponse, { headers }: Answer): Answer["headers"] {
  const { connection: _, ...others } = headers;
  const all = (response.req?.httpVersionMajor ?? 1) > 1 ? others : headers;
  return Object.fromEntries(Object.entries(all).filter(([name]) => !response.hasHeader(name)));
}

/** A function that receives a request and answers it, unless `handle` has answered. */
export function responder<
  Event extends AnyEvent,
  Request extends IncomingMessage,
  Response extends ServerResponse,
>(
  webhook: Webhook<Event>,
  handle: (event: Event, request: Request, response: Response) => unknown,
  options: ReceiverOptions | undefined,
  parsedBodyMessage: (request: Request) => string,
): (request: Request, response: Response) => Promise<void> {
  const receive = receiver(webhook, handle, options);
  return async (request, response) => {
    const before = response.statusCode;
    const raw = rawRequest(request, response, request, () => parsedBodyMessage(request));
    const { answer } = await receive(raw, request, response);
    send(response, answer, before);
  };
}
