import * as pkg from "pivotal-webhooks";
import { propertiesSuite } from "./suites/properties.mjs";

propertiesSuite(pkg);
