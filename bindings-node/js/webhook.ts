/** The class `Webhook`. */

import { bodyBytes, type WebhookBody } from "./body.js";
import { Input, Operation, TextTag } from "./border.js";
import { type CallResult, core, faults } from "./core.js";
import { Decoder } from "./encoding.js";
import {
  errorFrom,
  guarded,
  parseReport,
  refuse,
  runGuarded,
  type WebhookError,
} from "./errors.js";
import { eventLayout, eventOf, eventText, idempotencyKey } from "./event.js";
import type { PivotalEvent, PivotEvent } from "./events.js";
import { kindOf, ownOptions } from "./given.js";
import { headerTexts, type WebhookHeaders } from "./headers.js";
import {
  type OpenedWebhook,
  type PreparedWebhook,
  prepareWebhook,
  type PivotWebhookOptions,
  type WebhookOptions,
  type WebhookSecret,
} from "./options.js";
import type { Scheme } from "./schemes.js";
import type { TaggedTexts } from "./tagged-texts.js";
import { announcedLength } from "./transfer.js";
import { type Verified, verifiedFrom } from "./verified.js";

/** @internal */
export const PIVOT: unique symbol = Symbol("Pivot endpoint");

const decoder = new Decoder("utf-8", { fatal: true, ignoreBOM: true });

/** The options of {@link Webhook.sign}. */
export interface SignOptions {
  /** The scheme to sign in. Default: the first one that the webhook accepts. */
  readonly scheme?: Scheme | undefined;
}

interface HeadersByName {
  readonly [name: string]: string;
}

/**
 * Verifies the deliveries of one webhook endpoint.
 *
 * Construct it once, at start, and use it for every request. The keys are kept in native memory: no
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
 * @typeParam Event - The type that {@link unwrap} returns: {@link PivotalEvent}, or
 *   {@link PivotEvent} for a webhook made by {@link pivot}.
 */
export class Webhook<Event = PivotalEvent> {
  readonly #prepared: PreparedWebhook;

  /**
   * A Pivotal endpoint.
   *
   * @param secret - The endpoint's signing secret as its settings page shows it. While it is
   *   rotated, several of them: an array, or an object from label to secret. Or a function that
   *   returns one of these, which is called at the first use.
   * @throws {@link WebhookConfigurationError} with `secret_empty` (`undefined` included),
   *   `secret_malformed`, `secret_weak` or `config_invalid`. If the secret is a function, the first
   *   three are thrown at the first use.
   * @throws TypeError for a secret or an option of the wrong type, or an option that doesn't exist.
   * @see https://docs.pivotal.app/webhooks
   */
  constructor(secret: WebhookSecret, options?: WebhookOptions);
  /** @internal */
  constructor(secret: WebhookSecret, options: object | undefined, endpoint: typeof PIVOT);
  constructor(secret: WebhookSecret, options?: object, endpoint?: typeof PIVOT) {
    this.#prepared = prepareWebhook(endpoint === PIVOT, secret, options);
  }

  /**
   * A Pivot endpoint, whose deliveries carry one signature over the body and no signed time.
   *
   * @param secret - As for the constructor.
   * @throws The same errors as the constructor.
   * @see https://pivot.app/docs/organization/webhooks
   */
  static pivot(secret: WebhookSecret, options?: PivotWebhookOptions): Webhook<PivotEvent> {
    return pivotWebhook(secret, options);
  }

  /**
   * Verifies a delivery and returns its event. Comparing the event's `type` narrows its type. Event
   * types and fields that this version does not list are not an error; they are kept.
   *
   * @param body - The raw body of the request, before any parser.
   * @param headers - All headers of the request.
   * @returns A plain object, parsed from the verified bytes. The types of the envelope's fields are
   *   checked. The types of the record's fields are documented by the sender and are not checked.
   * @throws The same errors as {@link verify}, and `payload_malformed` for an empty body.
   * @throws {@link WebhookVerificationError} with `event_malformed` for authentic JSON that is not an
   *   event of this endpoint's sender; `event_type_mismatch` for an event of another type than an
   *   unsigned header says.
   */
  unwrap(body: WebhookBody, headers: WebhookHeaders): Event {
    const opened = this.#prepared.open();
    const { texts, bytes, result } = runOn(opened, Operation.Unwrap, body, headers);
    const layout = eventLayout(result.report);
    const key = idempotencyKey(this.#prepared.source, result.facts);
    const delivery = verifiedFrom(result.facts, texts, opened.labels);
    return guarded(() => eventOf(textOf(body, bytes), layout, key, delivery) as Event);
  }

  /**
   * Verifies a delivery and returns its JSON, which need not be an event.
   *
   * @param body - The raw body of the request, before any parser.
   * @param headers - All headers of the request.
   * @returns The parsed JSON of exactly the bytes that were verified; `null` for an empty body.
   * @throws {@link WebhookVerificationError} with `header_missing`, `header_duplicated`,
   *   `header_malformed`, `timestamp_malformed`, `too_many_signatures`, `signature_mismatch`,
   *   `timestamp_too_old` or `timestamp_too_new` for a delivery that is not authentic or not fresh;
   *   `payload_too_large` for a body over `maxBody`; `payload_malformed` for an authentic body that
   *   is not strict JSON with an object outermost; `internal` for a fault of this package.
   * @throws TypeError for a body that was parsed already, or for a value that is not headers.
   */
  verify(body: WebhookBody, headers: WebhookHeaders): unknown {
    const { bytes, result } = runOn(this.#prepared.open(), Operation.Verify, body, headers);
    refuse(result.report);
    return guarded(() => {
      const text = textOf(body, bytes);
      return text === "" ? null : (JSON.parse(text) as unknown);
    });
  }

  /**
   * Verifies a delivery and returns its facts. The body is not parsed, and need not be JSON.
   *
   * @param body - The raw body of the request, before any parser.
   * @param headers - All headers of the request.
   * @throws The same errors as {@link verify}, but `payload_malformed` only if `maxEventAge` is set.
   */
  verifySignature(body: WebhookBody, headers: WebhookHeaders): Verified {
    const opened = this.#prepared.open();
    const { texts, result } = runOn(opened, Operation.VerifySignature, body, headers);
    refuse(result.report);
    return verifiedFrom(result.facts, texts, opened.labels);
  }

  /**
   * Returns the value of the signature header that a sender would add, for a receiver's own tests.
   *
   * Never compare it with a received signature: {@link verify} does that, in constant time.
   *
   * @param id - The delivery's id. Schemes that sign no id ignore it.
   * @param timestamp - Unix seconds, rounded down, or a `Date`. Schemes that sign no time ignore it.
   * @param body - The raw body.
   * @throws {@link WebhookVerificationError} with `header_malformed` for an id and
   *   `timestamp_malformed` for a time that verification would refuse.
   * @throws {@link WebhookConfigurationError} with `config_invalid` for a scheme that this webhook
   *   doesn't accept.
   * @throws TypeError for an argument of the wrong type.
   */
  sign(id: string, timestamp: number | Date, body: WebhookBody, options?: SignOptions): string {
    const opened = this.#prepared.open();
    if (typeof id !== "string") {
      throw new TypeError("id is not a string");
    }
    const seconds = unixSeconds(timestamp);
    const scheme = ownOptions(options, ["scheme"])[0]?.[1];
    if (scheme !== undefined && typeof scheme !== "string") {
      throw new TypeError("option scheme is not the name of a scheme");
    }
    const bytes = bodyBytes(body);
    const texts: TaggedTexts = [TextTag.Id, id];
    if (scheme !== undefined) {
      texts.push(TextTag.Scheme, scheme);
    }
    const { report } = runGuarded(opened.run, Operation.Sign, texts, bytes, atTime(seconds));
    return parseReport<{ signature: string }>(report).signature;
  }

  /**
   * The headers that a sender would add, including the unsigned ones.
   *
   * @internal
   */
  sentHeaders(scheme: Scheme, id: string, seconds: number, body: Uint8Array): HeadersByName {
    const { run } = this.#prepared.open();
    const texts: TaggedTexts = [TextTag.Id, id, TextTag.Scheme, scheme];
    const inputs = atTime(seconds);
    const { report } = runGuarded(run, Operation.SentHeaders, texts, body, inputs);
    return parseReport<{ headers: HeadersByName }>(report).headers;
  }

  /**
   * The event of a text that another process has verified, for `restoreTrusted`. Nothing is verified.
   *
   * @throws {@link WebhookVerificationError} for a text that is not an event of this sender.
   *
   * @internal
   */
  static restored(isPivot: boolean, source: string, text: string, delivery: Verified): object {
    const texts: TaggedTexts = isPivot ? [TextTag.Pivot, ""] : [];
    const { report, facts } = guarded(() =>
      core.run(Operation.Restore, texts, bodyBytes(text), []),
    );
    return eventOf(text, eventLayout(report), idempotencyKey(source, facts), delivery);
  }

  /**
   * The verified text that an event was made from; `undefined` for any other object.
   *
   * @internal
   */
  static textOf(event: object): string | undefined {
    return eventText.get(event);
  }

  /**
   * See {@link announcedLength}.
   *
   * @internal
   */
  announcedLength(headers: WebhookHeaders): number {
    return announcedLength(headers, this.maxBody);
  }

  /**
   * The error for a body over the limit. A receiver throws it before it has read the whole body.
   *
   * @internal
   */
  static bodyTooLarge(): WebhookError {
    return errorFrom(faults.bodyTooLarge);
  }

  /** The longest body that is verified, in bytes: the option, or its default. */
  get maxBody(): number {
    return this.#prepared.maxBody;
  }

  /** The tolerance of signed times in seconds; `undefined` if every time is accepted. */
  get tolerance(): number | undefined {
    return this.#prepared.tolerance;
  }

  /** The accepted schemes, and nothing else. */
  toJSON(): { schemes: string[] } {
    return { schemes: [...this.#prepared.schemes] };
  }

  /** The accepted schemes, and nothing else. */
  toString(): string {
    return `<Webhook schemes=${this.toJSON().schemes.join()}>`;
  }
}

// What `console.log` and `util.inspect` print.
Object.defineProperty(Webhook.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value: Webhook.prototype.toString,
});

/** Runs an operation on a delivery. Code of the caller runs only before the body is read. */
function runOn(
  { run, clock }: OpenedWebhook,
  operation: number,
  body: unknown,
  headers: unknown,
): { texts: TaggedTexts; bytes: Uint8Array; result: CallResult } {
  const texts = headerTexts(headers);
  const now = clock();
  if (typeof now !== "number") {
    throw new TypeError(
      `option clock returned ${kindOf(now)}; it has to return Unix seconds, a number`,
    );
  }
  const bytes = bodyBytes(body);
  return { texts, bytes, result: runGuarded(run, operation, texts, bytes, atTime(now)) };
}

function atTime(seconds: number): number[] {
  const inputs = [Number.NaN];
  inputs[Input.Time] = seconds;
  return inputs;
}

/** The text of the verified bytes. A string is decoded already. */
function textOf(body: unknown, bytes: Uint8Array): string {
  return typeof body === "string" ? body : decoder.decode(bytes);
}

// Outside the class, which keeps its name in stack traces only if it does not name itself.
function pivotWebhook(secret: WebhookSecret, options: PivotWebhookOptions | undefined) {
  return new Webhook<PivotEvent>(secret, options, PIVOT);
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
