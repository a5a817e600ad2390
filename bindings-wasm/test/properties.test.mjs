import * as pkg from "pivotal-webhooks-wasm";
import { propertiesSuite } from "../../bindings-node/test/suites/properties.mjs";

propertiesSuite(pkg);
