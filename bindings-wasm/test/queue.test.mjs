import * as pkg from "pivotal-webhooks-wasm";
import * as queue from "pivotal-webhooks-wasm/queue";
import { queueSuite } from "../../bindings-node/test/suites/queue.mjs";

queueSuite(pkg, queue);
