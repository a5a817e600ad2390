/** The entry for Node, Bun, Deno, browsers, and all bundlers and runtimes without an entry of their own. */

import { bind } from "../../bindings-node/js/core.js";
import { core } from "./inlined.js";

bind(core);

export * from "../../bindings-node/js/index.js";
