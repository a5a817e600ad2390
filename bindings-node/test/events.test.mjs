import * as pkg from "pivotal-webhooks";
import { eventsSuite } from "./suites/events.mjs";

eventsSuite(pkg);
