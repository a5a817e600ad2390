/** What only verifies, for Cloudflare Workers, where a module is compiled at deployment and imported. */

import { bind } from "../../bindings-node/js/core.js";
import module from "./verify.wasm";
import { instantiate } from "./instance.js";

bind(instantiate(module));

export * from "../../bindings-node/js/verify.js";
