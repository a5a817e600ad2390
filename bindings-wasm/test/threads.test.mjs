import * as pkg from "pivotal-webhooks-wasm";
import { threadsSuite } from "../../bindings-node/test/suites/threads.mjs";

threadsSuite(pkg, import.meta.resolve("pivotal-webhooks-wasm"));
