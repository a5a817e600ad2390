/** The errors that a webhook throws. */

import type { Operation } from "./border.js";
import {
  CONFIGURATION_CODES,
  type ErrorCode,
  type EventReason,
  type PayloadReason,
} from "./codes.js";
import {
  type CallResult,
  type ErrorReport,
  faults,
  type Inputs,
  type RunOperation,
} from "./core.js";
import type { TaggedTexts } from "./tagged-texts.js";

/** The codes of {@link WebhookConfigurationError}. */
export type ConfigurationCode = (typeof CONFIGURATION_CODES)[number];

/** The codes of {@link WebhookVerificationError}. */
export type VerificationCode = Exclude<ErrorCode, ConfigurationCode>;

/**
 * The base class of {@link WebhookConfigurationError} and {@link WebhookVerificationError}; not
 * thrown itself.
 *
 * Branch on {@link code}, log {@link message} and {@link help}, and answer the sender with
 * {@link status} and a constant body. The texts are fixed: they name headers, options and positions,
 * and never contain a secret or a value from the request.
 */
export class WebhookError extends Error {
  /**
   * The stable name of the kind of error, the same in every language: one of {@link ERROR_CODES}. It is
   * the title of a section in `docs/troubleshooting.md`.
   */
  readonly code: ErrorCode;

  /** What the operator of the receiver can do about it. */
  readonly help: string;

  /** The HTTP status to answer with: 400, 401, 413 or 500. */
  readonly status: number;

  /** The name of the header that caused the error, in lower case. */
  declare readonly header: string | undefined;

  /** The field of the event that is malformed: names joined by full stops. */
  declare readonly path: string | undefined;

  /** How the body, or the field at {@link path}, is malformed. */
  declare readonly reason: PayloadReason | EventReason | undefined;

  /** The receiver's time minus the signed time, in seconds; negative if the signed time is ahead. */
  declare readonly skew: number | undefined;

  /** The largest allowed {@link skew} in this direction, in seconds. */
  declare readonly tolerance: number | undefined;

  /** The package makes these. Make one yourself only to test code that handles it. */
  constructor(report: ErrorReport) {
    super(report.message);
    this.code = report.code;
    this.help = report.help;
    this.status = report.status;
    // A detail that does not apply is not a property at all, so that a printed error is short.
    for (const name of ["header", "path", "reason", "skew", "tolerance"] as const) {
      if (Object.hasOwn(report, name) && report[name] !== undefined) {
        (this as Record<string, unknown>)[name] = report[name];
      }
    }
  }
}

/**
 * The secrets or the options of a `Webhook` can't be used: a fault of this program's configuration,
 * which no delivery causes.
 *
 * Thrown when a `Webhook` is constructed; if its secret is a function, also by the first call that
 * needs the secret.
 */
export class WebhookConfigurationError extends WebhookError {
  declare readonly code: ConfigurationCode;
}

/**
 * A delivery is not accepted: it is not authentic, not fresh, or not an event.
 *
 * @example
 * ```ts
 * try {
 *   event = webhook.unwrap(body, headers);
 * } catch (error) {
 *   if (!(error instanceof WebhookVerificationError)) throw error;
 *   console.warn(error.message, error.help);
 *   return new Response("invalid signature", { status: error.status });
 * }
 * ```
 */
export class WebhookVerificationError extends WebhookError {
  declare readonly code: VerificationCode;
}

// A constant name on the prototype, as the built-in errors have it, stays the same in minified code.
for (const [errorClass, name] of [
  [WebhookError, "WebhookError"],
  [WebhookConfigurationError, "WebhookConfigurationError"],
  [WebhookVerificationError, "WebhookVerificationError"],
] as const) {
  Object.defineProperty(errorClass.prototype, "name", {
    value: name,
    configurable: true,
    writable: true,
  });
}

/** The error that a report describes, of the class that belongs to its code. */
export function errorFrom(report: ErrorReport): WebhookError {
  return (CONFIGURATION_CODES as readonly string[]).includes(report.code)
    ? new WebhookConfigurationError(report)
    : new WebhookVerificationError(report);
}

/** Calls a part of this package. Any value that it throws becomes an error with the code `internal`. */
export function guarded<Result>(call: () => Result): Result {
  try {
    return call();
  } catch {
    throw errorFrom(faults.internal);
  }
}

/** Runs an operation as {@link guarded} does, without the 40 ns that a closure costs. */
export function runGuarded(
  run: RunOperation,
  operation: Operation,
  texts: TaggedTexts,
  body: Uint8Array,
  inputs: Inputs,
): CallResult {
  try {
    return run(operation, texts, body, inputs);
  } catch {
    throw errorFrom(faults.internal);
  }
}

let lastReport: string | undefined;
let lastError: ErrorReport;

/** Throws the error that a report describes, if there is a report. */
export function refuse(report: string | null | undefined): void {
  if (typeof report === "string") {
    // Forgeries that follow each other have the same report, which is parsed once.
    if (report !== lastReport) {
      lastError = JSON.parse(report) as ErrorReport;
      lastReport = report;
    }
    throw errorFrom(lastError);
  }
}

/**
 * The content of a report.
 *
 * @throws {@link WebhookError} for the report of an error, which has a `code`.
 */
export function parseReport<Content>(report: string | null | undefined): Content {
  const content = JSON.parse(report as string) as Content | ErrorReport;
  if (Object.hasOwn(content as object, "code")) {
    throw errorFrom(content as ErrorReport);
  }
  return content as Content;
}
