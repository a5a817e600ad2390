"""What happened, in one file that outlives every process, and what it proves.

Each line is one write to a file that was opened to append: it is there when the write has returned,
also if the process is killed then, and the lines of all processes are in the order of the writes.
Linux ends the write of a killed process at the end of a page, so that a line must not go beyond it:
all lines have the same length, and a page is a multiple of it.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

LINE = 128
"""Bytes of a line, its line feed included."""


class Journal:
    """The file, open to append. A line has a process's id, what happened, and an event's key."""

    def __init__(self, path: str | Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, what: str, key: str = "-", process: int | None = None) -> None:
        process = os.getpid() if process is None else process
        line = f"{process} {what} {key}".ljust(LINE - 1) + "\n"
        if len(line) != LINE:
            raise ValueError(f"a line of the journal is longer than {LINE} bytes: {line!r}")
        os.write(self._file, line.encode())


@dataclass
class Audit:
    """What a journal says."""

    lines: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    completions: Counter[str] = field(default_factory=Counter)
    most_at_a_time: int = 0
    """The largest number of runs of one event at a time."""
    after_acknowledgement: int = 0
    """Runs that began when the sender had got a 2xx for the event."""
    killed_runs: int = 0
    explained_runs: int = 0
    """How many runs may have to be repeated because receivers were killed: one at least for each
    that was killed, as the completion of a run that has returned can be missing."""
    killed_in_transactions: int = 0
    failed_runs: int = 0
    """Runs that raised, or whose completion the store did not confirm."""

    @classmethod
    def of(cls, lines: Iterable[str]) -> Audit:
        audit = cls()
        # A process has two events at a time if the sender stopped waiting for the first answer.
        running: defaultdict[int, set[str]] = defaultdict(set)
        in_transaction: set[int] = set()
        returned: defaultdict[int, set[str]] = defaultdict(set)
        acknowledged: set[str] = set()
        at_a_time: Counter[str] = Counter()
        for number, line in enumerate(lines, 1):
            words = line.split()
            if len(words) != 3:
                raise ValueError(f"line {number} of the journal is malformed: {line!r}")
            word, what, key = words
            process = int(word)
            audit.lines[what] += 1
            if what == "begin":
                audit.runs[key] += 1
                audit.after_acknowledgement += key in acknowledged
                running[process].add(key)
                at_a_time[key] += 1
                audit.most_at_a_time = max(audit.most_at_a_time, at_a_time[key])
            elif what == "transaction":
                in_transaction.add(process)
            elif what == "completed":
                audit.completions[key] += 1
                in_transaction.discard(process)
            elif what in ("returned", "raised"):
                at_a_time[key] -= 1
                running[process].discard(key)
                in_transaction.discard(process)
                audit.failed_runs += what == "raised"
                returned[process].add(key)
            elif what in ("store_failed", "lease_lost"):
                audit.failed_runs += key in returned[process]
                returned[process].discard(key)
            elif what == "killed":
                audit.killed_in_transactions += process in in_transaction
                in_transaction.discard(process)
                killed = running.pop(process, set())
                at_a_time.subtract(killed)
                audit.killed_runs += len(killed)
                audit.explained_runs += max(1, len(killed))
            elif what == "acknowledged":
                acknowledged.add(key)
        return audit
