"""Calls of `pivotal_webhooks.testing` that mypy and pyright must refuse."""

from __future__ import annotations

from pivotal_webhooks.testing import FrozenClock, event

event()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
event("customer.at_riks")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
event(str)  # type: ignore[type-var]  # pyright: ignore[reportCallIssue, reportArgumentType]
event("customer.at_risk").object["nmae"]  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues]
FrozenClock("now")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
