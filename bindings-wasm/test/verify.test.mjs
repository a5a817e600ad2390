import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as esm from "pivotal-webhooks-wasm/verify";
import { verifySuite, verifyingCases } from "../../bindings-node/test/suites/verify.mjs";
import { run } from "./workerd/run.mjs";

verifySuite(esm, "pivotal-webhooks-wasm/verify", import.meta.url);

test("inside workerd what only verifies does the same", async () => {
  const cases = verifyingCases();
  const source = readFileSync(new URL("workerd/vectors.worker.mjs", import.meta.url), "utf8");
  const contents = source.replace('"pivotal-webhooks-wasm"', '"pivotal-webhooks-wasm/verify"');
  const modules = { vectors: `export const cases = ${JSON.stringify(cases)};` };
  const worker = await run({ contents }, { modules });
  try {
    const answer = await worker.dispatchFetch("http://localhost/");
    assert.deepEqual(await answer.json(), { count: cases.length, failures: [] });
  } finally {
    await worker.dispose();
  }
});
