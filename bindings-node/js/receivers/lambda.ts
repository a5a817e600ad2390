/**
 * Receives webhooks in an AWS Lambda function.
 *
 * It takes the events of all services that call a function for HTTP: an API Gateway, REST or HTTP, with
 * both versions of the payload; a load balancer, with multi-value headers or without; a function URL;
 * and VPC Lattice, with both versions of the event. For a REST API, set `binaryMediaTypes` to
 * `*\/*`: otherwise bytes that are not UTF-8 arrive replaced.
 *
 * @example
 * ```ts
 * const webhook = new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET);
 *
 * export const handler = webhookHandler(webhook, (event) => console.log(event.type, event.id));
 * ```
 */

import { fieldOf } from "../given.js";
import type { HeaderValue, Webhook } from "../index.js";
import { isSuccess } from "./hold.js";
import { type Answer, type AnyEvent, receiver, type ReceiverOptions } from "../receiving.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

interface LambdaHeaders {
  readonly [name: string]: string | readonly string[] | undefined;
}

/** The event of an HTTP request, as far as it is read here. */
export interface LambdaRequest {
  readonly httpMethod?: string | undefined;
  /** The method in an event of VPC Lattice. */
  readonly method?: string | undefined;
  readonly headers?: LambdaHeaders | null | undefined;
  readonly multiValueHeaders?: LambdaHeaders | null | undefined;
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean | string | null | undefined;
  /** `isBase64Encoded` in an event of VPC Lattice, version 1. */
  readonly is_base64_encoded?: boolean | string | null | undefined;
  readonly requestContext?: unknown;
}

/** The answer of a Lambda function to an HTTP request. */
export interface LambdaResponse {
  statusCode: number;
  body: string;
  isBase64Encoded?: boolean;
  headers?: { [name: string]: string };
  multiValueHeaders?: { [name: string]: string[] };
  statusDescription?: string;
}

type Answered<Response> = Exclude<Response, void | undefined> | LambdaResponse;

/**
 * A Lambda handler that calls `handle` with every event.
 *
 * It answers 200 when `handle` has returned `undefined`. It answers a refused delivery with 401,
 * 400 or 413 and one constant text per status, and a method other than POST with 405. If `handle`
 * throws, AWS answers with a status of 5xx, and the sender tries again.
 *
 * @param handle - It also gets the arguments that Lambda passes to the function. A value that it returns
 *   is the response, in the form that the calling service takes.
 * @returns A function that throws a TypeError for an event of another kind than an HTTP request, and
 *   for a body in a form that AWS does not use.
 * @throws TypeError for an argument of the wrong type.
 */
export function webhookHandler<
  Event extends AnyEvent,
  Request extends LambdaRequest = LambdaRequest,
  Response = LambdaResponse,
>(
  webhook: Webhook<Event>,
  handle: (
    event: Event,
    request: Request,
    context: unknown,
  ) => Response | void | Promise<Response | void>,
  options?: ReceiverOptions,
): (request: Request, context: unknown) => Promise<Answered<Response>> {
  const receive = receiver(webhook, handle, options);
  return async (request, context) => {
    const given = ownFields(request);
    const raw = {
      method: methodOf(given),
      headers: headersOf(given),
      get body() {
        return bodyOf(given);
      },
      parsedBodyMessage,
      hold: () => ({ succeeded }),
      lease: timeLeft(context),
    };
    const { result, answer } = await receive(raw, request, context);
    return (result ?? responseOf(answer, given)) as Answered<Response>;
  };
}

/**
 * The rest of the invocation in milliseconds: after it AWS has ended the function, and the event can be
 * handled again.
 */
function timeLeft(context: unknown): number | undefined {
  const given = Object(context) as { readonly getRemainingTimeInMillis: () => number };
  const left = fieldOf(given, "getRemainingTimeInMillis");
  return typeof left === "function" ? Math.max(1, Math.floor(left.call(context))) : undefined;
}

/** A response without a status has 200. */
function succeeded(response: unknown): boolean {
  const statusCode = fieldOf(Object(response) as { readonly statusCode: unknown }, "statusCode");
  return statusCode === undefined || isSuccess(Number(statusCode));
}

/** The own fields of an event. A polluted prototype must not supply a field. */
function ownFields(request: unknown): LambdaRequest {
  if (!isObject(request)) throw new TypeError(NO_REQUEST);
  return own(request);
}

/** A copy without a prototype, so that a polluted one supplies no field. */
function own<Fields extends object>(fields: Fields | null | undefined): Partial<Fields> {
  return Object.assign(Object.create(null) as object, fields);
}

/** {@link own} of an object, and an empty copy of any other value. */
function ownOfObject<Fields extends object>(value: unknown): Partial<Fields> {
  return own((isObject(value) ? value : undefined) as Fields | undefined);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const NO_REQUEST =
  "the Lambda event is not of an HTTP request: those come from an API Gateway, a load balancer, a " +
  "function URL or VPC Lattice";

function methodOf({ httpMethod, method, requestContext }: LambdaRequest): string {
  const { http } = ownOfObject<{ http?: unknown }>(requestContext);
  const found = httpMethod ?? ownOfObject<{ method?: string | null }>(http).method ?? method;
  if (typeof found !== "string") throw new TypeError(NO_REQUEST);
  return found;
}

/** Each line of each header. `headers` has only the last line of a name if there are both. */
function headersOf({ headers, multiValueHeaders }: LambdaRequest): [string, HeaderValue][] {
  for (const given of [headers, multiValueHeaders]) {
    if (!isObject(given ?? {})) throw new TypeError(NO_REQUEST);
  }
  const multiple = Object.entries(multiValueHeaders ?? {});
  const entries = multiple.length > 0 ? multiple : Object.entries(headers ?? {});
  return entries.flatMap(([name, value]) =>
    [value].flat().map((line): [string, HeaderValue] => [name, line]),
  );
}

function bodyOf(given: LambdaRequest): string | Uint8Array {
  const { body, isBase64Encoded, is_base64_encoded: inLattice } = given;
  if (body === undefined || body === null) return "";
  const flag: unknown = isBase64Encoded ?? inLattice ?? false;
  if (typeof body === "string" && (typeof flag === "boolean" || typeof flag === "string")) {
    if (/^(false)?$/i.test(`${flag}`)) return body;
    if (/^true$/i.test(`${flag}`)) {
      const bytes = Buffer.from(body, "base64");
      // Node skips characters that are not of base64. Some hosts leave the padding out.
      const text = bytes.toString("base64");
      if (text === body || text.replace(/=+$/, "") === body) return bytes;
    }
  }
  throw new TypeError(parsedBodyMessage());
}

function parsedBodyMessage(): string {
  return (
    "body is not the text, or the base64, that AWS puts there, and a signature covers the raw " +
    "bytes: look for a middleware that decodes or parses it, such as httpJsonBodyParser of middy, " +
    "and export the handler without it"
  );
}

const PHRASES: { readonly [status in Answer["status"]]: string } = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Payload Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

function responseOf(answer: Answer, request: LambdaRequest): LambdaResponse {
  const { status, body, headers } = answer;
  const response: LambdaResponse = { statusCode: status, body, isBase64Encoded: false };
  // A load balancer and VPC Lattice require a status with its phrase.
  if ("elb" in ownOfObject(request.requestContext) || typeof request.method === "string") {
    response.statusDescription = `${status} ${PHRASES[status]}`;
  }
  if (!takesSeveral(request)) return { ...response, headers: { ...headers } };
  const several = Object.entries(headers).map(([name, value]) => [name, [value]]);
  return { ...response, multiValueHeaders: Object.fromEntries(several) };
}

/** Whether the caller reads `multiValueHeaders` of an answer: it sent them, or no other headers. */
function takesSeveral({ multiValueHeaders, headers }: LambdaRequest): boolean {
  if (multiValueHeaders === undefined) return false;
  return !isEmpty(multiValueHeaders) || isEmpty(headers);
}

function isEmpty(headers: LambdaHeaders | null | undefined): boolean {
  return Object.keys(headers ?? {}).length === 0;
}
