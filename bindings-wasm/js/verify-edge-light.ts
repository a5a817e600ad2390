/** What only verifies, for Vercel's edge runtime, which compiles at deployment what is imported like this. */

import { bind } from "../../bindings-node/js/core.js";
import module from "./verify.wasm?module";
import { instantiate } from "./instance.js";

// Where `next dev` and `next start` compile it there is another `WebAssembly.Module`.
bind(instantiate(Object.setPrototypeOf(module, WebAssembly.Module.prototype)));

export * from "../../bindings-node/js/verify.js";
