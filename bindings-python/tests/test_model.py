"""The states of an event: the model keeps the promise, and every store does what the model does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import model
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from model import FULL, Claim, Done, State, Stored, may_have_forgotten, operate
from pivotal_webhooks.idempotency import DONE, MemoryStore
from store_cases import KINDS, LEASE, Case, Clock, Servers, empty_store, outcome

STATES = model.explore()
WALKS = model.walks()


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.close()


def operations() -> Iterator[tuple[State, dict[str, Any], State]]:
    for state, steps in STATES.items():
        for step, after in steps:
            if "do" in step:
                yield state, step, after


def test_the_model_is_explored_completely() -> None:
    assert len(STATES) > 150
    assert {after for steps in STATES.values() for _, after in steps} <= set(STATES)
    given = {(step["do"], step["gives"]) for _, step, _ in operations()}
    claims = {("claim", "claimed"), ("claim", "in_progress"), ("claim", "done")}
    renewals = {("renew", "claimed"), ("renew", "in_progress"), ("renew", "done")}
    others = {(name, is_true) for name in ("complete", "release") for is_true in (True, False)}
    assert given == claims | renewals | others


def test_at_most_one_worker_runs_while_its_lease_holds() -> None:
    for state in STATES:
        holding = [worker for worker in state.workers if worker is not None and worker.left]
        assert len(holding) <= 1
        assert all(state.stored == Claim(worker.token, worker.left) for worker in holding)


def test_a_done_event_stays_done_and_is_completed_once() -> None:
    for state, step, after in operations():
        if isinstance(state.stored, Done):
            assert isinstance(after.stored, Done)
            assert after.stored.token == state.stored.token
            is_own = state.stored.token == step["worker"]
            assert step["gives"] == {
                "claim": "done",
                "renew": "done",
                "complete": is_own,
                "release": False,
            }.get(step["do"])
        elif step["do"] == "complete":
            assert isinstance(after.stored, Done) == step["gives"]


def test_a_late_worker_overwrites_nothing() -> None:
    for state, step, after in operations():
        stored = state.stored
        if isinstance(stored, Claim) and stored.left and stored.token != step["worker"]:
            assert after.stored == stored
            assert step["gives"] in ("in_progress", False)


def test_an_event_that_is_not_done_can_always_be_claimed_after_one_lease() -> None:
    for state in STATES:
        for _ in range(FULL):
            state = next(after for step, after in STATES[state] if "wait" in step)
        assert operate(state.stored, "claim", "another")[0] in ("claimed", "done")


def follow(case: Case, walk: list[dict[str, Any]]) -> None:
    for number, step in enumerate(walk):
        # Nobody tells the store of a crash.
        if "crash" not in step:
            given = outcome(case, step)
            assert given == step.get("gives"), f"step {number} of {walk}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_follows_every_step_from_every_state(kind: str, servers: Servers) -> None:
    with empty_store(kind, servers) as case:
        for walk in WALKS:
            follow(case, walk)
            case.clear()


class Knowing(MemoryStore):
    """Knows who has claimed an event."""

    def __init__(self, *, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.worker = ""

    def claim(self, key: str, token: str, lease: int) -> int:
        result = super().claim(key, token, lease)
        if result == 0:
            self.worker = token
        return result


class Forgetful(Knowing):
    """Lets any worker complete an event."""

    def complete(self, key: str, token: str, keep: int) -> bool:
        super().release(key, self.worker)
        return super().complete(key, token, keep)


class Unsure(MemoryStore):
    """Does not know whose completion it was."""

    def complete(self, key: str, token: str, keep: int) -> bool:
        is_done = super().claim(key, token, 1) == DONE
        return super().complete(key, token, keep) and not is_done


class Trusting(MemoryStore):
    """Lets any worker repeat the completion of another one."""

    def complete(self, key: str, token: str, keep: int) -> bool:
        return super().complete(key, token, keep) or super().claim(key, token, 1) == DONE


class Careless(Knowing):
    """Lets any worker release an event."""

    def release(self, key: str, token: str) -> bool:
        return super().release(key, self.worker)


class Endless(MemoryStore):
    """Lets no claim end."""

    def claim(self, key: str, token: str, lease: int) -> int:
        return super().claim(key, token, 1000 * lease)


class Hasty(MemoryStore):
    """Marks the event as done when it is claimed."""

    def claim(self, key: str, token: str, lease: int) -> int:
        result = super().claim(key, token, lease)
        if result == 0:
            super().complete(key, token, 1000 * lease)
        return result


@pytest.mark.parametrize("faulty", [Forgetful, Unsure, Trusting, Careless, Endless, Hasty])
def test_a_store_with_a_fault_does_not_follow(faulty: type[MemoryStore]) -> None:
    def follow_all() -> None:
        for walk in WALKS:
            clock = Clock(1000)
            store = faulty(clock=clock)
            follow(Case(store, store, clock.advance, lambda _: None, lambda: None), walk)

    with pytest.raises(AssertionError):
        follow_all()


TOKENS = st.sampled_from("abc")
SECONDS = st.integers(1, 100)
KEEP = 200
SECONDS_REMEMBERED = model.REMEMBERED * model.TICK


class Steps(RuleBasedStateMachine):
    """Operations in any order, with any leases, on a store and on the model."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.case = case
        self.stored: Stored = None
        self.kept = 0

    def teardown(self) -> None:
        self.case.clear()

    @rule(token=TOKENS, lease=SECONDS)
    def claim(self, token: str, lease: int) -> None:
        self.compare({"do": "claim", "worker": token, "lease": lease})

    @rule(token=TOKENS)
    def complete(self, token: str) -> None:
        if may_have_forgotten(self.stored, token):
            return
        if self.compare({"do": "complete", "worker": token, "keep": KEEP}) is True:
            self.kept = KEEP
            self.stored = Done(token, SECONDS_REMEMBERED)

    @rule(token=TOKENS)
    def release(self, token: str) -> None:
        self.compare({"do": "release", "worker": token})

    @rule(seconds=SECONDS)
    def wait(self, seconds: int) -> None:
        outcome(self.case, {"wait": seconds})
        self.kept -= seconds
        if isinstance(self.stored, Done) and self.kept <= 0:
            self.stored = None
        if self.stored is not None:
            left = max(self.stored.left - seconds, 0)
            self.stored = replace(self.stored, left=left)

    def compare(self, step: dict[str, Any]) -> object:
        lease = step.get("lease", LEASE)
        gives, self.stored = operate(self.stored, step["do"], step["worker"], lease)
        if gives == "in_progress":
            assert isinstance(self.stored, Claim)
            step["left"] = self.stored.left
        assert outcome(self.case, step) == gives, step
        return gives


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_does_what_the_model_does_in_any_order(kind: str, servers: Servers) -> None:
    with empty_store(kind, servers) as case:

        class OnThisStore(Steps):
            def __init__(self) -> None:
                super().__init__(case)

        run_state_machine_as_test(
            OnThisStore, settings=settings(max_examples=30, stateful_step_count=30)
        )
