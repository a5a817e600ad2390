// Freezes the system's clock for code that has no clock option.

import { after, before, mock } from "node:test";
import { setImmediate } from "node:timers/promises";
import { NOW } from "./sender.mjs";

/** Makes `Date` stand still at `NOW` in this process while the tests of the file or of the suite run. */
export function freezeDate() {
  before(async () => {
    mock.timers.enable({ apis: ["Date"], now: NOW * 1000 });
    // Node 20 then prints a warning, which is none of a test's output.
    await setImmediate();
  });
  after(() => mock.timers.reset());
}

/** A clock in seconds, which only a test moves. */
export function testClock(now) {
  const clock = () => clock.now;
  clock.now = now;
  clock.advance = (milliseconds) => void (clock.now += milliseconds / 1000);
  return clock;
}
