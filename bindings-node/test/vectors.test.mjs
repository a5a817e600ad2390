import * as pkg from "pivotal-webhooks";
import * as queue from "pivotal-webhooks/queue";
import { vectorsSuite } from "./suites/vectors.mjs";

vectorsSuite({ ...pkg, ...queue });
