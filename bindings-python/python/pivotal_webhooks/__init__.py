"""Verifies webhook deliveries of Pivotal and Pivot.

    from pivotal_webhooks import Webhook, WebhookVerificationError

    webhook = Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"])
    event = webhook.unwrap(body, headers)

`body` is the raw bytes of the request; `headers` is the object in which your framework gives its
headers. The classes of the events and of their records are in `pivotal_webhooks.events`.
"""

from pivotal_webhooks._core import Unauthenticated, Verified, Webhook, __version__
from pivotal_webhooks.errors import (
    WebhookConfigurationError,
    WebhookError,
    WebhookVerificationError,
)

__all__ = [
    "Unauthenticated",
    "Verified",
    "Webhook",
    "WebhookConfigurationError",
    "WebhookError",
    "WebhookVerificationError",
    "__version__",
]
