/** The entry of `pivotal-webhooks`: the surface, bound to the native addon. */

import { loadAddon } from "./addon.js";
import { bind } from "./core.js";

bind(loadAddon());

export * from "./index.js";
