"""Sample events for `pivotal_webhooks.testing`, as mappings and as objects."""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from typing import Any

from pivotal_webhooks import Webhook
from pivotal_webhooks._core import Event, sent_headers
from pivotal_webhooks.events import _CLASSES  # pyright: ignore[reportPrivateUsage]


class Sample(dict[str, Any]):
    """A sample, with the time that `sample_event` set."""

    time = ""

    @property
    def time_field(self) -> str:
        return "timestamp" if "timestamp" in self else "created_at"

    def at(self, seconds: float) -> dict[str, Any]:
        """Return a copy with this time, unless the sample's time was changed."""
        unchanged = self.get(self.time_field) == self.time
        return {**self, self.time_field: rfc3339(seconds)} if unchanged else {**self}


def sample_event(event_type: str, /, **changes: Any) -> dict[str, Any]:
    """Return the body of a realistic event: a dict that may be changed.

    Each sample of Pivotal has an `id` of its own. The time when it happened is now; if
    `signed_request` signs the sample, it is the time of the signature.

    :param event_type: A type that the documentation lists, of Pivotal or Pivot.
    :param changes: Members of the envelope to set, such as `id` or `data`.
    :raises TypeError: `object` was passed, which is a field of an event and no member of its body.
    :raises ValueError: The type is not listed.
    """
    samples = json.loads(files("pivotal_webhooks").joinpath("samples.json").read_bytes())
    if event_type not in samples:
        raise ValueError(f"no sample of {event_type!r}; there are: {', '.join(samples)}")
    sample = Sample(samples[event_type])
    if "object" in changes:
        form = '{"object": …}' if "object" in sample["data"] else "…"
        raise TypeError(f"the body of an event has no member `object`; pass data={form}")
    if "id" in sample:
        sample["id"] = f"evt_{uuid.uuid4().hex}"
    sample.time = sample[sample.time_field] = rfc3339(time.time())
    sample.update(changes)
    return sample


def verified_event(kind: str | type[Event], changes: dict[str, Any]) -> Event:
    """Sign a sample of this type or class with a new secret, and return the verified event."""
    event_type = kind if isinstance(kind, str) else _type_of(kind)
    now = int(time.time())
    body = compact_json(sample_event(event_type, **changes))
    is_pivot = event_type in _CLASSES["pivot"][0]
    webhook: Webhook[Any] = (Webhook.pivot if is_pivot else Webhook)(
        new_secret(), clock=lambda: now
    )
    headers = sent_headers(
        webhook, f"msg_{uuid.uuid4().hex}", now, body, "pivot" if is_pivot else "svix"
    )
    event: Event = webhook.unwrap(body, headers)
    return event


def new_secret() -> str:
    """Return a new random signing secret that every scheme accepts."""
    return base64.b64encode(os.urandom(32)).decode()


def rfc3339(seconds: float) -> str:
    """Return Unix seconds as an RFC 3339 time in UTC, with milliseconds."""
    at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def compact_json(value: object) -> bytes:
    """Return JSON in UTF-8 without spaces.

    :raises ValueError: `value` holds NaN or an infinite number, which JSON doesn't have.
    """
    compact = (",", ":")
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=compact).encode()


def _type_of(event_class: type[Event]) -> str:
    for classes, _ in _CLASSES.values():
        for event_type, listed in classes.items():
            if listed is event_class:
                return event_type
    raise ValueError(f"{event_class.__name__} is not the class of a listed type")
