// Wraps the CommonJS build of the subpath `diagnosis`.
import implementation from "./diagnosis.cjs";

export const { Diagnosis, ENVIRONMENT_VARIABLES, FINDING_CODES, diagnose } = implementation;
