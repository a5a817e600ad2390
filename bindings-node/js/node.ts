/** The entry for Node and Bun. */

import { bind } from "./core.js";
import { nodeCore } from "./node-core.js";

bind(nodeCore());

export * from "./index.js";
