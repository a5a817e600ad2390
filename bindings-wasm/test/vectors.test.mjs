import * as pkg from "pivotal-webhooks-wasm";
import * as queue from "pivotal-webhooks-wasm/queue";
import { vectorsSuite } from "../../bindings-node/test/suites/vectors.mjs";

vectorsSuite({ ...pkg, ...queue });
