/** The entry for Node and Bun: the surface, bound to the native addon, or else to WebAssembly. */

import { loadAddon } from "./addon.js";
import { bind, type Core } from "./core.js";
import { nativeCore } from "./native.js";

const addon = loadAddon();
bind(addon ? nativeCore(addon) : (require("./wasm/inlined.js") as { core: Core }).core);

export * from "./index.js";
