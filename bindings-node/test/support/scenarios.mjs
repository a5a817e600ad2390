// Runs the scenarios of the stores.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { WORKSPACE } from "./files.mjs";

export const { scenarios: SCENARIOS } = JSON.parse(
  readFileSync(join(WORKSPACE, "idempotency", "scenarios.json"), "utf8"),
);

/** The seconds of a lease, and for which an event is kept, unless a step says otherwise. */
export const LEASE = 60;
const KEEP = 604_800;

/** Runs the steps of a scenario on an empty store. `done` is what a claim of a done event gives. */
export async function runScenario(made, steps, done) {
  // A store with a monotonic clock has less left after its wall clock was set back.
  const precise = !steps.some((step) => "clock" in step);
  for (const [number, step] of steps.entries()) {
    const given = await perform(made, callOf(step, made.second));
    const outcome = outcomeOf(given, step, made.second, done, precise);
    assert.equal(outcome, step.gives, `step ${number}: ${JSON.stringify(step)}`);
  }
}

/** The call that a step stands for: the name of an operation, or `wait` or `setClock`, and arguments. */
export function callOf(step, second) {
  if ("wait" in step) return ["wait", step.wait * second];
  if ("clock" in step) return ["setClock", step.clock * second];
  const { key = "first", worker, lease = LEASE, keep = KEEP } = step;
  if (step.do === "complete") return ["complete", key, worker, keep * second];
  if (step.do === "release") return ["release", key, worker];
  assert.match(step.do, /^(claim|renew)$/);
  return ["claim", key, worker, lease * second];
}

/** Does a call. */
export function perform(made, [name, ...given]) {
  return name in made ? made[name](...given) : made.store[name](...given);
}

/**
 * What a step gives, in the words of a scenario. If `precise`, a claim in progress must have all the
 * time left that the step names.
 */
export function outcomeOf(given, step, second, done, precise = true) {
  if (!("do" in step)) return undefined;
  if (typeof given === "boolean") return given;
  if (given === done) return "done";
  if (given === 0) return "claimed";
  const { left = 0 } = step;
  assert.ok(given <= left * second, `${given} of ${left * second} left`);
  assert.ok(!precise || given > (left - 1) * second, `${given} of ${left * second} left`);
  return "in_progress";
}
