/**
 * Finds out why a delivery is refused, for the developer of a receiver.
 *
 * A diagnosis accepts nothing: a {@link Finding} holds texts only, without a secret, a signature or a
 * part of the body.
 */

import { bodyBytes, type WebhookBody } from "./body.js";
import { Input, Operation, TextTag } from "./border.js";
import { core } from "./core.js";
import { WebhookError as BundledError, parseReport, runGuarded } from "./errors.js";
import type { FindingCode } from "./findings.js";
import { kindOf } from "./given.js";
import { allHeaderTexts, type WebhookHeaders } from "./headers.js";
import { WebhookConfigurationError, WebhookVerificationError } from "./index.js";
import {
  checkedOptions,
  inputsOf,
  listSecrets,
  type PivotWebhookOptions,
  type SecretValue,
  textsOf,
  type WebhookOptions,
  type WebhookSecret,
} from "./options.js";
import { refuseInProduction } from "./production.js";
import type { TaggedTexts } from "./tagged-texts.js";

export { FINDING_CODES, type FindingCode } from "./findings.js";
export { ENVIRONMENT_VARIABLES } from "./production.js";

/** One accident that explains why a delivery was refused. */
export interface Finding {
  /** The stable name of the accident: one of {@link FINDING_CODES}. */
  readonly code: FindingCode;

  /** What happened, as one clause. */
  readonly message: string;

  /** What to do about it. */
  readonly help: string;
}

/** What a diagnosis knows beside the options of the receiver's webhook. */
interface Further {
  /** The time by the receiver's clock: Unix seconds, or a `Date`. Default: now. */
  readonly now?: number | Date | undefined;

  /**
   * Secrets of other endpoints, such as the one for tests. If one of them signed the delivery, the
   * finding is `secret_of_other_endpoint`.
   */
  readonly otherSecrets?: SecretValue;

  /**
   * Secrets of this endpoint from before a rotation. If one of them signed the delivery, the finding
   * is `secret_rotated`.
   */
  readonly previousSecrets?: SecretValue;
}

/** The options of {@link diagnose}: those of the receiver's webhook, and what else is known. */
export type DiagnosisOptions =
  | (Further & Omit<WebhookOptions, "clock"> & { readonly sender?: "pivotal" | undefined })
  | (Further & Omit<PivotWebhookOptions, "clock"> & { readonly sender: "pivot" });

/**
 * Returns the accidents that explain why a delivery is refused, the most likely one first.
 *
 * No finding means that the delivery is authentic and fresh, or that no known accident fits. The body
 * is hashed at most 200 times; with many secrets, the last accidents of the list are left out.
 *
 * @param secret - The secret or the secrets that the receiver has. They may be malformed or empty.
 * @param body - The body that the receiver verified.
 * @param headers - All headers of the request.
 * @param options - The options of the receiver's webhook; `sender: "pivot"` for one that
 *   `Webhook.pivot` made.
 * @throws WebhookConfigurationError with `config_invalid` for options that no webhook can have.
 * @throws WebhookVerificationError with `internal` for a time before 1970, and with
 *   `signature_mismatch` for a string without a UTF-8 encoding as body.
 * @throws TypeError for an argument of the wrong type, or an option that doesn't exist.
 */
export function diagnose(
  secret: SecretValue,
  body: WebhookBody,
  headers: WebhookHeaders,
  options: DiagnosisOptions = {},
): Finding[] {
  const { sender, now, otherSecrets, previousSecrets, ...webhookOptions } = ownOf(options);
  const checked = checkedOptions(sender === "pivot", webhookOptions);
  if (sender !== undefined && sender !== "pivotal" && sender !== "pivot") {
    throw new TypeError('option sender takes "pivotal" or "pivot"');
  }
  const texts = [
    ...textsOf(sender === "pivot", checked),
    ...secretTexts(TextTag.Secret, secret),
    ...secretTexts(TextTag.OtherSecret, otherSecrets),
    ...secretTexts(TextTag.PreviousSecret, previousSecrets),
    ...allHeaderTexts(headers),
  ];
  const inputs = inputsOf(checked);
  inputs[Input.Time] = unixSeconds(now);
  const report = ofPackage(() => {
    const bytes = bodyBytes(body);
    const { report } = runGuarded(core.run, Operation.Diagnose, texts, bytes, inputs);
    return parseReport<{ [code in FindingCode]?: Omit<Finding, "code"> }>(report);
  });
  return Object.entries(report).map(([code, { message, help }]) => ({
    code: code as FindingCode,
    message,
    help,
  }));
}

/** The options of a {@link Diagnosis}: those of the receiver's webhook, and what else is known. */
export type ReceiverDiagnosisOptions = DiagnosisOptions extends infer Options
  ? Options extends unknown
    ? Omit<Options, "now"> & Pick<WebhookOptions, "clock">
    : never
  : never;

/**
 * What a receiver diagnoses refused deliveries with, while it is developed.
 *
 * A `Webhook` does not keep the text of its secrets, so a diagnosis gets the secret and the options
 * once more. With the option `onFailure: new Diagnosis(secret)`, a receiver of this package logs the
 * first finding of each delivery that it refuses, and answers as it does without.
 */
export class Diagnosis {
  // A private field, so that a printed object does not show the secret.
  readonly #diagnose: (body: WebhookBody, headers: WebhookHeaders) => Finding[];

  /**
   * @param secret - The secret or the secrets that the receiver's webhook has.
   * @param options - The options of the receiver's webhook; `sender: "pivot"` for one that
   *   `Webhook.pivot` made.
   * @throws WebhookConfigurationError with `config_invalid` if an environment variable of
   *   {@link ENVIRONMENT_VARIABLES} says that this is production, or for options that no webhook can
   *   have.
   * @throws TypeError for an argument of the wrong type, or an option that doesn't exist.
   */
  constructor(secret: WebhookSecret, options: ReceiverDiagnosisOptions = {}) {
    refuseInProduction();
    const { clock, ...others } = ownOf(options);
    if (Object.hasOwn(others, "now"))
      throw new TypeError('option now is for "diagnose"; pass a clock');
    // This refuses options and secrets of a wrong type now, and not at the first refusal.
    checkedOptions(false, { clock });
    diagnose(typeof secret === "function" ? undefined : secret, "", [], { ...others, now: 0 });
    this.#diagnose = (body, headers) => {
      const value = typeof secret === "function" ? secret() : secret;
      return diagnose(value, body, headers, { ...others, now: clock?.() });
    };
  }

  /**
   * Returns the accidents that explain why a delivery is refused, as the function `diagnose` does.
   *
   * @param body - The body that the receiver verified.
   * @param headers - All headers of the request.
   */
  diagnose(body: WebhookBody, headers: WebhookHeaders): Finding[] {
    return this.#diagnose(body, headers);
  }
}

/** A copy of the options that has no prototype to read from. */
function ownOf<Options extends object>(options: Options): Options {
  return Object.assign(Object.create(null) as Options, options);
}

function secretTexts(tag: number, secret: unknown): TaggedTexts {
  return listSecrets(secret).secrets.flatMap((text) => [tag, text]);
}

function unixSeconds(now: unknown): number {
  const seconds = now instanceof Date ? now.getTime() / 1000 : (now ?? Date.now() / 1000);
  if (typeof seconds !== "number") {
    throw new TypeError(`option now is ${kindOf(now)}; it takes Unix seconds or a Date`);
  }
  return seconds;
}

/** Throws errors of the package's classes for those of the classes that are bundled here. */
function ofPackage<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof BundledError)) throw error;
    const isConfiguration = error.name === WebhookConfigurationError.prototype.name;
    const { message, code, help, status, header } = error;
    const report = { message, code, help, status, ...(header !== undefined && { header }) };
    throw isConfiguration
      ? new WebhookConfigurationError(report)
      : new WebhookVerificationError(report);
  }
}
