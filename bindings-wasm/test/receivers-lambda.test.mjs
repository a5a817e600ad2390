import * as pkg from "pivotal-webhooks-wasm";
import * as lambda from "pivotal-webhooks-wasm/lambda";
import { receiversLambdaSuite } from "../../bindings-node/test/suites/receivers-lambda.mjs";

receiversLambdaSuite(pkg, lambda);
