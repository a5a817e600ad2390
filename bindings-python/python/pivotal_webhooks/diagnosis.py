"""Finds out why a delivery is refused, for the developer of a receiver.

    from pivotal_webhooks.diagnosis import diagnose

    for finding in diagnose(secret, body, headers):
        print(finding.message, finding.help)

A diagnosis accepts nothing: a `Finding` holds texts only, without a secret, a signature or a part
of the body. `docs/troubleshooting.md` describes every finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pivotal_webhooks import _core
from pivotal_webhooks.findings import FINDING_CODES, FindingCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    # The aliases are private because the native module has no such names.
    from pivotal_webhooks._core import (
        _Body,  # pyright: ignore[reportPrivateUsage]
        _Headers,  # pyright: ignore[reportPrivateUsage]
        _KeyFormat,  # pyright: ignore[reportPrivateUsage]
        _Secrets,  # pyright: ignore[reportPrivateUsage]
    )
    from pivotal_webhooks.schemes import PivotalScheme

__all__ = ["FINDING_CODES", "Finding", "FindingCode", "diagnose"]


@dataclass(frozen=True)
class Finding:
    """One accident that explains why a delivery was refused."""

    code: FindingCode
    """The stable name of the accident."""

    message: str
    """What happened, as one clause."""

    help: str
    """What to do about it."""

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


def diagnose(
    secret: _Secrets,
    body: _Body,
    headers: _Headers,
    *,
    now: float | datetime | None = None,
    sender: Literal["pivotal", "pivot"] = "pivotal",
    other_secrets: _Secrets = None,
    previous_secrets: _Secrets = None,
    schemes: Sequence[PivotalScheme] | None = None,
    tolerance: float | None = None,
    dangerously_ignore_timestamp: bool = False,
    max_event_age: float | None = None,
    max_body: float | None = None,
    key: _KeyFormat | None = None,
) -> list[Finding]:
    """Return the accidents that explain why a delivery is refused, the most likely one first.

    No finding means that the delivery is authentic and fresh, or that no known accident fits. The
    body is hashed at most 200 times; with many secrets, the last accidents of the list are left
    out.

    :param secret: The signing secret or secrets that the receiver has, as for `Webhook`. They may
        be malformed or empty.
    :param body: The body that the receiver verified, as for `Webhook.unwrap`.
    :param headers: All headers of the request, as for `Webhook.unwrap`.
    :param now: The time by the receiver's clock: Unix seconds, or a datetime with a time zone; the
        system's time by default.
    :param sender: `"pivot"` for an endpoint made by `Webhook.pivot`.
    :param other_secrets: Secrets of other endpoints, such as the one for tests: if one of them
        signed the delivery, the finding is `secret_of_other_endpoint`.
    :param previous_secrets: Secrets of this endpoint from before a rotation: if one of them signed
        the delivery, the finding is `secret_rotated`.
    :param schemes: And the following: the options of the receiver's `Webhook`.
    :raises WebhookConfigurationError: `config_invalid` for options that no webhook can have.
    :raises WebhookVerificationError: `internal` for a clock before 1970; `signature_mismatch` for a
        body, `header_malformed` for a header that is a `str` without a UTF-8 encoding.
    :raises TypeError: An argument has another type.
    :raises ValueError: There is no such sender.
    """
    if sender not in ("pivotal", "pivot"):
        raise ValueError('sender must be "pivotal" or "pivot"')
    options = {
        "schemes": schemes,
        "tolerance": tolerance,
        "dangerously_ignore_timestamp": dangerously_ignore_timestamp,
        "max_event_age": max_event_age,
        "max_body": max_body,
        "key": key,
    }
    is_pivot = sender == "pivot"
    found = _core.diagnose(
        secret, body, headers, now, other_secrets, previous_secrets, is_pivot, options
    )
    return [Finding(*texts) for texts in found]
