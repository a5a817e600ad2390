"""Verifies webhook deliveries of Pivotal and Pivot.

    from pivotal_webhooks import Webhook, WebhookVerificationError

    webhook = Webhook(os.environ["PIVOTAL_WEBHOOK_SECRET"])
    event = webhook.unwrap(body, headers)

`body` is the raw bytes of the request; `headers` is the object in which your framework gives its
headers. The classes of the events and of their records are in `pivotal_webhooks.events`. In another
process, `restore_trusted` makes an event of the bytes that `event.dump()` returned.
"""

from pivotal_webhooks._core import (
    Unauthenticated,
    Verified,
    Webhook,
    __version__,
    restore_trusted,
)
from pivotal_webhooks.errors import (
    DumpError,
    WebhookConfigurationError,
    WebhookError,
    WebhookVerificationError,
)

__all__ = [
    "DumpError",
    "Unauthenticated",
    "Verified",
    "Webhook",
    "WebhookConfigurationError",
    "WebhookError",
    "WebhookVerificationError",
    "__version__",
    "restore_trusted",
]
