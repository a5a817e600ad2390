// Freezes the system's clock for code that has no clock option.

import { after, before, mock } from "node:test";
import { NOW } from "./sender.mjs";

/** Makes `Date` stand still at `NOW` in this process while the tests of the file or of the suite run. */
export function freezeDate() {
  before(() => mock.timers.enable({ apis: ["Date"], now: NOW * 1000 }));
  after(() => mock.timers.reset());
}
