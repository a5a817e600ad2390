/** The entry of the subpath `diagnosis` for Node and Bun. */

import { loadAddon } from "./addon.js";
import { bind, type Core } from "./core.js";
import { nativeDiagnosis } from "./native.js";

const addon = loadAddon();
bind(
  addon ? nativeDiagnosis(addon) : (require("./wasm/diagnosis-inlined.js") as { core: Core }).core,
);

export * from "./diagnosis.js";
