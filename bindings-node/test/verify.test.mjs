import * as esm from "pivotal-webhooks/verify";
import { verifySuite } from "./suites/verify.mjs";

verifySuite(esm, "pivotal-webhooks/verify", import.meta.url);
