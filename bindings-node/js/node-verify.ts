/** The entry for Node and Bun that only verifies. */

import { bind } from "./core.js";
import { nodeCore } from "./node-core.js";

bind(nodeCore());

export * from "./verify.js";
