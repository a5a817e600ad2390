import * as pkg from "pivotal-webhooks";
import * as receivers from "pivotal-webhooks/fetch";
import * as handlers from "pivotal-webhooks/handlers";
import { handlersSuite } from "./suites/handlers.mjs";

handlersSuite(pkg, handlers, receivers);
