import * as pkg from "pivotal-webhooks";
import * as idempotency from "pivotal-webhooks/idempotency";
import * as receiving from "pivotal-webhooks/receiving";
import { completeInSuite } from "./suites/complete-in.mjs";

completeInSuite(pkg, idempotency, receiving);
