import * as pkg from "pivotal-webhooks";
import { errorsSuite } from "./suites/errors.mjs";

errorsSuite(pkg);
