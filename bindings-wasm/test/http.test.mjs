import * as pkg from "pivotal-webhooks-wasm";
import { httpSuite } from "../../bindings-node/test/suites/http.mjs";

httpSuite(pkg);
