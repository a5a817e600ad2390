import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";
import { WORKSPACE } from "../../bindings-node/test/support/files.mjs";

/** What a Worker downloads, compressed: the module and all of the JavaScript around it. */
const BUDGET = 32 * 1024;

test("the module and the JavaScript around it are within their budget", () => {
  const sizes = ["core.wasm", "workerd.mjs"].map((name) => {
    const content = readFileSync(join(WORKSPACE, "bindings-wasm", "dist", name));
    return brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  });
  const size = sizes.reduce((sum, part) => sum + part);
  console.log(`brotli: ${sizes.join(" + ")} = ${size} bytes`);
  assert.ok(size <= BUDGET, `${size} bytes are more than ${BUDGET}`);
});
