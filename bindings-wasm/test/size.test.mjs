import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";
import { WORKSPACE } from "../../bindings-node/test/support/files.mjs";

/** What a Worker downloads, compressed: the module and all of the JavaScript around it. */
const BUDGETS = [
  ["everything", 32 * 1024, ["core.wasm", "workerd.mjs"]],
  ["what only verifies", 24.25 * 1024, ["verify.wasm", "verify-workerd.mjs"]],
];

for (const [entry, budget, names] of BUDGETS) {
  test(`${entry} is within its budget`, () => {
    const sizes = names.map((name) => {
      const content = readFileSync(join(WORKSPACE, "bindings-wasm", "dist", name));
      const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
      return brotliCompressSync(content, { params }).length;
    });
    const size = sizes.reduce((sum, part) => sum + part);
    console.log(`brotli: ${sizes.join(" + ")} = ${size} bytes`);
    assert.ok(size <= budget, `${size} bytes are more than ${budget}`);
  });
}
