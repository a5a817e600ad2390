/** What only verifies, for where `index.ts` is the entry. */

import { bind } from "../../bindings-node/js/core.js";
import { core } from "./verify-inlined.js";

bind(core);

export * from "../../bindings-node/js/verify.js";
