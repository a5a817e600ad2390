// As `node.mjs`, for what only verifies.
import implementation from "./verify.cjs";

export const { Webhook, WebhookConfigurationError, WebhookError, WebhookVerificationError } =
  implementation;
