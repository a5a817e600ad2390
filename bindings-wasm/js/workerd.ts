/** The entry for Cloudflare Workers, which compile a module at deployment and import it. */

import { bind } from "../../bindings-node/js/core.js";
import module from "./core.wasm";
import { instantiate } from "./instance.js";

bind(instantiate(module));

export * from "../../bindings-node/js/index.js";
