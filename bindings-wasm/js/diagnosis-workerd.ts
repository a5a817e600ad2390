/** The entry of the subpath `diagnosis` for Cloudflare Workers. */

import { bind } from "../../bindings-node/js/core.js";
import module from "./diagnosis.wasm";
import { instantiate } from "./instance.js";

bind(instantiate(module));

export * from "../../bindings-node/js/diagnosis.js";
