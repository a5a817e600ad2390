/** The entry of the subpath `diagnosis` for Vercel's edge runtime. */

import { bind } from "../../bindings-node/js/core.js";
import module from "./diagnosis.wasm?module";
import { instantiate } from "./instance.js";

bind(instantiate(Object.setPrototypeOf(module, WebAssembly.Module.prototype)));

export * from "../../bindings-node/js/diagnosis.js";
