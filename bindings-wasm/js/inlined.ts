/** The core from bytes in the bundle, so that nothing is read, fetched, awaited or configured. */

import bytes from "pivotal-webhooks-wasm/bytes";
import { instantiate } from "./instance.js";

// Synchronous on a page's main thread too: browsers allow that up to 8 MB.
export const core = instantiate(new WebAssembly.Module(bytes));
