"""Kills receivers and troubles their stores, and counts: `cargo xtask once`.

Every event is delivered several times, and each delivery again until it is acknowledged. A random
receiver is killed at a time, and started again. At the end the journal of the runs and the content
of the store must show that every event was completed once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import NamedTuple

from journal import Audit, Journal
from receivers import ExpressReceiver, FastApiReceiver, Receiver, Settings
from sender import Sender
from stores import CLOCK, STORES, Store

LEASE = 10
"""Seconds. No process waits so long for its processor, also on a busy machine."""

IN_MEMORY = "/dev/shm" if Path("/dev/shm").exists() else None
"""Where the files are. They outlive a process that is killed, and no write waits for a disk."""

PROGRESS = 10
"""Seconds between two lines of progress."""


class Plan(NamedTuple):
    """Receivers over one store, and what happens to them."""

    name: str
    store: str
    fastapi: int
    express: int
    kill_every: float
    """Seconds."""
    fault_every: float | None = None
    """Seconds between two faults of the store; none if there are no faults."""

    def is_called(self, word: str) -> bool:
        """Whether a word names the plan or its store, or begins the plan's name."""
        return word == self.store or self.name.startswith(word)


PLANS = [
    Plan("Express too, killed", "redis", fastapi=2, express=2, kill_every=2),
    Plan("Express too, server fails", "redis", fastapi=2, express=2, kill_every=0.5, fault_every=4),
    Plan("Express too, backends end", "postgres", 2, 2, kill_every=0.5, fault_every=0.2),
    Plan("Express too, clock goes back", "sqlite", 2, 2, kill_every=0.5, fault_every=2 * LEASE),
    Plan("killed", "redis", fastapi=8, express=0, kill_every=0.1),
    Plan("server fails", "redis", fastapi=8, express=0, kill_every=0.1, fault_every=4),
    Plan("backends end", "postgres", fastapi=8, express=0, kill_every=0.1, fault_every=0.2),
    Plan("clock goes back", "sqlite", fastapi=8, express=0, kill_every=0.1, fault_every=2 * LEASE),
]


class Trial:
    """One plan, carried out."""

    def __init__(self, plan: Plan, given: argparse.Namespace, folder: Path, stack: ExitStack):
        self.plan = plan
        self.path = folder / "journal"
        self.journal = Journal(self.path)
        self.store: Store = STORES[plan.store](folder, stack)
        place = self.store.place
        settings = Settings(str(self.path), plan.store, place, str(folder / CLOCK), LEASE)
        self.receivers: list[Receiver] = [
            *(FastApiReceiver(settings) for _ in range(plan.fastapi)),
            *(ExpressReceiver(settings) for _ in range(plan.express)),
        ]
        self.sender = Sender(given.events, given.deliveries, given.seed, self.journal)
        self.random = random.Random(given.seed)
        self.faults: Counter[str] = Counter()
        self.seconds = 0.0

    async def run(self) -> None:
        """Send everything, kill and trouble meanwhile, and wait until it is acknowledged."""
        start = time.monotonic()
        for receiver in self.receivers:
            receiver.start()
        lanes = [self.sender.send_to(receiver) for receiver in self.receivers]
        try:
            await asyncio.gather(*lanes, self._kill(), self._trouble(), self._show())
        finally:
            for receiver in self.receivers:
                receiver.kill()
        self.seconds = time.monotonic() - start

    async def _kill(self) -> None:
        while not await happens_within(self.sender.sent_all, self.plan.kill_every):
            # Each start acknowledges a delivery, so that the sending comes to an end.
            running = [receiver for receiver in self.receivers if receiver.answered]
            if running:
                receiver = self.random.choice(running)
                process = await asyncio.to_thread(receiver.kill)
                self.journal.write("killed", process=process)
                await asyncio.to_thread(receiver.start)

    async def _trouble(self) -> None:
        faults = list(self.store.faults().items())
        if self.plan.fault_every is None:
            return
        wait = min(self.plan.fault_every, 2)
        while not await happens_within(self.sender.sent_all, wait):
            wait = self.plan.fault_every
            name, fault = faults[self.faults.total() % len(faults)]
            await asyncio.to_thread(fault)
            self.faults[name] += 1

    async def _show(self) -> None:
        while not await happens_within(self.sender.ended, PROGRESS):
            print(f"  {self.sender.acknowledged} of {self.sender.deliveries}", flush=True)

    def result(self) -> Result:
        """Count what the journal and the store have."""
        audit, done = Audit.of(self.path.read_text().splitlines()), self.store.done()
        sender, keys, effects = self.sender, self.sender.keys, self.store.effects()
        runs, kills = audit.runs.total(), audit.lines["killed"]
        completions = sum(max(audit.completions[key], key in done) for key in keys)
        figures: dict[str, object] = {
            "events": len(keys),
            "deliveries": sender.deliveries,
            "requests": sender.requests,
            "receivers killed": kills,
            "killed during a run": audit.killed_runs,
            "killed during a transaction": audit.killed_in_transactions,
            "faults of the store": self.faults.total(),
            "answers 500, 503 after a run": audit.failed_runs,
            "runs": runs,
            "extra runs": runs - len(keys),
            "runs of an event at a time": audit.most_at_a_time,
            "runs after an answer of 200": audit.after_acknowledgement,
            "deliveries not acknowledged": sender.deliveries - sender.acknowledged,
            "events lost": len(set(keys) - done),
            "completions": completions,
            "effects": "-" if effects is None else len(effects),
            "seconds": round(self.seconds),
        }
        violations = {
            "a delivery was not acknowledged": not sender.all_acknowledged,
            "an event was lost": not done.issuperset(keys),
            "an event was not completed once": completions != len(keys),
            "an event had two runs at a time": audit.most_at_a_time != 1,
            "a run began after an answer of 200": audit.after_acknowledgement > 0,
            "more runs than kills and failures explain": (
                runs - len(keys) > audit.explained_runs + audit.failed_runs
            ),
            "an effect is missing or doubled": effects is not None
            and sorted(effects) != sorted(keys),
            "something else was completed": not set(keys).issuperset(done),
        }
        return Result(self.plan, figures, [name for name, found in violations.items() if found])


async def happens_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for so long, or until this has happened; return whether it has."""
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


class Result(NamedTuple):
    plan: Plan
    figures: dict[str, object]
    violations: list[str]


def table(results: list[Result]) -> str:
    names = dict.fromkeys(name for result in results for name in result.figures)
    plans = [result.plan for result in results]
    rows = [
        ["", *(plan.name for plan in plans)],
        ["store", *(plan.store for plan in plans)],
        ["receivers", *(receivers(plan) for plan in plans)],
        *([name, *(str(result.figures.get(name, "-")) for result in results)] for name in names),
        ["violations", *(str(len(result.violations)) for result in results)],
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join([row[0].ljust(widths[0]), *(map(str.rjust, row[1:], widths[1:]))]) for row in rows
    )
    return "\n".join(lines)


def receivers(plan: Plan) -> str:
    of = {"FastAPI": plan.fastapi, "Express": plan.express}
    return ", ".join(f"{count} {name}" for name, count in of.items() if count)


def carry_out(plan: Plan, given: argparse.Namespace) -> Result:
    print(f"{plan.name}: {receivers(plan)} over {plan.store}", flush=True)
    with TemporaryDirectory(dir=IN_MEMORY) as folder, ExitStack() as stack:
        trial = Trial(plan, given, Path(folder), stack)
        try:
            asyncio.run(trial.run())
            result = trial.result()
        except BaseException:
            keep(trial.path)
            raise
        if result.violations:
            keep(trial.path)
    for fault, times in trial.faults.items():
        print(f"  {fault}: {times} times", flush=True)
    for violation in result.violations:
        print(f"  VIOLATION: {violation}", flush=True)
    return result


def keep(journal: Path) -> None:
    """Copy the journal of a failed trial to where it stays, and print its path."""
    with NamedTemporaryFile(prefix="journal-", delete=False) as file:
        file.write(journal.read_bytes())
    print(f"  the journal is kept: {file.name}", flush=True)


def record(result: Result, folder: Path) -> None:
    """Write down what came of a plan."""
    plan = result.plan
    facts = {"plan": plan.name, "store": plan.store, "receivers": receivers(plan)}
    figures = [{"name": name, "value": str(value)} for name, value in result.figures.items()]
    written = {**facts, "figures": figures, "violations": result.violations}
    name = plan.name.lower().replace(",", "").replace(" ", "-")
    (folder / f"{name}.json").write_text(json.dumps(written, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="stores, or how the names of plans begin")
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--deliveries", type=int, default=10, help="of each event")
    parser.add_argument("--seed", type=int, default=1, help="of the order, and of what is killed")
    parser.add_argument("--results", type=Path, help="a folder for what came of each plan")
    given = parser.parse_args()
    plans = [plan for plan in PLANS if not given.only or any(map(plan.is_called, given.only))]
    if not plans:
        parser.error(f"there are these plans: {'; '.join(plan.name for plan in PLANS)}")
    results = []
    for plan in plans:
        results.append(carry_out(plan, given))
        if given.results is not None:
            record(results[-1], given.results)
    print(f"\n{table(results)}")
    if any(result.violations for result in results):
        sys.exit("\nnot every event was completed exactly once")
    print("\nEvery event was completed exactly once.")


if __name__ == "__main__":
    main()
