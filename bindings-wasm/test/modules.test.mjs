import * as esm from "pivotal-webhooks-wasm";
import { modulesSuite } from "../../bindings-node/test/suites/modules.mjs";

modulesSuite(esm, "pivotal-webhooks-wasm", import.meta.url);
