import * as idempotency from "pivotal-webhooks/idempotency";
import { storesSuite } from "./suites/stores.mjs";

storesSuite(idempotency);
