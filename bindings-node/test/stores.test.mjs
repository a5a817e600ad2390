import * as idempotency from "pivotal-webhooks/idempotency";
import { storeArgumentsSuite, storesSuite } from "./suites/stores.mjs";

storesSuite(idempotency);
storeArgumentsSuite(idempotency);
