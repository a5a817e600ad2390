import * as esm from "pivotal-webhooks";
import { modulesSuite } from "./suites/modules.mjs";

modulesSuite(esm, "pivotal-webhooks", import.meta.url);
