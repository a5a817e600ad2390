import * as pkg from "pivotal-webhooks-wasm";
import { vectorsSuite } from "../../bindings-node/test/suites/vectors.mjs";

vectorsSuite(pkg);
