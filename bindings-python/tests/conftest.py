"""Counts the vectors that ran. `cargo xtask test` compares the numbers of all bindings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


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
