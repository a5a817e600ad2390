/** The entry for Node, Bun, Deno, browsers, and every bundler and runtime without its own. */

import { bind } from "../../bindings-node/js/core.js";
import { core } from "./inlined.js";

bind(core);

export * from "../../bindings-node/js/index.js";
