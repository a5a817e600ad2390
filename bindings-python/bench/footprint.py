"""What an import costs in a new process: its time, and its memory.

The memory is what stays resident beyond that of an interpreter without the import.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

ROUNDS = min(15, int(os.environ.get("PIVOTAL_BENCH_ROUNDS", "15")))
BARE = "pass"
STATEMENTS = ["import pivotal_webhooks", "from pivotal_webhooks import events"]
PEERS = ("svix", "standardwebhooks", "stripe")
PAGE = 4  # KiB

PROBE = """
import time
start = time.perf_counter()
{statement}
spent = time.perf_counter() - start
try:
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
except OSError:  # not Linux
    pages = 0
print(spent, pages)
"""


def main() -> None:
    statements = STATEMENTS + [f"import {name}" for name in PEERS if find_spec(name)]
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in [BARE, *statements]}
    for _ in range(ROUNDS):
        for statement, found in runs.items():
            found.append(imported(statement))
    bare = median(pages for _, pages in runs[BARE])
    rows: list[dict[str, Any]] = []
    for statement in statements:
        values = {
            "ms to import": [spent * 1_000 for spent, _ in runs[statement]],
            "KiB of memory": [(pages - bare) * PAGE for _, pages in runs[statement]],
        }
        for column, rounds in values.items():
            rows.append({"column": column, "case": statement, "rounds": rounds})
            print(f"{statement:>36}{median(rounds):>12.2f} {column}")
    table = {
        "name": "footprint, Python",
        "about": "Each import is that of a new process. The memory is what stays resident beyond "
        "that of an interpreter without the import.",
        "runtime": f"{platform.python_implementation()} {platform.python_version()}",
        "clock": "time of the clock",
        "unit": "Milliseconds and KiB",
        "rows": rows,
    }
    if file := os.environ.get("PIVOTAL_BENCH_RESULTS"):
        with Path(file).open("a", encoding="utf-8") as results:
            results.write(json.dumps([table]) + "\n")


def imported(statement: str) -> tuple[float, float]:
    """Seconds, and pages of resident memory."""
    command = [sys.executable, "-c", PROBE.format(statement=statement)]
    spent, pages = subprocess.check_output(command, text=True).split()
    return float(spent), float(pages)


if __name__ == "__main__":
    main()
