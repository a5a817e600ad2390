import * as pkg from "pivotal-webhooks";
import * as queue from "pivotal-webhooks/queue";
import { queueSuite } from "./suites/queue.mjs";

queueSuite(pkg, queue);
