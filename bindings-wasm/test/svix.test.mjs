import * as pkg from "pivotal-webhooks-wasm";
import { svixSuite } from "../../bindings-node/test/suites/svix.mjs";

svixSuite(pkg);
