import assert from "node:assert/strict";
import { test } from "node:test";
import { allCases, reportCount } from "../support/files.mjs";
import { problemsOf } from "../support/vectors.mjs";

export function vectorsSuite(pkg) {
  test("every vector is answered as it says, in every shape", async (t) => {
    const cases = allCases();
    assert.ok(cases.length > 0);
    for (const testCase of cases) {
      await t.test(testCase.name, () => {
        assert.deepEqual(problemsOf(pkg, testCase), [], testCase.why);
      });
    }
    reportCount(cases.length);
  });
}
