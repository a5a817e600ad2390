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
    const outcome = await outcomeOf(made, step, precise, done);
    assert.equal(outcome, step.gives, `step ${number}: ${JSON.stringify(step)}`);
  }
}

async function outcomeOf({ store, wait, setClock, second }, step, precise, DONE) {
  if ("wait" in step) return void (await wait(step.wait * second));
  if ("clock" in step) return void (await setClock(step.clock * second));
  const { key = "first", worker, lease = LEASE, keep = KEEP, left = 0 } = step;
  if (step.do === "complete") return store.complete(key, worker, keep * second);
  if (step.do === "release") return store.release(key, worker);
  assert.match(step.do, /^(claim|renew)$/);
  const result = await store.claim(key, worker, lease * second);
  if (result === DONE) return "done";
  if (result === 0) return "claimed";
  assert.ok(result <= left * second, `${result} of ${left * second} left`);
  assert.ok(!precise || result > (left - 1) * second, `${result} of ${left * second} left`);
  return "in_progress";
}
