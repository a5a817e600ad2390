import * as pkg from "pivotal-webhooks";
import * as receivers from "pivotal-webhooks/fetch";
import * as testing from "pivotal-webhooks/testing";
import { testingSuite } from "./suites/testing.mjs";

testingSuite(pkg, testing, receivers, "pivotal-webhooks", import.meta.url);
