/** The public surface of what only verifies, the same in both packages. */

import type { PivotWebhookOptions, WebhookSecret } from "./options.js";
import { PIVOT, Verifier } from "./verifier.js";

export type { WebhookBody } from "./body.js";
export type { ErrorCode, EventReason, PayloadReason } from "./codes.js";
export type { ErrorReport } from "./core.js";
export {
  type ConfigurationCode,
  type VerificationCode,
  WebhookConfigurationError,
  WebhookError,
  WebhookVerificationError,
} from "./errors.js";
export type { HeaderValue, WebhookHeaders } from "./headers.js";
export type {
  KeyFormat,
  PivotWebhookOptions,
  SecretValue,
  WebhookOptions,
  WebhookSecret,
} from "./options.js";
export type { Scheme } from "./schemes.js";
export type { Verified } from "./verified.js";

/**
 * Verifies the deliveries of one webhook endpoint, and leaves their events to its receiver.
 *
 * Construct it once, at start, and share it. For events with types, and to sign in tests, take
 * `Webhook` from the package itself, which is larger where it is WebAssembly.
 */
export class Webhook extends Verifier {
  /**
   * A Pivot endpoint, whose deliveries carry one signature over the body and no signed time.
   *
   * @param secret - As for the constructor.
   * @throws As the constructor does.
   * @see https://pivot.app/docs/organization/webhooks
   */
  static pivot(secret: WebhookSecret, options?: PivotWebhookOptions): Webhook {
    return pivotWebhook(secret, options);
  }
}

// Outside the class, which keeps its name in stack traces only if it does not name itself.
function pivotWebhook(secret: WebhookSecret, options: PivotWebhookOptions | undefined) {
  return new Webhook(secret, options, PIVOT);
}
