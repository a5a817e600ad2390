import * as pkg from "pivotal-webhooks-wasm";
import { eventsSuite } from "../../bindings-node/test/suites/events.mjs";

eventsSuite(pkg);
