import * as pkg from "pivotal-webhooks";
import { threadsSuite } from "./suites/threads.mjs";

threadsSuite(pkg, import.meta.resolve("pivotal-webhooks"));
