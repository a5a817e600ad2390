// Runs every vector inside workerd and returns the failures as JSON.

import * as pkg from "pivotal-webhooks-wasm";
import * as queue from "pivotal-webhooks-wasm/queue";
import { cases } from "vectors";
import { problemsOf } from "../../../bindings-node/test/support/vectors.mjs";

export default {
  fetch() {
    const failures = [];
    for (const testCase of cases) {
      const problems = problemsOf({ ...pkg, ...queue }, testCase);
      if (problems.length > 0) {
        failures.push({ name: testCase.name, problems });
      }
    }
    return Response.json({ count: cases.length, failures });
  },
};
