/** What verifies: all of the smaller entry's webhook, and half of the other's. */

import { bodyBytes, type WebhookBody } from "./body.js";
import { Ask, numbers } from "./core.js";
import { Decoder } from "./encoding.js";
import { guarded, refuse } from "./errors.js";
import { headerTexts, type WebhookHeaders } from "./headers.js";
import {
  type OpenedWebhook,
  type PreparedWebhook,
  prepareWebhook,
  type WebhookOptions,
  type WebhookSecret,
} from "./options.js";
import type { Texts } from "./texts.js";
import { type Verified, verifiedLast } from "./verified.js";

/** @internal */
export const PIVOT: unique symbol = Symbol("Pivot endpoint");

/**
 * The core's verifier of a webhook, and what belongs to it. If the secret is a function, this may
 * call it: do it before the headers and the body are read.
 *
 * @throws {@link WebhookConfigurationError} for what that function returns.
 * @internal
 */
export let openedOf: (webhook: Verifier) => OpenedWebhook;

const decoder = new Decoder("utf-8", { fatal: true, ignoreBOM: true });

/** What every webhook does, whichever entry it comes from. */
export abstract class Verifier {
  readonly #prepared: PreparedWebhook;

  static {
    openedOf = (webhook) => webhook.#prepared.open();
  }

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
    const opened = openedOf(this);
    const texts = headerTexts(headers);
    const now = clockTime(opened.clock);
    const bytes = bodyBytes(body);
    refuse(ask(opened, Ask.verify, now, bytes, texts));
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
    const opened = openedOf(this);
    const texts = headerTexts(headers);
    const now = clockTime(opened.clock);
    const bytes = bodyBytes(body);
    refuse(ask(opened, Ask.verifySignature, now, bytes, texts));
    return verifiedLast(texts, opened.labels);
  }

  /** The longest body that is looked at, in bytes: the option, or its default. */
  get maxBody(): number {
    return this.#prepared.maxBody;
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
Object.defineProperty(Verifier.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value: Verifier.prototype.toString,
});

/** @internal */
export function ask(
  { verifier }: OpenedWebhook,
  asked: number,
  seconds: number,
  body: Uint8Array,
  texts: Texts,
) {
  numbers[0] = seconds;
  return guarded(() => verifier(asked, body, texts));
}

/**
 * The JSON of the verified bytes; a string is the one that they were made of.
 *
 * @internal
 */
export function parsed(body: unknown, bytes: Uint8Array): unknown {
  return JSON.parse(typeof body === "string" ? body : decoder.decode(bytes));
}

/**
 * What the clock says; NaN, which the core refuses, if that is no number.
 *
 * @internal
 */
export function clockTime(clock: () => unknown): number {
  const now = clock();
  return typeof now === "number" ? now : Number.NaN;
}
