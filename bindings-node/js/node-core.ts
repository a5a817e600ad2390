/** The core in Node and Bun: in the native addon, or else in WebAssembly. */

import { loadAddon } from "./addon.js";
import type { Core } from "./core.js";
import { nativeCore } from "./native.js";

export function nodeCore(): Core {
  const addon = loadAddon();
  return addon ? nativeCore(addon) : (require("./wasm/inlined.js") as { core: Core }).core;
}
