import * as pkg from "pivotal-webhooks";
import { httpSuite } from "./suites/http.mjs";

httpSuite(pkg);
