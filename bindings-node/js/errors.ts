/** The one error that a delivery or a configuration can end in. */

import type { ErrorCode, EventReason, PayloadReason } from "./codes.js";
import { type ErrorReport, faults } from "./core.js";

/**
 * Why a webhook could not be configured, or a delivery was not accepted.
 *
 * Branch on {@link code}; log {@link message}. Texts are fixed: they name headers and positions,
 * never a value from the request or a secret. Answer the sender with {@link status} and a body that
 * is the same for every code of that status.
 *
 * @example
 * ```ts
 * try {
 *   event = webhook.unwrap(body, headers);
 * } catch (error) {
 *   if (!(error instanceof WebhookVerificationError)) throw error;
 *   console.warn(error.code, error.help);
 *   return new Response("invalid signature", { status: error.status });
 * }
 * ```
 */
export class WebhookVerificationError extends Error {
  /** What went wrong, by its stable name. All of them are in {@link ERROR_CODES}. */
  readonly code: ErrorCode;

  /** What to do about it, for the receiver's operator. */
  readonly help: string;

  /** The HTTP status for the answer: 401, 413 or 400; 500 for a fault of the receiver's own. */
  readonly status: number;

  /** The header at fault, in lower case. */
  declare readonly header: string | undefined;

  /** The malformed field of an authentic event: the names that lead to it, joined by full stops. */
  declare readonly path: string | undefined;

  /** In what respect an authentic body, or the field at {@link path}, is malformed. */
  declare readonly reason: PayloadReason | EventReason | undefined;

  /** Seconds between the signed time and the clock, whichever is ahead. */
  declare readonly skew: number | undefined;

  /** Seconds that were allowed where {@link skew} was found. */
  declare readonly tolerance: number | undefined;

  /** Verification makes these; make one only to test what handles it. */
  constructor(report: ErrorReport) {
    super(report.message);
    this.code = report.code;
    this.help = report.help;
    this.status = report.status;
    // Details that don't apply are no properties at all, so that a printed error shows none.
    if (report.header !== undefined) this.header = report.header;
    if (report.path !== undefined) this.path = report.path;
    if (report.reason !== undefined) this.reason = report.reason;
    if (report.skew !== undefined) this.skew = report.skew;
    if (report.tolerance !== undefined) this.tolerance = report.tolerance;
  }
}

// On the prototype, as every error class of the language has it: the stack then starts with it.
Object.defineProperty(WebhookVerificationError.prototype, "name", {
  value: "WebhookVerificationError",
  configurable: true,
  writable: true,
});

/** Calls the core. Whatever it throws is a fault of its own, and never a pass. */
export function guarded<Result>(call: () => Result): Result {
  try {
    return call();
  } catch {
    throw new WebhookVerificationError(faults.internal);
  }
}

/** Throws what a report is of, if there is one. */
export function refuse(report: string | null | undefined): void {
  if (typeof report === "string") {
    accepted(report);
  }
}

/** The report's content, unless it is an error's: that is thrown. */
export function accepted<Content>(report: string | null | undefined): Content {
  const content = JSON.parse(report as string) as Content | ErrorReport;
  if ((content as Partial<ErrorReport>).code !== undefined) {
    throw new WebhookVerificationError(content as ErrorReport);
  }
  return content as Content;
}
