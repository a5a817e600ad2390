import * as pkg from "pivotal-webhooks-wasm";
import * as receivers from "pivotal-webhooks-wasm/fetch";
import * as handlers from "pivotal-webhooks-wasm/handlers";
import { handlersSuite } from "../../bindings-node/test/suites/handlers.mjs";

handlersSuite(pkg, handlers, receivers);
