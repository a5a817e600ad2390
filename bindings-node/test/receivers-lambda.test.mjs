import * as pkg from "pivotal-webhooks";
import * as lambda from "pivotal-webhooks/lambda";
import { receiversLambdaSuite } from "./suites/receivers-lambda.mjs";

receiversLambdaSuite(pkg, lambda);
