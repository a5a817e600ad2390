import * as pkg from "pivotal-webhooks";
import * as diagnosis from "pivotal-webhooks/diagnosis";
import { diagnosisSuite } from "./suites/diagnosis.mjs";

diagnosisSuite(pkg, diagnosis);
