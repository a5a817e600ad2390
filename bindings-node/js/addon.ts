/** Finds the addon that was built for this platform. */

import { join } from "node:path";
import type { Core } from "./core.js";

/** Loads `native/pivotal-webhooks.<platform>-<arch>[-<libc>].node`, which lies beside `dist`. */
export function loadAddon(): Core {
  const platform = `${process.platform}-${process.arch}`;
  // Only the one that fits loads, and as a rule only that one is there.
  const builds =
    process.platform === "linux" ? [`${platform}-gnu`, `${platform}-musl`] : [platform];
  const causes: unknown[] = [];
  for (const build of builds) {
    try {
      return require(join(__dirname, "..", "native", `pivotal-webhooks.${build}.node`)) as Core;
    } catch (cause) {
      causes.push(cause);
    }
  }
  throw new AggregateError(
    causes,
    `pivotal-webhooks has no native addon that loads on ${platform}; the package ` +
      "pivotal-webhooks-wasm has the same interface and needs none",
  );
}
