/** Finds the addon that was built for this platform. */

import type { Addon } from "./native.js";

/** The version in the manifest. The build inserts it. */
declare const VERSION: string;

/** The suffixes in the names of builds, for platforms with several builds or an ABI in the name. */
const ABIS: { readonly [platform: string]: readonly string[] } = {
  linux: ["-gnu", "-musl"],
  win32: ["-msvc"],
};

/**
 * Loads the addon that was built here, `native/pivotal-webhooks.<platform>.node`, or else the addon in
 * the package `pivotal-webhooks-<platform>`. Returns `undefined` if no addon fits. With
 * `NODE_DEBUG=pivotal-webhooks` it logs each attempt.
 */
export function loadAddon(): Addon | undefined {
  // A bundle of ES modules has neither `require` nor `__filename`. Bundlers must not follow these
  // loads, because they can't read an addon.
  const { createRequire } = process.getBuiltinModule?.("node:module") ?? require("node:module");
  let load: NodeJS.Require;
  try {
    load = createRequire(typeof __filename === "string" ? __filename : process.argv[1]!);
  } catch {
    return undefined; // the program is not a file
  }
  const log = (load("node:util") as typeof import("node:util")).debuglog("pivotal-webhooks");

  for (const abi of ABIS[process.platform] ?? [""]) {
    const platform = `${process.platform}-${process.arch}${abi}`;
    const name = `pivotal-webhooks-${platform}`;
    const packaged = () => {
      const { version } = load(`${name}/package.json`) as { version: string };
      if (version !== VERSION) throw new Error(`${name} is of version ${version}`);
      return load(name) as Addon;
    };
    for (const attempt of [
      () => load(`../native/pivotal-webhooks.${platform}.node`) as Addon,
      packaged,
    ]) {
      try {
        const addon = attempt();
        log("native, for %s", platform);
        return addon;
      } catch (cause) {
        log(`${cause}`);
      }
    }
  }
  log("WebAssembly");
  return undefined;
}
