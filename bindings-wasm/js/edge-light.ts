/** The entry for Vercel's edge runtime, which compiles a module imported like this at deployment. */

import { bind } from "../../bindings-node/js/core.js";
import module from "./core.wasm?module";
import { instantiate } from "./instance.js";

// In `next dev` and `next start`, the module comes from a realm with another `WebAssembly.Module`.
bind(instantiate(Object.setPrototypeOf(module, WebAssembly.Module.prototype)));

export * from "../../bindings-node/js/index.js";
