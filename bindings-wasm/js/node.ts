/** The entry for Node, and for Bun and Deno in its way of loading: the module is a file beside it. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bind } from "../../bindings-node/js/core.js";
import { instantiate } from "./instance.js";

bind(instantiate(new WebAssembly.Module(readFileSync(join(__dirname, "core.wasm")))));

export * from "../../bindings-node/js/index.js";
