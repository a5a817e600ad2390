import * as pkg from "pivotal-webhooks-wasm";
import * as receivers from "pivotal-webhooks-wasm/fetch";
import * as testing from "pivotal-webhooks-wasm/testing";
import { testingSuite } from "../../bindings-node/test/suites/testing.mjs";

testingSuite(pkg, testing, receivers, "pivotal-webhooks-wasm", import.meta.url);
