/** The entry for Node and Bun: the surface, bound to the native addon, or else to WebAssembly. */

import { loadAddon } from "./addon.js";
import { bind, type Core } from "./core.js";

bind(loadAddon() ?? (require("./wasm/inlined.js") as { core: Core }).core);

export * from "./index.js";
