// Wraps the CommonJS build, so that both module systems share one class and `instanceof` holds.
import implementation from "./index.cjs";

export const {
  ERROR_CODES,
  PIVOTAL_EVENT_TYPES,
  PIVOT_EVENT_TYPES,
  backend,
  Webhook,
  WebhookConfigurationError,
  WebhookError,
  WebhookVerificationError,
} = implementation;
