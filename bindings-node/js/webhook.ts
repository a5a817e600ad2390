/** The verifier. */

import { bodyBytes, type WebhookBody } from "./body.js";
import { Ask, faults, numbers, SignText } from "./core.js";
import { accepted, guarded, refuse, WebhookVerificationError } from "./errors.js";
import { eventOf, eventReport } from "./event.js";
import type { PivotalEvent, PivotEvent } from "./events.js";
import { headerTexts, type WebhookHeaders } from "./headers.js";
import {
  type Opened,
  openVerifier,
  type PivotWebhookOptions,
  type WebhookOptions,
  type WebhookSecret,
} from "./options.js";
import type { Scheme } from "./schemes.js";
import type { Texts } from "./texts.js";
import { type Verified, verifiedLast } from "./verified.js";

/** What {@link Webhook.sign} may be told. */
export interface SignOptions {
  /** The scheme to sign in. Default: the first one that the webhook accepts. */
  readonly scheme?: Scheme | undefined;
}

interface HeadersByName {
  readonly [name: string]: string;
}

const PIVOT: unique symbol = Symbol("Pivot endpoint");

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Verifies the deliveries of one webhook endpoint.
 *
 * Construct it once, at start, and share it. Keys are prepared then and kept in native memory; no
 * property, `JSON.stringify`, `console.log` or structured clone shows them.
 *
 * @example
 * ```ts
 * const webhook = new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET);
 *
 * app.post("/webhooks/pivotal", express.raw({ type: "application/json" }), (req, res) => {
 *   const event = webhook.unwrap(req.body, req.headers); // throws unless authentic and fresh
 *   if (event.type === "customer.at_risk") {
 *     console.log(event.object.name, event.object.health_score);
 *   }
 *   res.sendStatus(200);
 * });
 * ```
 *
 * @typeParam Event - What {@link unwrap} answers: {@link PivotalEvent}, or {@link PivotEvent} where
 *   {@link pivot} made it.
 */
export class Webhook<Event = PivotalEvent> {
  readonly #opened: Opened;

  /**
   * A Pivotal endpoint.
   *
   * @param secret - The endpoint's signing secret as its settings page shows it; while a rotation
   *   runs several, as an array or as an object from label to secret.
   * @throws {@link WebhookVerificationError} with `secret_empty` (`undefined` included),
   *   `secret_malformed`, `secret_weak` or `config_invalid`.
   * @throws TypeError for a secret or an option of the wrong type, or an option that doesn't exist.
   * @see https://docs.pivotal.app/webhooks
   */
  constructor(secret: WebhookSecret, options?: WebhookOptions);
  /** @internal */
  constructor(secret: WebhookSecret, options: object | undefined, endpoint: typeof PIVOT);
  constructor(secret: WebhookSecret, options: object = {}, endpoint?: typeof PIVOT) {
    this.#opened = openVerifier(endpoint === PIVOT, secret, options);
  }

  /**
   * A Pivot endpoint, whose deliveries carry one signature over the body and no signed time.
   *
   * @param secret - As for the constructor.
   * @throws As the constructor does.
   * @see https://pivot.app/docs/organization/webhooks
   */
  static pivot(secret: WebhookSecret, options?: PivotWebhookOptions): Webhook<PivotEvent> {
    return pivotWebhook(secret, options);
  }

  /**
   * The event of an authentic, fresh delivery, in fields with types: comparing its `type` narrows
   * it. Types and fields that this version has never seen are no error, and kept.
   *
   * @param body - The raw body of the request, before any parser.
   * @param headers - All headers of the request.
   * @returns A plain object of what the verified bytes say, the same however the sender wrote it.
   *   The envelope's fields are checked; those of the record are as the sender documents them.
   * @throws As {@link verify} does, `payload_malformed` for an empty body too.
   * @throws {@link WebhookVerificationError} with `event_malformed` for authentic JSON that is no
   *   event of this endpoint's sender; `event_type_mismatch` for an event of another type than an
   *   unsigned header says.
   */
  unwrap(body: WebhookBody, headers: WebhookHeaders): Event {
    const texts = headerTexts(headers);
    const now = clockTime(this.#opened.clock);
    // Last, so that none of the caller's code runs between this and the parsing.
    const bytes = bodyBytes(body);
    const report = this.#ask(Ask.unwrap, now, bytes, texts);
    const content = eventReport(report);
    const delivery = verifiedLast(texts, this.#opened.labels);
    return guarded(() => eventOf(parsed(body, bytes), content, delivery) as Event);
  }

  /**
   * The JSON of an authentic, fresh delivery, whatever it tells.
   *
   * @param body - The raw body of the request, before any parser.
   * @param headers - All headers of the request.
   * @returns The parsed JSON of exactly the bytes that were verified; `null` for an empty body.
   * @throws {@link WebhookVerificationError} with `header_missing`, `header_duplicated`,
   *   `header_malformed`, `timestamp_malformed`, `too_many_signatures`, `signature_mismatch`,
   *   `timestamp_too_old` or `timestamp_too_new` for a delivery that is not authentic or not fresh;
   *   `payload_too_large` for a body over `maxBody`; `payload_malformed` for an authentic body that
   *   is not strict JSON with an object outermost; `internal` for a fault of the verifier itself.
   * @throws TypeError for a body that was parsed already, or headers that are none.
   */
  verify(body: WebhookBody, headers: WebhookHeaders): unknown {
    const texts = headerTexts(headers);
    const now = clockTime(this.#opened.clock);
    const bytes = bodyBytes(body);
    refuse(this.#ask(Ask.verify, now, bytes, texts));
    if (bytes.byteLength === 0) {
      return null;
    }
    return guarded(() => parsed(body, bytes));
  }

  /**
   * The facts of an authentic, fresh delivery. Its body is not parsed, and may be anything.
   *
   * @param body - The raw body of the request, before any parser.
   * @param headers - All headers of the request.
   * @throws As {@link verify} does, without `payload_malformed` unless `maxEventAge` is set.
   */
  verifySignature(body: WebhookBody, headers: WebhookHeaders): Verified {
    const texts = headerTexts(headers);
    const now = clockTime(this.#opened.clock);
    const bytes = bodyBytes(body);
    refuse(this.#ask(Ask.verifySignature, now, bytes, texts));
    return verifiedLast(texts, this.#opened.labels);
  }

  /**
   * The value of the signature header that a sender would add, for the receiver's own tests.
   *
   * Never compare it with a received signature: {@link verify} does that, in constant time.
   *
   * @param id - The delivery's id. Schemes that sign none ignore it.
   * @param timestamp - Unix seconds, rounded down, or a `Date`. Schemes that sign none ignore it.
   * @param body - The raw body.
   * @throws {@link WebhookVerificationError} with `header_malformed` for an id and
   *   `timestamp_malformed` for a time that verification would refuse; `config_invalid` for a
   *   scheme that this webhook doesn't accept.
   * @throws TypeError for an argument of the wrong type.
   */
  sign(id: string, timestamp: number | Date, body: WebhookBody, options: SignOptions = {}): string {
    if (typeof id !== "string") {
      throw new TypeError("id is not a string");
    }
    const seconds = unixSeconds(timestamp);
    const { scheme } = options;
    if (scheme !== undefined && typeof scheme !== "string") {
      throw new TypeError("scheme is not a string");
    }
    const bytes = bodyBytes(body);
    const texts: Texts = [SignText.id, id];
    if (scheme !== undefined) {
      texts.push(SignText.scheme, scheme);
    }
    return accepted<{ signature: string }>(this.#ask(Ask.sign, seconds, bytes, texts)).signature;
  }

  /** The longest body that is looked at, in bytes: the option, or its default. */
  get maxBody(): number {
    return this.#opened.maxBody;
  }

  /**
   * What a receiver refuses before there is a whole body to verify.
   *
   * @internal
   */
  static refusal(fault: "bodyTooLarge" | "bodyCompressed"): WebhookVerificationError {
    return new WebhookVerificationError(faults[fault]);
  }

  /**
   * The headers that a sender would add, the unsigned ones too.
   *
   * @internal
   */
  sentHeaders(scheme: Scheme, id: string, seconds: number, body: Uint8Array): HeadersByName {
    const texts = [SignText.id, id, SignText.scheme, scheme];
    return accepted<{ headers: HeadersByName }>(this.#ask(Ask.sent, seconds, body, texts)).headers;
  }

  /** The accepted schemes, and nothing else. */
  toJSON(): { schemes: string[] } {
    return { schemes: [...this.#opened.schemes] };
  }

  /** The accepted schemes, and nothing else. */
  toString(): string {
    return `<Webhook schemes=${this.toJSON().schemes.join()}>`;
  }

  #ask(asked: number, seconds: number, body: Uint8Array, texts: Texts) {
    numbers[0] = seconds;
    return guarded(() => this.#opened.verifier(asked, body, texts));
  }
}

// What `console.log` and `util.inspect` print.
Object.defineProperty(Webhook.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value: Webhook.prototype.toString,
});

// Outside the class, which keeps its name in stack traces only if it does not name itself.
function pivotWebhook(secret: WebhookSecret, options: PivotWebhookOptions | undefined) {
  return new Webhook<PivotEvent>(secret, options, PIVOT);
}

/** The JSON of the verified bytes; a string is the one that they were made of. */
function parsed(body: unknown, bytes: Uint8Array): unknown {
  return JSON.parse(typeof body === "string" ? body : decoder.decode(bytes));
}

/** What the clock says; NaN, which the core refuses, if that is no number. */
function clockTime(clock: () => unknown): number {
  const now = clock();
  return typeof now === "number" ? now : Number.NaN;
}

function unixSeconds(time: unknown): number {
  if (typeof time === "number") {
    return time;
  }
  try {
    return Date.prototype.getTime.call(time) / 1000;
  } catch {
    throw new TypeError("timestamp is neither a number of Unix seconds nor a Date");
  }
}
