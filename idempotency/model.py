"""The states of an event as a model, explored completely.

Two workers get three deliveries of one event. At any time a worker claims, renews, completes or
releases it, or crashes, or time passes. The model is explored in every order of these steps, and
every step from every reachable state becomes a part of a walk, which every store must follow with
the results of the model. `python idempotency/model.py` prints the walks as JSON, in the form of
the steps of `scenarios.json`.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

LEASE = 60
"""Seconds, as in `scenarios.json`."""
TICK = 30
"""Seconds that pass in one step."""

WORKERS = ("a", "b")
DELIVERIES = 3
FULL = LEASE // TICK
REMEMBERED = 60 // TICK
"""Steps for which every store knows whose completion made an event done."""


@dataclass(frozen=True)
class Claim:
    token: str
    left: int
    """Steps until the lease ends."""


@dataclass(frozen=True)
class Done:
    token: str
    """Whose completion it was."""
    left: int = REMEMBERED
    """Steps for which every store knows the token."""


Stored = Claim | Done | None
"""What the store has of the event: nothing, a claim, or that it is done."""


class Worker(NamedTuple):
    """A worker that handles a delivery."""

    token: str
    left: int
    """Steps until the lease ends that the store has given to it."""


class State(NamedTuple):
    stored: Stored
    workers: tuple[Worker | None, ...]
    deliveries: int
    """How many of them are still to come."""


Step = dict[str, Any]
"""A step of a scenario: an operation with its result, or time that passes."""

START = State(None, (None,) * len(WORKERS), DELIVERIES)


def operate(stored: Stored, operation: str, token: str, lease: int = FULL) -> tuple[object, Stored]:
    """What an operation gives, and what is stored after it: the contract of all stores."""
    runs = isinstance(stored, Claim) and stored.left > 0
    is_own = isinstance(stored, Claim) and stored.token == token
    if operation in ("claim", "renew"):
        if isinstance(stored, Done):
            return "done", stored
        if runs and not is_own:
            return "in_progress", stored
        return "claimed", Claim(token, lease)
    if operation == "complete":
        if runs and not is_own:
            return False, stored
        if isinstance(stored, Done) and stored.token != token:
            return False, stored
        return True, Done(token)
    if runs and is_own:
        return True, None
    return False, stored


def steps(state: State) -> Iterator[tuple[Step, State]]:
    """Every step that can come next, and where it leads."""
    for place, worker in enumerate(state.workers):
        if worker is None:
            if state.deliveries:
                token = f"{WORKERS[place]}{state.deliveries}"
                yield _operation(state, place, "claim", token)
        else:
            for operation in ("renew", "release"):
                yield _operation(state, place, operation, worker.token)
            if not may_have_forgotten(state.stored, worker.token):
                step, after = _operation(state, place, "complete", worker.token)
                yield step, after
                if step["gives"] is True:
                    # The answer is lost, and the worker may repeat the operation.
                    yield step, _put(after, place, Worker(worker.token, 0))
            yield {"crash": worker.token}, _put(state, place, None)
    yield {"wait": TICK}, _pass(state)


def may_have_forgotten(stored: Stored, token: str) -> bool:
    """Whether a store may have forgotten that this token made the event done."""
    return isinstance(stored, Done) and stored.token == token and stored.left <= 0


def _operation(state: State, place: int, operation: str, token: str) -> tuple[Step, State]:
    gives, stored = operate(state.stored, operation, token)
    step: Step = {"do": operation, "worker": token, "gives": gives}
    if isinstance(stored, Claim) and gives == "in_progress":
        step["left"] = stored.left * TICK
    after = state._replace(stored=stored)
    if operation == "claim":
        after = after._replace(deliveries=state.deliveries - 1)
    if gives == "claimed":
        return step, _put(after, place, Worker(token, FULL))
    if operation == "renew":
        # It has lost its lease. Its handler goes on, as a thread can't be stopped.
        return step, _put(after, place, Worker(token, 0))
    return step, _put(after, place, None)


def _put(state: State, place: int, worker: Worker | None) -> State:
    workers = list(state.workers)
    workers[place] = worker
    return state._replace(workers=tuple(workers))


def _pass(state: State) -> State:
    stored = state.stored
    if stored is not None:
        stored = replace(stored, left=max(stored.left - 1, 0))
    workers = (one and Worker(one.token, max(one.left - 1, 0)) for one in state.workers)
    return state._replace(stored=stored, workers=tuple(workers))


def explore() -> dict[State, list[tuple[Step, State]]]:
    """Every state that can be reached, and its steps."""
    found: dict[State, list[tuple[Step, State]]] = {}
    waiting = deque([START])
    while waiting:
        state = waiting.popleft()
        if state not in found:
            found[state] = list(steps(state))
            waiting.extend(after for _, after in found[state])
    return found


def walks() -> list[list[Step]]:
    """Walks from the start, which together do every step from every state."""
    left = explore()
    all_walks: list[list[Step]] = []
    while any(left.values()):
        state, walk = START, list[Step]()
        while (way := _nearest(state, left)) is not None:
            walk += way[0]
            state = way[1]
        all_walks.append(walk)
    return all_walks


def _nearest(
    state: State, left: dict[State, list[tuple[Step, State]]]
) -> tuple[list[Step], State] | None:
    """The shortest way from a state that ends with a step that is left, which it removes."""
    ways: deque[tuple[State, list[Step]]] = deque([(state, [])])
    seen = {state}
    while ways:
        state, way = ways.popleft()
        if left[state]:
            step, after = left[state].pop()
            return [*way, step], after
        for step, after in steps(state):
            if after not in seen:
                seen.add(after)
                ways.append((after, [*way, step]))
    return None


if __name__ == "__main__":
    print(json.dumps(walks()))
