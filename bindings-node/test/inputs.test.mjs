import * as pkg from "pivotal-webhooks";
import { inputsSuite } from "./suites/inputs.mjs";

inputsSuite(pkg);
