"""Finds out why a delivery is refused, for the developer of a receiver.

    from pivotal_webhooks.diagnosis import Diagnosis, diagnose

    for finding in diagnose(secret, body, headers):
        print(finding.message, finding.help)

    receiver = WebhookReceiver(Webhook(secret), on_failure=Diagnosis(secret))

A diagnosis accepts nothing: a `Finding` holds texts only, without a secret, a signature or a part
of the body. `docs/troubleshooting.md` describes every finding.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NoReturn

from pivotal_webhooks import WebhookConfigurationError, _core
from pivotal_webhooks.findings import FINDING_CODES, FindingCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    # The aliases are private because the native module has no such names.
    from pivotal_webhooks._core import (
        _Body,  # pyright: ignore[reportPrivateUsage]
        _Headers,  # pyright: ignore[reportPrivateUsage]
        _KeyFormat,  # pyright: ignore[reportPrivateUsage]
        _Secret,  # pyright: ignore[reportPrivateUsage]
        _Secrets,  # pyright: ignore[reportPrivateUsage]
    )
    from pivotal_webhooks.schemes import PivotalScheme

__all__ = [
    "ENVIRONMENT_VARIABLES",
    "FINDING_CODES",
    "Diagnosis",
    "Finding",
    "FindingCode",
    "diagnose",
]

ENVIRONMENT_VARIABLES: Final = (
    "APP_ENV",
    "ENV",
    "ENVIRONMENT",
    "FLASK_ENV",
    "NODE_ENV",
    "VERCEL_ENV",
)
"""The variables that are read to tell whether a program runs in production: one of them is
`production` or `prod`, in any letter case."""


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


class Diagnosis:
    """What a receiver diagnoses refused deliveries with, while it is developed.

    A `Webhook` does not keep the text of its secrets, so a diagnosis gets the secret and the
    options once more. With `on_failure=Diagnosis(secret)`, a receiver of this package logs the
    first finding of each delivery that it refuses, and answers as it does without.

    :param secret: And all options: those of the receiver's `Webhook`, and those of `diagnose`.
    :param clock: A function that returns Unix seconds, if the receiver's `Webhook` has one.
    :raises WebhookConfigurationError: `config_invalid` if an environment variable of
        `ENVIRONMENT_VARIABLES` says that this is production, or for options that no webhook can
        have.
    :raises TypeError: An argument has another type.
    :raises ValueError: There is no such sender.
    """

    # The secret is held by a function only, so that no dump of this object's attributes shows it.
    __slots__ = ("_diagnose",)

    _diagnose: Callable[[_Body, _Headers], list[Finding]]

    def __init__(
        self,
        secret: _Secret,
        *,
        sender: Literal["pivotal", "pivot"] = "pivotal",
        other_secrets: _Secrets = None,
        previous_secrets: _Secrets = None,
        schemes: Sequence[PivotalScheme] | None = None,
        tolerance: float | None = None,
        dangerously_ignore_timestamp: bool = False,
        max_event_age: float | None = None,
        max_body: float | None = None,
        key: _KeyFormat | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        _refuse_in_production()
        if clock is not None and not callable(clock):
            raise TypeError(f"clock must be a function, not {type(clock).__name__}")

        others, previous = _kept(other_secrets), _kept(previous_secrets)

        def run(
            secret: _Secrets, body: _Body, headers: _Headers, now: float | None
        ) -> list[Finding]:
            return diagnose(
                secret,
                body,
                headers,
                now=now,
                sender=sender,
                other_secrets=others,
                previous_secrets=previous,
                schemes=schemes,
                tolerance=tolerance,
                dangerously_ignore_timestamp=dangerously_ignore_timestamp,
                max_event_age=max_event_age,
                max_body=max_body,
                key=key,
            )

        # This refuses options and secrets of a wrong type now, and not at the first refusal.
        if callable(secret):
            read: Callable[[], _Secrets] = secret
            run(None, b"", {}, 0)
        else:
            kept = _kept(secret)
            read = lambda: kept  # noqa: E731
            run(kept, b"", {}, 0)
        now: Callable[[], float | None] = clock or (lambda: None)
        self._diagnose = lambda body, headers: run(read(), body, headers, now())

    def diagnose(self, body: _Body, headers: _Headers) -> list[Finding]:
        """Return the accidents that explain why a delivery is refused, as the function `diagnose`.

        :param body: The body that the receiver verified.
        :param headers: All headers of the request.
        """
        return self._diagnose(body, headers)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Diagnosis holds secrets, so it can't be pickled or copied")


def _kept(secrets: _Secrets) -> _Secrets:
    """Return secrets that can be read more than once."""
    return [*secrets] if isinstance(secrets, Iterator) else secrets


def _refuse_in_production() -> None:
    for name in ENVIRONMENT_VARIABLES:
        if os.environ.get(name, "").strip().lower() in ("production", "prod"):
            raise WebhookConfigurationError(
                f"a receiver has a diagnosis, and {name} says that this is production "
                "(config_invalid)",
                "config_invalid",
                "a diagnosis keeps the text of secrets and hashes a refused body many times: pass "
                "`on_failure` in development only, and use `diagnose` for a recorded delivery",
                500,
            )
