"""Makes every test independent of the clock and of the machine's load; counts the vectors that ran.

`cargo xtask test` compares the numbers of vectors of all bindings.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import time_machine
from signing import NOW

# An example of a property may take any time.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _frozen_time() -> Iterator[None]:
    """The system's clock shows `NOW` in every test; monotonic clocks run on."""
    with time_machine.travel(NOW, tick=False):
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what needs a build with the panic probe, unless `test_panic.py` runs it."""
    if "PIVOTAL_RUNS_PROBE" not in os.environ:
        items[:] = [item for item in items if item.get_closest_marker("probe") is None]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    ran = [
        report
        for report in terminalreporter.getreports("passed")
        if "::test_vector[" in report.nodeid and report.when == "call"
    ]
    if not ran:
        return
    terminalreporter.write_line(f"vectors: {len(ran)}")
    if file := os.environ.get("PIVOTAL_VECTORS_COUNT_FILE"):
        Path(file).write_text(f"{len(ran)}\n", encoding="ascii")
