/**
 * Receives webhooks in an AWS Lambda function.
 *
 * It takes what calls a function for HTTP: an API Gateway, REST or HTTP, with either version of the
 * payload; a load balancer, with multi-value headers or without; and a function's own URL. For a REST
 * API, set `binaryMediaTypes` to `*\/*`: as text, bytes that are no UTF-8 arrive replaced.
 *
 * @example
 * ```ts
 * const webhook = new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET);
 *
 * export const handler = webhookHandler(webhook, (event) => console.log(event.type, event.id));
 * ```
 */

import type { HeaderValue, Webhook } from "../index.js";
import { type Answer, type AnyEvent, receiver, type ReceiverOptions } from "../receiving.js";

export type { AnyEvent, Outcome, ReceiverOptions } from "../receiving.js";

/** What a Lambda function is called with for an HTTP request, as far as it matters here. */
export interface LambdaRequest {
  readonly httpMethod?: string | undefined;
  readonly headers?: { readonly [name: string]: string | undefined } | null | undefined;
  readonly multiValueHeaders?:
    { readonly [name: string]: readonly string[] | undefined } | null | undefined;
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean | undefined;
  readonly requestContext?: unknown;
}

/** What a Lambda function answers an HTTP request with. */
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
 * A Lambda handler that hands every event to `handle`.
 *
 * It answers 200 when `handle` has returned; 401, 400 or 413 for what is refused, each with one
 * constant text; 405 for other methods than POST. What `handle` throws AWS answers with a status of
 * 5xx, and the sender tries again.
 *
 * @param handle - Also takes what Lambda passes to the function. What it returns, unless it is
 *   `undefined`, is the response, in the shape that the caller takes.
 * @throws TypeError, the handler does, for a call that is no HTTP request or a body that is not what
 *   AWS puts there.
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
  const receive = receiver(webhook, options);
  return async (request, context) => {
    const { event, answer } = await receive({
      method: methodOf(request),
      headers: headersOf(request),
      get body() {
        return bodyOf(request);
      },
    });
    const response = event && (await handle(event, request, context));
    return (response ?? responseOf(answer, request)) as Answered<Response>;
  };
}

function methodOf({ httpMethod, requestContext }: LambdaRequest): string {
  const { http } = (requestContext ?? {}) as { http?: { method?: string } };
  const method = httpMethod ?? http?.method;
  if (typeof method !== "string") {
    throw new TypeError(
      "the Lambda event is no HTTP request: those come from an API Gateway, a load balancer or a " +
        "function URL",
    );
  }
  return method;
}

/** Where several lines of a name are kept, `headers` has the last alone. */
function headersOf({ headers, multiValueHeaders }: LambdaRequest): [string, HeaderValue][] {
  return Object.entries(multiValueHeaders ?? headers ?? {}).flatMap(([name, value]) =>
    [value].flat().map((line): [string, HeaderValue] => [name, line]),
  );
}

function bodyOf({ body, isBase64Encoded }: LambdaRequest): string | Uint8Array {
  if (body === undefined || body === null) return "";
  if (typeof body === "string") {
    if (isBase64Encoded !== true) return body;
    const bytes = Buffer.from(body, "base64");
    // Node skips what is no base64.
    if (bytes.toString("base64") === body) return bytes;
  }
  throw new TypeError(
    "body is not the text, or the base64, that AWS puts there, and a signature covers the raw " +
      "bytes: look for a middleware that decodes or parses it, such as httpJsonBodyParser of middy, " +
      "and export the handler without it",
  );
}

const PHRASES: { readonly [status in Answer["status"]]: string } = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  405: "Method Not Allowed",
  413: "Payload Too Large",
  500: "Internal Server Error",
};

function responseOf(answer: Answer, request: LambdaRequest): LambdaResponse {
  const { status, body, headers } = answer;
  const response: LambdaResponse = { statusCode: status, body, isBase64Encoded: false };
  if ("elb" in ((request.requestContext ?? {}) as object)) {
    response.statusDescription = `${status} ${PHRASES[status]}`;
  }
  if (request.multiValueHeaders === undefined) return { ...response, headers: { ...headers } };
  const several = Object.entries(headers).map(([name, value]) => [name, [value]]);
  return { ...response, multiValueHeaders: Object.fromEntries(several) };
}
