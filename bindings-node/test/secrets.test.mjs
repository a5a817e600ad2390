import * as pkg from "pivotal-webhooks";
import { secretsSuite } from "./suites/secrets.mjs";

secretsSuite(pkg);
