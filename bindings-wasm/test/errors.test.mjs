import * as pkg from "pivotal-webhooks-wasm";
import { errorsSuite } from "../../bindings-node/test/suites/errors.mjs";

errorsSuite(pkg);
