"""pydantic's `TypeAdapter` reads every record; run by Pythons before 3.12, where pydantic reads
the `TypedDict` of `typing_extensions` alone.

The arguments are folders to import from: one with the package, one with pydantic.
"""

from __future__ import annotations

import sys
from typing import Any

sys.path[:0] = sys.argv[1:]

from pivotal_webhooks import events  # noqa: E402
from pydantic import TypeAdapter, ValidationError  # noqa: E402


def is_refused(adapter: Any, value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return True
    return False


def main() -> None:
    records = [
        value
        for value in vars(events).values()
        if isinstance(value, type) and hasattr(value, "__total__")
    ]
    assert len(records) > 10, len(records)
    for record in records:
        adapter: Any = TypeAdapter(record)
        needed: Any = dict.fromkeys(getattr(record, "__required_keys__"), "text")  # noqa: B009
        assert adapter.validate_python(needed) == needed, record
        assert is_refused(adapter, []), record
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"pydantic reads {len(records)} records on Python {version}")


main()
