import * as pkg from "pivotal-webhooks-wasm";
import { inputsSuite } from "../../bindings-node/test/suites/inputs.mjs";

inputsSuite(pkg);
