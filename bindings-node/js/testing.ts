/**
 * Signed requests for a receiver's tests, genuine ones and ones that it must refuse.
 *
 * They come ready for `fetch` and everything that takes a `Request`, for supertest, for Fastify's
 * `inject` and for AWS Lambda; no framework and no test runner is imported.
 *
 * @example
 * ```ts
 * const signed = signedRequest(sampleEvent("customer.at_risk"), secret);
 *
 * assert.equal((await POST(signed.request(url))).status, 200);
 * assert.equal((await POST(signed.tampered().request(url))).status, 401);
 * ```
 */

import {
  type KeyFormat,
  type PivotalEventType,
  type PivotEvent,
  type PivotEventType,
  type PivotalEvent,
  type Scheme,
  Webhook,
} from "./index.js";
import samples from "./samples.json";

/** Bytes that `fetch` takes, in every version of TypeScript's library. */
export type Bytes = ReturnType<TextEncoder["encode"]>;

/** What to send: an object becomes compact JSON, bytes and text are sent as they are. */
export type Payload = string | Uint8Array | { readonly [field: string]: unknown };

/** What {@link signedRequest} may be told. */
export interface SignedRequestOptions {
  /** When it is signed, in Unix seconds or as a `Date`. Default: now. The scheme `pivot` signs no time. */
  readonly at?: number | Date | undefined;

  /** The header scheme. Default: `svix`. */
  readonly scheme?: Scheme | undefined;

  /** The delivery's id. Default: a new one. `pivotal` sends it unsigned, and `pivot` sends none. */
  readonly id?: string | undefined;

  /** As of {@link Webhook}, if the endpoint is opened with it. */
  readonly key?: KeyFormat | undefined;
}

/** The version of the payload that an API Gateway sends, or `alb` for a load balancer. */
export type LambdaVersion = "2.0" | "1.0" | "alb";

/** How {@link SignedRequest.lambdaEvent} is made. */
export interface LambdaEventOptions {
  /** The path of the request. Default: `/`. */
  readonly path?: string | undefined;

  /** Encodes the body, as is done in any case where it is no UTF-8 or compressed. Default: `false`. */
  readonly base64?: boolean | undefined;
}

/** What `fetch`, undici and Hono's `app.request` take beside the address. */
export interface SignedRequestInit {
  method: "POST";
  headers: [name: string, value: string][];
  body: Bytes;
}

/** What of a request of supertest is used. */
export interface SuperagentRequest {
  set(name: string, value: string): unknown;
  serialize(serializer: (body: unknown) => unknown): unknown;
  send(body: object): unknown;
}

/** The body of an event, to be changed at will. */
export type Sample = { [field: string]: any };

/** Seconds: a `Webhook` tolerates 3600 at most. */
const BEYOND_ANY_TOLERANCE = 3601;

/**
 * Signs a request as its sender would.
 *
 * @param event - What to send.
 * @param secret - The endpoint's signing secret. Several of them sign as a sender does while one is
 *   rotated.
 * @throws {@link WebhookVerificationError} as {@link Webhook} for a secret, and as
 *   {@link Webhook.sign}.
 * @throws TypeError for an argument of the wrong type.
 */
export function signedRequest(
  event: Payload,
  secret: string | readonly string[],
  options: SignedRequestOptions = {},
): SignedRequest {
  const { at = Date.now() / 1000, scheme = "svix", key } = options;
  const { id = `msg_${crypto.randomUUID().replaceAll("-", "")}` } = options;
  const webhook = endpoint(secret, scheme, key);
  return signed({ webhook, scheme, id, at: unixSeconds(at) }, bytesOf(event), {
    "content-type": "application/json",
  });
}

/** Who signs what, and when. */
interface Delivery {
  readonly webhook: Webhook<PivotalEvent | PivotEvent>;
  readonly scheme: Scheme;
  readonly id: string;
  readonly at: number;
}

/** A request as it reaches a receiver, or a copy of it with a fault; {@link signedRequest} makes them. */
export class SignedRequest {
  /** The headers, with names in lower case. */
  readonly headers: { readonly [name: string]: string };

  /** The raw body. */
  readonly body: Bytes;

  readonly #delivery: Delivery;

  /** @internal */
  constructor(headers: { readonly [name: string]: string }, body: Bytes, delivery: Delivery) {
    this.headers = headers;
    this.body = body;
    this.#delivery = delivery;
  }

  // Ready for a client

  /** A `Request` to this address, for handlers that take one. */
  request(url: string | URL): Request {
    return new Request(url, this.init());
  }

  /** For `fetch(url, signed.init())` and everything alike, such as Hono's `app.request`. */
  init(): SignedRequestInit {
    return { method: "POST", headers: Object.entries(this.headers), body: this.body };
  }

  /** For supertest: `await supertest(app).post(path).use(signed.supertest())`. */
  supertest(): (request: SuperagentRequest) => void {
    return (request) => {
      for (const [name, lines] of this.#lines()) {
        // Node sends an array as several lines.
        request.set(name, (lines.length === 1 ? lines[0] : lines) as string);
      }
      // It would write bytes as JSON.
      request.serialize((body) => body);
      request.send(Buffer.from(this.body));
    };
  }

  /** For Fastify's `app.inject(signed.inject(path))`. Repeated headers are joined, as Node does. */
  inject(url: string): {
    method: "POST";
    url: string;
    headers: { [name: string]: string };
    payload: Buffer;
  } {
    return { method: "POST", url, headers: this.#joined(), payload: Buffer.from(this.body) };
  }

  /**
   * The event that an AWS Lambda function receives.
   *
   * @param version - `"2.0"` or `"1.0"` of the payload of an API Gateway, of which function URLs use
   *   `"2.0"`; `"alb"` for an Application Load Balancer.
   */
  lambdaEvent(version: LambdaVersion = "2.0", options: LambdaEventOptions = {}): Sample {
    const { path = "/", base64 = false } = options;
    const content = lambdaBody(this.body, base64);
    const lines = this.#lines();
    const last = Object.fromEntries(lines.map(([name, all]) => [name, all.at(-1)]));
    if (version === "2.0") {
      const http = { method: "POST", path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1" };
      return {
        version: "2.0",
        routeKey: "$default",
        rawPath: path,
        rawQueryString: "",
        headers: this.#joined(),
        requestContext: { http, routeKey: "$default", stage: "$default" },
        ...content,
      };
    }
    if (version === "1.0") {
      return {
        version: "1.0",
        resource: path,
        path,
        httpMethod: "POST",
        headers: last,
        multiValueHeaders: Object.fromEntries(lines),
        queryStringParameters: null,
        multiValueQueryStringParameters: null,
        pathParameters: null,
        stageVariables: null,
        requestContext: { httpMethod: "POST", path, stage: "$default" },
        ...content,
      };
    }
    const group = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/receiver/0";
    return {
      requestContext: { elb: { targetGroupArn: group } },
      httpMethod: "POST",
      path,
      queryStringParameters: {},
      headers: last,
      ...content,
    };
  }

  // With a fault

  /**
   * Signs it this much earlier: `timestamp_too_old`.
   *
   * @throws RangeError for the scheme `pivot`, which signs no time.
   */
  stale(seconds = BEYOND_ANY_TOLERANCE): SignedRequest {
    return this.#later(-seconds);
  }

  /**
   * Signs it this much later: `timestamp_too_new`.
   *
   * @throws RangeError for the scheme `pivot`, which signs no time.
   */
  future(seconds = BEYOND_ANY_TOLERANCE): SignedRequest {
    return this.#later(seconds);
  }

  /** Changes one byte of the body: `signature_mismatch`. */
  tampered(): SignedRequest {
    const body = this.body.length === 0 ? new Uint8Array([0x20]) : this.body.slice();
    const middle = Math.floor(this.body.length / 2);
    if (this.body.length > 0) body[middle] = (body[middle] as number) ^ 1;
    return this.#with(this.headers, body);
  }

  /** Signs it with a secret that nobody knows: `signature_mismatch`. */
  withWrongSecret(): SignedRequest {
    const webhook = endpoint(newSecret(), this.#delivery.scheme);
    return this.#signedAgain({ ...this.#delivery, webhook });
  }

  /**
   * Writes the body's JSON again, as a receiver that parses too early: `signature_mismatch`.
   *
   * @throws SyntaxError for a body that is no JSON, RangeError for JSON that looks the same when
   *   written again.
   */
  reserialised(): SignedRequest {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.body);
    const value: unknown = JSON.parse(text);
    for (const written of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
      if (written !== text) return this.#with(this.headers, encoded(written));
    }
    throw new RangeError("this JSON looks the same when written again");
  }

  /**
   * Sends a header of the scheme twice, with different values: `header_duplicated`.
   *
   * Where a host joins the lines of one name, as `Headers` and AWS do, it is `header_malformed`; a
   * load balancer of AWS keeps the last alone, and it is `signature_mismatch`.
   */
  withDuplicateHeader(): SignedRequest {
    const [name, value] = Object.entries(this.headers)[0] as [string, string];
    return this.#with({ ...this.headers, [name.toUpperCase()]: `${value}0` }, this.body);
  }

  /** Leaves out a header of the scheme: `header_missing`. */
  withoutHeader(): SignedRequest {
    return this.#with(Object.fromEntries(Object.entries(this.headers).slice(1)), this.body);
  }

  /**
   * Compresses the body, as a proxy might: `signature_mismatch`.
   *
   * The receivers of this package refuse the content coding itself: `header_malformed`.
   */
  compressed(): SignedRequest {
    return this.#with({ ...this.headers, "content-encoding": "gzip" }, gzip(this.body));
  }

  /**
   * Signs it with a body one byte too long, spaces at its end: `payload_too_large`.
   *
   * @param maxBody - The receiver's limit, in bytes. Default: that of {@link Webhook}.
   */
  oversized(maxBody = this.#delivery.webhook.maxBody): SignedRequest {
    const body = new Uint8Array(Math.max(maxBody + 1, this.body.length)).fill(0x20);
    body.set(this.body);
    return signed(this.#delivery, body, this.headers);
  }

  #with(headers: SignedRequest["headers"], body: SignedRequest["body"]): SignedRequest {
    return new SignedRequest(headers, body, this.#delivery);
  }

  #signedAgain(delivery: Delivery): SignedRequest {
    return signed(delivery, this.body, this.headers);
  }

  #later(seconds: number): SignedRequest {
    const { at, scheme } = this.#delivery;
    if (scheme === "pivot") throw new RangeError("the scheme pivot signs no time");
    return this.#signedAgain({ ...this.#delivery, at: at + seconds });
  }

  /** The lines of each name. */
  #lines(): [name: string, lines: string[]][] {
    const lines = new Map<string, string[]>();
    for (const [written, value] of Object.entries(this.headers)) {
      const name = written.toLowerCase();
      lines.set(name, [...(lines.get(name) ?? []), value]);
    }
    return [...lines];
  }

  #joined(): { [name: string]: string } {
    return Object.fromEntries(this.#lines().map(([name, lines]) => [name, lines.join(",")]));
  }
}

/** A clock that stands until it is told to go on. */
export interface FrozenClock {
  /** The time, in Unix seconds. */
  (): number;

  /** Goes on by this many seconds, or back if they are negative. */
  advance(seconds: number): void;
}

/**
 * A clock that stands until it is told to go on: `new Webhook(secret, { clock: frozenClock() })`.
 *
 * @param at - Unix seconds, or a `Date`. Default: now.
 */
export function frozenClock(at: number | Date = Date.now() / 1000): FrozenClock {
  let seconds = unixSeconds(at);
  const advance = (by: number): void => void (seconds += by);
  return Object.assign(() => seconds, { advance });
}

/**
 * The body of a realistic event, to be changed at will.
 *
 * All samples of a sender have the same `id`: pass another one to a receiver that remembers them.
 *
 * @param type - One of the types that the documentation lists, of Pivotal or Pivot.
 * @param changes - Members of the envelope to set, such as `id` or `data`.
 * @throws RangeError for a type that is not listed.
 */
export function sampleEvent(
  type: PivotalEventType | PivotEventType,
  changes: { readonly [field: string]: unknown } = {},
): Sample {
  if (!Object.hasOwn(samples, type)) {
    throw new RangeError(`no sample of ${type}; there are: ${Object.keys(samples).join(", ")}`);
  }
  return { ...structuredClone(samples[type]), ...changes };
}

/** A signing secret that was never used before, fit for every scheme. */
export function newSecret(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
}

function signed(
  delivery: Delivery,
  body: Bytes,
  others: { readonly [name: string]: string },
): SignedRequest {
  const { webhook, scheme, id, at } = delivery;
  // Those of the scheme come first, whatever was there before.
  const own = webhook.sentHeaders(scheme, id, at, body);
  return new SignedRequest({ ...own, ...others, ...own }, body, delivery);
}

function endpoint(
  secret: string | readonly string[],
  scheme: Scheme,
  key?: KeyFormat,
): Delivery["webhook"] {
  return scheme === "pivot"
    ? Webhook.pivot(secret, { key })
    : new Webhook(secret, { schemes: [scheme], key });
}

function bytesOf(event: unknown): Bytes {
  if (typeof event === "string") return encoded(event);
  if (event instanceof Uint8Array) return new Uint8Array(event);
  if (Object.prototype.toString.call(event) !== "[object Object]") {
    throw new TypeError("event is neither an object nor bytes nor text");
  }
  return encoded(JSON.stringify(event));
}

function encoded(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function unixSeconds(at: number | Date): number {
  return typeof at === "number" ? at : at.getTime() / 1000;
}

function lambdaBody(body: Uint8Array, base64: boolean): { body: string; isBase64Encoded: boolean } {
  try {
    if (!base64) {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
      return { body: text, isBase64Encoded: false };
    }
  } catch {
    // No UTF-8: AWS encodes it.
  }
  return { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
}

/** As gzip writes what it can't make shorter, on every runtime. */
function gzip(body: Uint8Array): Bytes {
  const header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
  const blocks: number[] = [];
  for (let at = 0; at === 0 || at < body.length; at += 0xffff) {
    const block = body.subarray(at, at + 0xffff);
    const isLast = at + 0xffff >= body.length;
    blocks.push(
      isLast ? 1 : 0,
      ...littleEndian(block.length, 2),
      ...littleEndian(~block.length, 2),
    );
    for (const byte of block) blocks.push(byte);
  }
  const trailer = [...littleEndian(checksum(body), 4), ...littleEndian(body.length, 4)];
  return new Uint8Array([...header, ...blocks, ...trailer]);
}

function littleEndian(number: number, length: number): number[] {
  return Array.from({ length }, (_, index) => (number >>> (8 * index)) & 0xff);
}

/** CRC-32. */
function checksum(body: Uint8Array): number {
  let sum = ~0;
  for (const byte of body) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
  }
  return ~sum;
}
