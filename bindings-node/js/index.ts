/** The public surface, the same in both packages. */

export type { WebhookBody } from "./body.js";
export { ERROR_CODES, type ErrorCode, type EventReason, type PayloadReason } from "./codes.js";
export { backend, type ErrorReport } from "./core.js";
export {
  type ConfigurationCode,
  type VerificationCode,
  WebhookConfigurationError,
  WebhookError,
  WebhookVerificationError,
} from "./errors.js";
export type { Fields, PivotalEnvelope, PivotEnvelope, UnlistedType } from "./event.js";
export * from "./events.js";
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
export { type SignOptions, Webhook } from "./webhook.js";
