import * as pkg from "pivotal-webhooks-wasm";
import * as diagnosis from "pivotal-webhooks-wasm/diagnosis";
import { diagnosisSuite } from "../../bindings-node/test/suites/diagnosis.mjs";

diagnosisSuite(pkg, diagnosis);
