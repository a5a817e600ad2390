// The states of an event as a model: every walk of `idempotency/model.py`, and its operations once more
// for fast-check, which tries any order of them with any leases.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { WORKSPACE } from "./files.mjs";
import { callOf, outcomeOf, perform } from "./scenarios.mjs";

const PYTHON = process.env.PIVOTAL_PYTHON ?? (process.platform === "win32" ? "python" : "python3");

/** Walks from the start that together do every step from every state. */
export function walks() {
  const program = join(WORKSPACE, "idempotency", "model.py");
  return JSON.parse(execFileSync(PYTHON, [program], { encoding: "utf8" }));
}

/** Does a walk on an empty store. `done` is what a claim of a done event gives. */
export async function follow(made, walk, done) {
  // Nobody tells the store of a crash.
  const steps = walk.filter((step) => !("crash" in step));
  const calls = steps.map((step) => callOf(step, made.second));
  const given = made.performAll === undefined ? [] : await made.performAll(calls);
  for (const [number, step] of steps.entries()) {
    if (made.performAll === undefined) given.push(await perform(made, calls[number]));
    const outcome = outcomeOf(given[number], step, made.second, done);
    assert.equal(outcome, step.gives, `step ${number} of ${JSON.stringify(walk)}`);
  }
}

const KEEP = 200;

/** The seconds for which every store knows whose completion made an event done. */
const REMEMBERED = 60;

/** What the store has of the event: nothing, a claim with the seconds it has left, or that it is done. */
export class Model {
  #claim;
  #completedBy;
  #kept = 0;

  /** Whether a store may have forgotten that this worker completed the event. */
  mayHaveForgotten(worker) {
    return this.#kept > 0 && this.#kept <= KEEP - REMEMBERED && this.#completedBy === worker;
  }

  claim(worker, lease) {
    if (this.#kept > 0) return { gives: "done" };
    if (this.#claim && this.#claim.worker !== worker) {
      return { gives: "in_progress", left: this.#claim.left };
    }
    this.#claim = { worker, left: lease };
    return { gives: "claimed" };
  }

  complete(worker) {
    const by = this.#kept > 0 ? this.#completedBy : this.#claim?.worker;
    if (by !== undefined && by !== worker) return { gives: false };
    this.#claim = undefined;
    this.#completedBy = worker;
    this.#kept = KEEP;
    return { gives: true };
  }

  release(worker) {
    if (this.#claim?.worker !== worker) return { gives: false };
    this.#claim = undefined;
    return { gives: true };
  }

  wait(seconds) {
    this.#kept -= seconds;
    if (this.#claim && (this.#claim.left -= seconds) <= 0) this.#claim = undefined;
  }
}

/** A command of fast-check: a step that the model and the store do. */
class Step {
  constructor(step) {
    this.step = step;
  }

  check(model) {
    return this.step.do !== "complete" || !model.mayHaveForgotten(this.step.worker);
  }

  async run(model, { made, done }) {
    const { step } = this;
    const given = await perform(made, callOf(step, made.second));
    if ("wait" in step) {
      model.wait(step.wait);
      return;
    }
    const { gives, left } = model[step.do](step.worker, step.lease);
    assert.equal(outcomeOf(given, { ...step, left }, made.second, done), gives);
  }

  toString() {
    return JSON.stringify(this.step);
  }
}

const worker = fc.constantFrom("a", "b", "c");
const seconds = fc.integer({ min: 1, max: 100 });

/** Steps in any order. */
export const steps = fc.commands(
  [
    fc.record({ do: fc.constant("claim"), worker, lease: seconds }),
    fc.record({ do: fc.constant("complete"), worker, keep: fc.constant(KEEP) }),
    fc.record({ do: fc.constant("release"), worker }),
    fc.record({ wait: seconds }),
  ].map((step) => step.map((one) => new Step(one))),
  { maxCommands: 30 },
);
