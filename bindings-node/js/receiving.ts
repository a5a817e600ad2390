/**
 * Receives webhooks without a framework: reads a request, verifies it, calls a handler and returns
 * the answer.
 *
 * Every receiver of this package calls this flow. The receiver itself only reads the method, the
 * headers and the body from its host, and writes the answer. A receiver for another host can do the
 * same in a few lines.
 */

import { AUTHENTIC_CODES, REFUSALS } from "./codes.js";
import type { Diagnosis, Finding } from "./diagnosis.js";
import { Encoder } from "./encoding.js";
import { isChunked } from "./headers.js";
import { fieldOf, isBytes, kindOf } from "./given.js";
import { isStore, Once, type StoreResult, type Verdict } from "./idempotency/once.js";
import type { Store } from "./idempotency/store.js";
import {
  type ErrorCode,
  type PivotalEvent,
  type PivotEvent,
  type Scheme,
  type Verified,
  Webhook,
  type WebhookHeaders,
  WebhookVerificationError,
} from "./index.js";

/** The body of each answer. It is the same for every reason of a status; the reason is logged. */
export const ANSWERS: Readonly<Record<200 | 400 | 401 | 405 | 409 | 413 | 500 | 503, string>> =
  Object.freeze({
    200: "ok",
    405: "method not allowed",
    409: "event in progress",
    503: "try again later",
    ...REFUSALS,
  });

/**
 * How many bytes of an unread body a receiver discards before it answers. Many senders read the
 * answer only after they have sent their whole body.
 */
export const MAX_DISCARDED_BYTES = 4 * 2 ** 20;

/** How long a receiver discards, in milliseconds, before it answers a sender that stalls. */
export const MAX_DISCARD_TIME = 2_000;

/** The result of a verification, for logs and metrics. */
export interface Outcome {
  /**
   * `aborted` if the sender disconnected before the body was complete. If `bodyBytes` is 0, another
   * reader may also have consumed the body before the receiver and ended its stream.
   *
   * With the option `once`, one of these may follow an `accepted` of the same request: `duplicate` if
   * the event was done before, `in_progress` if another worker has it, `lease_lost` if the handler ran
   * and another worker claimed or completed the event meanwhile, `store_failed` if the store gave no
   * answer in time.
   */
  readonly result: "accepted" | "refused" | "aborted" | StoreResult;

  /** The code of the error if the delivery was refused, otherwise `null`. */
  readonly code: ErrorCode | null;

  /**
   * The HTTP status that verification leads to: 200 for an accepted delivery. For a result of the
   * store, the status of the answer; 200 if the handler answers.
   */
  readonly status: number;

  /** The header scheme, if the signature is genuine. */
  readonly scheme: Scheme | null;

  /** The receiver's time minus the signed time, in seconds; negative if the signed time is ahead. */
  readonly skew: number | null;

  /** The label of the secret that made the signature, if the signature is genuine. */
  readonly label: string | null;

  /** The signed id of the delivery, if the signature is genuine and covers one. */
  readonly deliveryId: string | null;

  /** How many bytes of the body were read. */
  readonly bodyBytes: number;

  /** The error of a refused delivery. None of its texts come from the request. */
  readonly error: WebhookVerificationError | null;

  /** The event of an accepted delivery. */
  readonly event: AnyEvent | null;

  /** What the store threw, if the result is `store_failed`; otherwise `null`. */
  readonly storeError: unknown;
}

/** The options of every receiver. */
export interface ReceiverOptions {
  /**
   * Called once per request, after verification and before the handler; with the option `once` a second
   * time if this request did not complete the event as usual. The receiver waits for a promise that it
   * returns. If it throws or rejects, the error is logged with `console.error`, and the
   * answer does not change. Default: {@link logOutcome}.
   */
  readonly onOutcome?: ((outcome: Outcome) => unknown) | undefined;

  /**
   * A store of `pivotal-webhooks/idempotency`, or a `Once` around it with options: each event is handled
   * to completion once. What the handler answers is sent when the event is marked as done.
   */
  readonly once?: Store | Once | undefined;

  /**
   * For development: a `Diagnosis` of `pivotal-webhooks/diagnosis`. After a refusal the first finding
   * is logged with `console.warn`. What the sender gets stays the same.
   */
  readonly onFailure?: Diagnosis | undefined;
}

/** A request in the form in which its host passes it. */
export interface RawRequest {
  /** The method, in upper case. */
  readonly method: string | undefined;

  /** All headers, in any shape that {@link Webhook.unwrap} takes. */
  readonly headers: WebhookHeaders;

  /**
   * The raw body. Pieces are read until the limit is exceeded, and copied at once. A rejection while
   * they are read means that the sender disconnected.
   */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;

  /**
   * Makes the bytes that were read available to the next reader of the request's body. If the sender
   * disconnected, they are a part of the body.
   */
  readonly restore?: ((body: string | Uint8Array) => void) | undefined;

  /**
   * Discards the unread rest of a refused request, up to {@link MAX_DISCARDED_BYTES}. Resolves to
   * whether the end was reached; otherwise the answer asks to close the connection.
   */
  readonly drain?: (() => Promise<boolean>) | undefined;

  /**
   * The message of the TypeError for a body that was consumed before. It names the consumer, if it is
   * known, and what to write instead.
   */
  readonly parsedBodyMessage?: (() => string) | undefined;

  /**
   * Begins to hold back the answer of a handler, for a receiver with the option `once`. Without this
   * function, the host must send nothing before the receiver has returned, and every handler that
   * returns has succeeded.
   */
  readonly hold?: (() => HeldAnswer) | undefined;

  /**
   * How long the host lets this request run, in milliseconds: the lease of its event, which is then not
   * renewed.
   */
  readonly lease?: number | undefined;
}

/** The answer of a handler, until it is known whether it may be sent. */
export interface HeldAnswer {
  /** Whether the answer is 2xx, when the handler has returned this. */
  readonly succeeded: (result: unknown) => boolean;

  /** Resolves when the handler has sent its whole answer and waits until it has left. */
  readonly awaited?: Promise<void> | undefined;

  /** Sends what was held back, and holds back no more. */
  readonly send?: (() => void) | undefined;

  /** Forgets what was held back, and holds back no more. */
  readonly drop?: (() => void) | undefined;
}

/** The answer to the sender. */
export interface Answer {
  readonly status: keyof typeof ANSWERS;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** The result of a request. */
export interface Received<Result> {
  readonly answer: Answer;

  /** The outcome that the hook got first; `null` for a method other than POST. */
  readonly outcome: Outcome | null;

  /** Whether the handler has run and may answer by itself. Otherwise `answer` must be sent. */
  readonly handled: boolean;

  /** The value that the handler returned; `undefined` if it was not called. */
  readonly result: Result | undefined;
}

/** The events of both senders. */
export type AnyEvent = PivotalEvent | PivotEvent;

/**
 * Logs an outcome to the console in one line: a refused delivery with `console.warn`, a fault of the
 * receiver with `console.error`, any other with `console.info`. The line ends in a JSON object with
 * these members, if they are known: `status`, `header`, `path`, `reason`, `deliveryId`, `skew` and `help` of a refusal;
 * `type`, `id`, `deliveryId`, `scheme`, `label` and `skew` of an accepted delivery and of a result of the
 * store, of which a lost lease is logged with `console.warn` and a failure with `console.error`;
 * `bodyBytes` of an aborted one, and `help` if that is 0. It never has a secret, a signature or a body.
 */
export function logOutcome(outcome: Outcome): void {
  const { result, code, status, scheme, label, bodyBytes, error, event } = outcome;
  const skew = outcome.skew ?? undefined;
  const deliveryId = outcome.deliveryId ?? undefined;
  if (event !== null) {
    const { type, id } = event;
    const fields = { type, id, deliveryId, scheme, label: label ?? undefined, skew };
    if (result === "store_failed") log("error", "store failed", fields, outcome.storeError);
    else if (result === "duplicate") log("info", "not handled again: the event is done", fields);
    else if (result === "in_progress") log("info", `not handled now: ${ELSEWHERE}`, fields);
    else if (result === "lease_lost") log("warn", `handled, but meanwhile ${ELSEWHERE}`, fields);
    else log("info", "accepted", fields);
  } else if (result === "aborted") {
    if (bodyBytes > 0) log("info", "aborted: the sender hung up", { bodyBytes });
    else
      log("info", `aborted: the sender hung up, or ${READ_BEFORE}`, { bodyBytes, help: ABORTED });
  } else {
    const { header, path, reason, help } = error ?? {};
    const fields = { status, header, path, reason, deliveryId, skew, help };
    if (status >= 500) log("error", `failed (${code})`, fields);
    else log("warn", `refused (${code})`, fields);
  }
}

/** Logs why a delivery was refused, in one line; `undefined` if no known accident fits. */
function logFinding({ code }: Outcome, finding: Finding | undefined): void {
  if (finding !== undefined) {
    const { message, help } = finding;
    log("warn", `diagnosed (${finding.code})`, { message, help });
  } else if (code === null || !AUTHENTIC_CODES.includes(code)) {
    log("warn", "diagnosed: no known accident fits", { help: NO_FINDING });
  }
}

const NO_FINDING =
  "the secret belongs to another endpoint, or the content was changed; if there are other secrets, " +
  "pass them to the diagnosis as otherSecrets";
const ELSEWHERE = "another worker has the event";
const READ_BEFORE = "something read the body before the receiver";
const ABORTED =
  "if this happens to deliveries that their sender did not break off, look for a middleware or a hook " +
  "that reads, cancels or destroys the request's body before the receiver";

function log(
  level: "info" | "warn" | "error",
  what: string,
  fields: object,
  ...cause: unknown[]
): void {
  console[level](`webhook ${what} ${JSON.stringify(fields)}`, ...cause);
}

/**
 * Makes the flow of a receiver: it reads the body, verifies it, calls the handler and returns the answer.
 *
 * @param webhook - The endpoint. Make it once.
 * @param handle - Called with the event of every accepted delivery and with the further arguments
 *   that the returned function is called with.
 * @returns A function that takes a request. It rejects with the value that `handle` throws (with an
 *   Error instead of a value that is not an object), with a {@link WebhookConfigurationError} if the secret is a function and gives no
 *   usable secret, and with a TypeError for a fault of the program, such as a body that a parser has
 *   consumed before.
 * @throws TypeError for an argument of the wrong type or an option that doesn't exist.
 */
export function receiver<Event extends AnyEvent, Context extends readonly unknown[], Result>(
  webhook: Webhook<Event>,
  handle: (event: Event, ...context: Context) => Result,
  options: ReceiverOptions = {},
): (request: RawRequest, ...context: Context) => Promise<Received<Awaited<Result>>> {
  if (!(webhook instanceof Webhook)) {
    throw new TypeError("webhook is not a Webhook of this package; import both from the same one");
  }
  if (typeof handle !== "function") {
    throw new TypeError(`handle is ${kindOf(handle)}; pass the function that takes an event`);
  }
  if (isGenerator(handle)) throw new TypeError(GENERATOR);
  const { onOutcome, once, onFailure } = checkedOptions(options);
  once?.check(webhook as Webhook<AnyEvent>);

  return async (given, ...context) => {
    const request = requestOf(given);
    if (request.method !== "POST") {
      const answer = await refuse(request, 405);
      return { answer, outcome: null, handled: false, result: undefined };
    }
    const { outcome, body } = await verify(webhook, request);
    const told = tell(onOutcome, outcome);
    if (outcome.event === null) {
      if (onFailure !== undefined && body !== undefined) {
        await told;
        diagnoseWith(onFailure, outcome, body, request.headers);
      }
      const answer = await refuse(request, outcome.status as Answer["status"]);
      await told;
      return { answer, outcome, handled: false, result: undefined };
    }
    const { event } = outcome;
    const run = () => handled(() => handle(event, ...context));
    if (once === undefined) {
      const result = await run();
      await told;
      return { answer: answer(200), outcome, handled: true, result };
    }
    const verdict = await handledOnce(once, request, event, run, async (more) => {
      await told;
      await tell(onOutcome, { ...outcome, ...more });
    });
    await told;
    if (verdict.ran) {
      return { answer: answer(200), outcome, handled: true, result: verdict.result };
    }
    const { status, retryAfter } = verdict;
    const more = retryAfter === undefined ? {} : { "retry-after": `${retryAfter}` };
    return { answer: answer(status, more), outcome, handled: false, result: undefined };
  };
}

/** Runs a handler by a store, and holds back its answer until the store has its event as done. */
async function handledOnce<Result>(
  once: Once,
  request: RawRequest,
  event: AnyEvent,
  handle: () => Promise<Awaited<Result>>,
  report: (more: Pick<Outcome, "result" | "status" | "storeError">) => Promise<void>,
): Promise<Verdict<Awaited<Result> | undefined>> {
  let held: HeldAnswer | undefined;
  try {
    const verdict = await once.run<Awaited<Result> | undefined>({
      event,
      run: () => {
        held = request.hold?.();
        const returned = handle();
        const awaited = held && fieldOf(held, "awaited");
        if (awaited === undefined) return returned;
        const answered = awaited.then(() => {
          returned.catch((error: unknown) => console.error("webhook handler failed late", error));
          return undefined;
        });
        return Promise.race([returned, answered]);
      },
      succeeded: (result) => held?.succeeded(result) ?? true,
      report: (result, status, storeError = null) => report({ result, status, storeError }),
      lease: request.lease,
    });
    if (held) fieldOf(held, verdict.ran ? "send" : "drop")?.();
    return verdict;
  } catch (error) {
    if (held) fieldOf(held, "drop")?.();
    throw error;
  }
}

/** The answer of a status. */
export function answer(status: Answer["status"], more: Answer["headers"] = {}): Answer {
  const headers = { "content-type": "text/plain; charset=utf-8", ...more };
  return { status, headers, body: ANSWERS[status] };
}

/** Resolves to what a promise does, or to `false` after {@link MAX_DISCARD_TIME}. */
export async function unlessStalled(reading: Promise<boolean>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, MAX_DISCARD_TIME, false);
  });
  try {
    return await Promise.race([reading, stalled]);
  } finally {
    clearTimeout(timer);
  }
}

/** The fields of a request. A polluted prototype supplies none. */
function requestOf(given: RawRequest): RawRequest {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`request is ${kindOf(given)}; pass { method, headers, body }`);
  }
  return {
    method: fieldOf(given, "method"),
    headers: fieldOf(given, "headers") as WebhookHeaders,
    get body() {
      return fieldOf(given, "body") as RawRequest["body"];
    },
    restore: fieldOf(given, "restore")?.bind(given),
    drain: fieldOf(given, "drain")?.bind(given),
    parsedBodyMessage: fieldOf(given, "parsedBodyMessage")?.bind(given),
    hold: fieldOf(given, "hold")?.bind(given),
    lease: fieldOf(given, "lease"),
  };
}

function checkedOptions(options: ReceiverOptions): {
  onOutcome: (outcome: Outcome) => unknown;
  once: Once | undefined;
  onFailure: Diagnosis | undefined;
} {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`options is ${kindOf(options)}; pass an object`);
  }
  // Own properties only: a polluted prototype must not supply an option.
  const given = new Map<string, unknown>(Object.entries(options));
  for (const name of given.keys()) {
    if (name !== "onOutcome" && name !== "once" && name !== "onFailure") {
      throw new TypeError(`there is no option ${JSON.stringify(name)}`);
    }
  }
  const hook = given.get("onOutcome");
  if (hook !== undefined && typeof hook !== "function") {
    throw new TypeError(`onOutcome is ${kindOf(hook)}; pass a function that takes an outcome`);
  }
  return {
    onOutcome: (hook as ReceiverOptions["onOutcome"]) ?? logOutcome,
    once: onceOf(given.get("once")),
    onFailure: diagnosisOf(given.get("onFailure")),
  };
}

function diagnosisOf(given: unknown): Diagnosis | undefined {
  if (given === undefined) return undefined;
  // Not by `instanceof`: nothing of the diagnosis is imported here.
  if (typeof fieldOf(Object(given) as Diagnosis, "diagnose") !== "function") {
    throw new TypeError(
      `onFailure is ${kindOf(given)}; pass a new Diagnosis(secret) of the subpath diagnosis`,
    );
  }
  return given as Diagnosis;
}

function onceOf(given: unknown): Once | undefined {
  if (given === undefined) return undefined;
  // Not by `instanceof`: the class that the program imports is in another bundle.
  const once = Object(given) as Once;
  const isOnce = [fieldOf(once, "run"), fieldOf(once, "check")].every(
    (method) => typeof method === "function",
  );
  return isOnce && !isStore(given) ? once : new Once(given as Store);
}

interface Judged<Event> {
  /** The event in it is `null` unless the delivery is accepted. */
  readonly outcome: Outcome & { readonly event: Event | null };

  /** `undefined` if it was not read to its end. */
  readonly body: string | Uint8Array | undefined;
}

/** Reads and verifies a request. */
async function verify<Event extends AnyEvent>(
  webhook: Webhook<Event>,
  request: RawRequest,
): Promise<Judged<Event>> {
  const buffer = new BodyBuffer(webhook.maxBody);
  const unsigned = { scheme: null, skew: null, label: null, deliveryId: null };
  const unknown = { ...unsigned, code: null, error: null, event: null, storeError: null };
  let announced = 0;
  let body: string | Uint8Array | undefined;
  try {
    announced = webhook.announcedLength(request.headers);
    body = await readBody(request, announced, buffer);
    const bodyBytes = buffer.size;
    if (body === undefined) {
      return { outcome: { ...unknown, result: "aborted", status: 400, bodyBytes }, body };
    }
    const event = webhook.unwrap(body, request.headers);
    const facts = { ...unknown, ...signedFacts(event.delivery), event };
    return { outcome: { ...facts, status: 200, result: "accepted", bodyBytes }, body };
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    const { code, status } = error;
    // A request without signature headers is refused in any case, so that it doesn't throw this error.
    if (code === "signature_mismatch" && isMissing(request, announced, buffer.size)) {
      throw new TypeError(request.parsedBodyMessage?.() ?? CONSUMED, { cause: error });
    }
    const known = { code, status, error, bodyBytes: buffer.size, skew: error.skew ?? null };
    const facts = { ...unknown, ...known, result: "refused" } as const;
    if (body === undefined || !AUTHENTIC_CODES.includes(code)) return { outcome: facts, body };
    try {
      const signed = signedFacts(webhook.verifySignature(body, request.headers));
      return { outcome: { ...facts, ...signed }, body };
    } catch {
      return { outcome: facts, body }; // the time ran out between the two calls
    }
  }
}

function signedFacts({ scheme, skew, label, id }: Verified) {
  return { scheme, skew, label, deliveryId: id };
}

/** Logs the first finding. The answer does not depend on it. */
function diagnoseWith(
  diagnosis: Diagnosis,
  outcome: Outcome,
  body: string | Uint8Array,
  headers: WebhookHeaders,
): void {
  try {
    logFinding(outcome, diagnosis.diagnose(body, headers)[0]);
  } catch (error) {
    console.error("webhook diagnosis failed", error);
  }
}

/** Calls the hook. The promise resolves when the hook has finished, and never rejects. */
async function tell(hook: (outcome: Outcome) => unknown, outcome: Outcome): Promise<void> {
  try {
    await hook(outcome);
  } catch (error) {
    console.error("webhook onOutcome failed", error);
  }
}

/**
 * Calls the handler. Frameworks take a thrown `undefined` or `"route"` for no error, and some answer
 * with the status of an error.
 */
async function handled<Result>(call: () => Result): Promise<Awaited<Result>> {
  let result: Awaited<Result>;
  try {
    result = await call();
  } catch (error) {
    if (typeof error === "object" && error !== null) {
      if (!hasStatusOfSuccess(error)) throw error;
      throw new Error("the webhook handler threw an error with a status of 2xx", {
        cause: error,
      });
    }
    throw new Error(`the webhook handler threw ${kindOf(error)} instead of an Error`, {
      cause: error,
    });
  }
  if (isGenerator(result)) throw new TypeError(GENERATOR);
  return result;
}

function hasStatusOfSuccess(error: object): boolean {
  const { status, statusCode } = error as {
    readonly status?: unknown;
    readonly statusCode?: unknown;
  };
  return [status, statusCode].some((code) => typeof code === "number" && code >= 200 && code < 300);
}

const GENERATOR =
  "the webhook handler is or returns a generator, which runs nothing when it is called: write no " +
  "yield in it";

/** Whether a value is a generator, or a function that returns one. */
function isGenerator(value: unknown): boolean {
  return /^\[object (Async)?Generator(Function)?\]$/.test(Object.prototype.toString.call(value));
}

/** Discards the rest of a request; the answer of the status. */
async function refuse(request: RawRequest, status: Answer["status"]): Promise<Answer> {
  const reachedEnd = (await request.drain?.()) ?? true;
  return answer(status, {
    ...(status === 405 && { allow: "POST" }),
    // The next bytes on the connection might be the rest of this body.
    ...(request.drain && (status === 413 || !reachedEnd) && { connection: "close" }),
  });
}

/**
 * The whole body; `undefined` if the sender disconnected.
 *
 * @throws WebhookVerificationError for a body that is compressed or too large.
 */
async function readBody(
  request: RawRequest,
  length: number,
  buffer: BodyBuffer,
): Promise<string | Uint8Array | undefined> {
  const { body } = request;
  if (typeof body === "string") {
    buffer.grow(new Encoder().encode(body).length);
  } else if (isBytes(body)) {
    buffer.grow(body.length);
  } else if (!isAsyncIterable(body)) {
    throw new TypeError(
      `body is ${kindOf(body)}; pass the raw bytes, the text, or an async iterable of bytes`,
    );
  } else {
    buffer.reserve(length);
    const pieces = body[Symbol.asyncIterator]();
    for (;;) {
      let next: IteratorResult<Uint8Array>;
      try {
        next = await pieces.next();
      } catch {
        request.restore?.(buffer.bytes());
        return undefined;
      }
      if (next.done === true) break;
      try {
        buffer.append(next.value);
      } catch (error) {
        await pieces.return?.();
        throw error;
      }
    }
  }
  const whole = typeof body === "string" || isBytes(body) ? body : buffer.bytes();
  request.restore?.(whole);
  return whole;
}

/** Whether something read the body, or a part of it, before the receiver. */
function isMissing(request: RawRequest, announced: number, size: number): boolean {
  return size < announced || (size === 0 && isChunked(request.headers));
}

function isAsyncIterable(body: unknown): body is AsyncIterable<Uint8Array> {
  const { [Symbol.asyncIterator]: iterator } = Object(body) as Partial<AsyncIterable<unknown>>;
  return typeof iterator === "function";
}

const CONSUMED =
  "the request announces a body and has none: something has read it before the receiver, and a " +
  "signature covers the raw bytes";

/** The largest buffer that is allocated before a byte has arrived. */
const MAX_RESERVED = 65_536;

/**
 * The body of one request while it is read: one buffer that grows by doubling, as a body may come in
 * pieces of one byte.
 */
class BodyBuffer {
  /** How many bytes were read. */
  size = 0;

  /** The most bytes that are accepted. */
  readonly limit: number;

  #buffer = new Uint8Array();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Allocates for a body of this length. */
  reserve(length: number): void {
    this.#buffer = new Uint8Array(Math.min(length, this.limit, MAX_RESERVED));
  }

  /** Counts bytes. */
  grow(length: number): void {
    this.size += length;
    if (this.size > this.limit) throw Webhook.bodyTooLarge();
  }

  /** Copies a piece to the end. */
  append(piece: Uint8Array): void {
    if (!isBytes(piece)) {
      throw new TypeError(`a piece of the body is ${kindOf(piece)}; pass the raw bytes`);
    }
    const at = this.size;
    this.grow(piece.length);
    if (this.size > this.#buffer.length) {
      const capacity = Math.max(this.size, 2 * this.#buffer.length);
      const larger = new Uint8Array(Math.min(capacity, this.limit));
      larger.set(this.#buffer.subarray(0, at));
      this.#buffer = larger;
    }
    this.#buffer.set(piece, at);
  }

  /** All bytes that were appended. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.size);
  }
}
