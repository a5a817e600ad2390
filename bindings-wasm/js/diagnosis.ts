/** The entry of the subpath `diagnosis`, with a module of its own. */

import { bind } from "../../bindings-node/js/core.js";
import { core } from "./inlined.js";

bind(core);

export * from "../../bindings-node/js/diagnosis.js";
