/**
 * Signed requests for the tests of a receiver, genuine ones and ones that it must refuse, and events
 * for the tests of a handler.
 *
 * The requests can be passed to `fetch` and everything that takes a `Request`, to supertest, to
 * Fastify's `inject` and to AWS Lambda handlers. The module imports no framework and no test runner.
 *
 * @example
 * ```ts
 * const signed = signedRequest(sampleEvent("customer.at_risk"), secret);
 *
 * assert.equal((await POST(signed.request(url))).status, 200);
 * assert.equal((await POST(signed.tampered().request(url))).status, 401);
 * ```
 */

import { Decoder, Encoder } from "./encoding.js";

export {
  ControlledStore,
  type ControlledStoreOptions,
  type StoreFault,
} from "./controlled-store.js";
import { isBytes, kindOf, ownOptions } from "./given.js";
import {
  type KeyFormat,
  PIVOT_EVENT_TYPES,
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

/** What to send: an object is sent as compact JSON, bytes and text are sent unchanged. */
export type Payload = string | Uint8Array | { readonly [field: string]: unknown };

/** The options of {@link signedRequest}. */
export interface SignedRequestOptions {
  /**
   * The time of signing, in Unix seconds or as a `Date`. Default: now. The scheme `pivot` signs no
   * time; there it is the `timestamp` of a sample whose `timestamp` was not changed.
   */
  readonly at?: number | Date | undefined;

  /** The header scheme. Default: `pivot` for an event of a Pivot type, otherwise `svix`. */
  readonly scheme?: Scheme | undefined;

  /** The delivery's id. Default: a new one. `pivotal` sends it unsigned, and `pivot` sends none. */
  readonly id?: string | undefined;

  /** The option `key` of the {@link Webhook} that receives it. */
  readonly key?: KeyFormat | undefined;
}

/** The version of an API Gateway's payload, or `alb` for an Application Load Balancer. */
export type LambdaVersion = "2.0" | "1.0" | "alb";

/** The options of {@link SignedRequest.lambdaEvent}. */
export interface LambdaEventOptions {
  /** The path of the request. Default: `/`. */
  readonly path?: string | undefined;

  /** Encodes the body in base64. A body that is not UTF-8 is always encoded. Default: `false`. */
  readonly base64?: boolean | undefined;
}

/** What `fetch`, undici and Hono's `app.request` take beside the URL. */
export interface SignedRequestInit {
  method: "POST";
  headers: [name: string, value: string][];
  body: Bytes;
}

/** The part of supertest's request that is used here. */
export interface SuperagentRequest {
  set(name: string, value: string): unknown;
  serialize(serializer: (body: unknown) => unknown): unknown;
  send(body: object): unknown;
}

/** The event that an AWS Lambda function receives. */
export type LambdaEvent = { [field: string]: any };

/** The event of this type, as {@link Webhook.unwrap} returns it. */
export type EventOfType<Type extends PivotalEventType | PivotEventType> = Extract<
  PivotalEvent | PivotEvent,
  { type: Type }
>;

type Changeable<Members> = { -readonly [name in keyof Members]: Members[name] };

/** The body of an event of Pivotal. */
export interface PivotalSample<Type extends PivotalEventType> {
  id: string;
  type: Type;
  created_at: string;
  org_id: string;
  livemode: boolean;
  api_version: string;
  data: {
    object: Changeable<EventOfType<Type>["object"]>;
    previous_attributes?: { [field: string]: unknown };
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

/** The body of an event of Pivot. */
export interface PivotSample<Type extends PivotEventType> {
  event_type: Type;
  subject: { type: string; id: string; [field: string]: unknown };
  timestamp: string;
  organization_id: string;
  space_id: string;
  data: { [field: string]: unknown };
  [field: string]: unknown;
}

/** The body of an event of this type; every member can be changed. */
export type Sample<Type extends PivotalEventType | PivotEventType> = Type extends PivotalEventType
  ? PivotalSample<Type>
  : Type extends PivotEventType
    ? PivotSample<Type>
    : never;

/** Seconds. The greatest `tolerance` is 3600. */
const BEYOND_ANY_TOLERANCE = 3601;

/** Seconds. The greatest `maxEventAge` is a year. */
const BEYOND_ANY_EVENT_AGE = 365 * 24 * 60 * 60 + 1;

/**
 * Signs a request as its sender would.
 *
 * @param event - What to send.
 * @param secret - The endpoint's signing secret. Several of them sign as a sender does while one is
 *   rotated.
 * @throws {@link WebhookError} as {@link Webhook} for a secret, and as {@link Webhook.sign}.
 * @throws TypeError for an argument of the wrong type.
 */
export function signedRequest(
  event: Payload,
  secret: string | readonly string[],
  options?: SignedRequestOptions,
): SignedRequest {
  const names = ["at", "scheme", "id", "key"];
  const given: SignedRequestOptions = Object.assign(
    Object.create(null),
    Object.fromEntries(ownOptions(options, names)),
  );
  const at = unixSeconds(given.at ?? Date.now() / 1000);
  const { scheme = schemeOf(event), key } = given;
  const { id = `msg_${newId()}` } = given;
  const webhook = endpoint(secret, scheme, key);
  return signed({ webhook, scheme, id, at }, bytesOf(atTime(event, at)), {
    "content-type": "application/json",
  });
}

/** How a request was signed. */
interface Delivery {
  readonly webhook: Webhook<PivotalEvent | PivotEvent>;
  readonly scheme: Scheme;
  readonly id: string;
  readonly at: number;
}

/** A signed request, made by {@link signedRequest}, or a copy of one with a fault. */
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

  // For clients

  /** A `Request` to this URL, for handlers that take one. */
  request(url: string | URL): Request {
    return new Request(url, this.init());
  }

  /** The second argument of `fetch`, of undici's `request` and of Hono's `app.request`. */
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
  lambdaEvent(version: LambdaVersion = "2.0", options?: LambdaEventOptions): LambdaEvent {
    const given = new Map(ownOptions(options, ["path", "base64"]));
    const path = (given.get("path") as string | undefined) ?? "/";
    const base64 = (given.get("base64") as boolean | undefined) ?? false;
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

  // Faults

  /**
   * Signs it as many seconds earlier: `timestamp_too_old`. An event of Pivot, which signs no time,
   * gets an earlier `timestamp`, which a webhook with `maxEventAge` refuses.
   *
   * @param seconds - Default: more than the greatest `tolerance`; for Pivot, more than the greatest
   *   `maxEventAge`.
   * @throws RangeError for the scheme `pivot` and a body without a `timestamp`.
   */
  stale(seconds?: number): SignedRequest {
    return this.#later(-(seconds ?? this.#beyond()));
  }

  /**
   * Signs it as many seconds later: `timestamp_too_new`. An event of Pivot gets a later `timestamp`.
   *
   * @param seconds - Default: as for {@link stale}.
   * @throws RangeError for the scheme `pivot` and a body without a `timestamp`.
   */
  future(seconds?: number): SignedRequest {
    return this.#later(seconds ?? this.#beyond());
  }

  /** Changes one byte of the body: `signature_mismatch`. */
  tampered(): SignedRequest {
    const body = this.body.length === 0 ? new Uint8Array([0x20]) : this.body.slice();
    const middle = Math.floor(this.body.length / 2);
    if (this.body.length > 0) body[middle] = (body[middle] as number) ^ 1;
    return this.#with(this.headers, body);
  }

  /**
   * Signs the same event as a retry does, with another delivery id.
   *
   * @param seconds - How much later it is signed. Default: 0.
   */
  again(seconds = 0): SignedRequest {
    const { at } = this.#delivery;
    return this.#signedAgain({ ...this.#delivery, id: `msg_${newId()}`, at: at + seconds });
  }

  /** Signs it with a new secret: `signature_mismatch`. */
  withWrongSecret(): SignedRequest {
    const webhook = endpoint(newSecret(), this.#delivery.scheme);
    return this.#signedAgain({ ...this.#delivery, webhook });
  }

  /**
   * Parses the body and serialises it again, as some body parsers do: `signature_mismatch`.
   *
   * @throws SyntaxError for a body that is not JSON, RangeError for JSON that serialises to the same
   *   text.
   */
  reserialised(): SignedRequest {
    const text = new Decoder("utf-8", { ignoreBOM: true }).decode(this.body);
    const value: unknown = JSON.parse(text);
    for (const written of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
      if (written !== text) return this.#with(this.headers, encoded(written));
    }
    throw new RangeError("this JSON is the same when it is written again");
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

  #beyond(): number {
    return this.#delivery.scheme === "pivot" ? BEYOND_ANY_EVENT_AGE : BEYOND_ANY_TOLERANCE;
  }

  #later(seconds: number): SignedRequest {
    const delivery = { ...this.#delivery, at: this.#delivery.at + seconds };
    if (delivery.scheme !== "pivot") return this.#signedAgain(delivery);
    const body = JSON.parse(new Decoder().decode(this.body)) as object | null;
    const written = memberOf(body, "timestamp");
    const time = typeof written === "string" ? Date.parse(written) : Number.NaN;
    if (body === null || Number.isNaN(time)) {
      throw new RangeError("the scheme pivot signs no time, and this body has no timestamp");
    }
    const timestamp = new Date(time + seconds * 1000).toISOString();
    return signed(delivery, encoded(JSON.stringify({ ...body, timestamp })), this.headers);
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

/** A clock whose time changes only by {@link advance}. */
export interface FrozenClock {
  /** The time, in Unix seconds. */
  (): number;

  /** Adds seconds to the time; they may be negative. */
  advance(seconds: number): void;
}

/**
 * A clock whose time changes only by its `advance`, for `new Webhook(secret, { clock: frozenClock() })`.
 *
 * @param at - Unix seconds, or a `Date`. Default: now.
 */
export function frozenClock(at: number | Date = Date.now() / 1000): FrozenClock {
  let seconds = unixSeconds(at);
  const advance = (by: number): void => void (seconds += by);
  return Object.assign(() => seconds, { advance });
}

/**
 * The body of a realistic event, in which every member can be changed. Each one of Pivotal has an
 * `id` of its own.
 *
 * @param type - A type that the documentation lists, of Pivotal or Pivot.
 * @param changes - Members of the envelope to set, such as `id` or `data`.
 * @throws RangeError for a type that is not listed.
 * @throws TypeError for `object`, which is a field of an event and no member of its body.
 */
export function sampleEvent<Type extends PivotalEventType | PivotEventType>(
  type: Type,
  changes: { readonly [field: string]: unknown } = {},
): Sample<Type> {
  if (!Object.hasOwn(samples, type)) {
    throw new RangeError(`no sample of ${type}; there are: ${Object.keys(samples).join(", ")}`);
  }
  const sample = JSON.parse(JSON.stringify(samples[type])) as Sample<Type>;
  if (Object.hasOwn(changes, "object")) {
    const form = Object.hasOwn(sample.data, "object") ? "{ object: … }" : "…";
    throw new TypeError(`the body of an event has no member object; pass { data: ${form} }`);
  }
  if (Object.hasOwn(sample, "id")) Object.assign(sample, { id: `evt_${newId()}` });
  return { ...sample, ...changes };
}

/**
 * An event as {@link Webhook.unwrap} returns it, for unit tests of a function that handles events. It
 * is made now, and its delivery has the facts of a delivery that was signed now.
 *
 * @param type - A type that the documentation lists, of Pivotal or Pivot.
 * @param changes - As for {@link sampleEvent}: members of the envelope as the sender writes them.
 * @throws RangeError for a type that is not listed.
 * @throws {@link WebhookVerificationError} with `event_malformed` for changes that are refused in a
 *   delivery.
 */
export function event<Type extends PivotalEventType | PivotEventType>(
  type: Type,
  changes?: { readonly [field: string]: unknown },
): EventOfType<Type> {
  const secret = newSecret();
  const at = Math.floor(Date.now() / 1000);
  const { body, headers } = signedRequest(sampleEvent(type, changes), secret, { at });
  const options = { clock: () => at };
  const webhook = isPivotType(type) ? Webhook.pivot(secret, options) : new Webhook(secret, options);
  return webhook.unwrap(body, headers) as EventOfType<Type>;
}

/** A new random signing secret, valid for every scheme. */
export function newSecret(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
}

function signed(
  delivery: Delivery,
  body: Bytes,
  others: { readonly [name: string]: string },
): SignedRequest {
  const { webhook, scheme, id, at } = delivery;
  // The headers of the scheme come first, and replace the headers of an earlier signature.
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

function isPivotType(type: unknown): boolean {
  return (PIVOT_EVENT_TYPES as readonly unknown[]).includes(type);
}

/** An own member of an object; `undefined` if the value is not an object or lacks the member. */
function memberOf(object: unknown, name: string): unknown {
  return Object(object) === object && Object.hasOwn(object as object, name)
    ? (object as { [name: string]: unknown })[name]
    : undefined;
}

function schemeOf(event: unknown): Scheme {
  return isPivotType(memberOf(event, "event_type")) ? "pivot" : "svix";
}

/** A sample of Pivot whose time was not changed gets the time of signing. */
function atTime(event: unknown, at: number): unknown {
  const type = memberOf(event, "event_type");
  const isSample =
    isPivotType(type) &&
    memberOf(event, "timestamp") === memberOf(memberOf(samples, type as string), "timestamp");
  return isSample ? { ...(event as object), timestamp: new Date(at * 1000).toISOString() } : event;
}

function newId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

function bytesOf(event: unknown): Bytes {
  if (typeof event === "string") return encoded(event);
  if (isBytes(event)) return new Uint8Array(event);
  if (Object.prototype.toString.call(event) !== "[object Object]") {
    throw new TypeError(`event is ${kindOf(event)}; pass an object, bytes or text`);
  }
  return encoded(JSON.stringify(event));
}

function encoded(text: string): Bytes {
  return new Encoder().encode(text);
}

function unixSeconds(at: number | Date): number {
  return typeof at === "number" ? at : at.getTime() / 1000;
}

function lambdaBody(body: Uint8Array, base64: boolean): { body: string; isBase64Encoded: boolean } {
  try {
    if (!base64) {
      const text = new Decoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
      return { body: text, isBase64Encoded: false };
    }
  } catch {
    // Not UTF-8: AWS encodes it.
  }
  return { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
}

/** The gzip format with stored blocks, which every runtime can make. */
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
