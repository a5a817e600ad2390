import * as pkg from "pivotal-webhooks-wasm";
import { secretsSuite } from "../../bindings-node/test/suites/secrets.mjs";

secretsSuite(pkg);
