/** The entry for Cloudflare Workers, where a module is compiled at deployment and imported. */

import { bind } from "../../bindings-node/js/core.js";
import module from "./core.wasm";
import { instantiate } from "./instance.js";

bind(instantiate(module));

export * from "../../bindings-node/js/index.js";
