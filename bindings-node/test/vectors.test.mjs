import * as pkg from "pivotal-webhooks";
import { vectorsSuite } from "./suites/vectors.mjs";

vectorsSuite(pkg);
