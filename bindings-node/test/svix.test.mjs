import * as pkg from "pivotal-webhooks";
import { svixSuite } from "./suites/svix.mjs";

svixSuite(pkg);
