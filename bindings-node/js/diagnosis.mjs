// Wraps the CommonJS build of the subpath `diagnosis`.
import implementation from "./diagnosis.cjs";

export const { FINDING_CODES, diagnose } = implementation;
