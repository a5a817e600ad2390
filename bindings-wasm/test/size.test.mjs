import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";
import { WORKSPACE } from "../../bindings-node/test/support/files.mjs";

const BUDGET = 40 * 1024;

test("what a Worker downloads, module and JavaScript, is within 40 KiB of brotli", () => {
  const sizes = ["core.wasm", "workerd.mjs"].map((name) => {
    const content = readFileSync(join(WORKSPACE, "bindings-wasm", "dist", name));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
    return brotliCompressSync(content, { params }).length;
  });
  const size = sizes.reduce((sum, part) => sum + part);
  console.log(`brotli: ${sizes.join(" + ")} = ${size} bytes`);
  assert.ok(size <= BUDGET, `${size} bytes are more than ${BUDGET}`);
});

test("the diagnosis has a module of its own, which the entry does not contain", () => {
  const read = (name) => readFileSync(join(WORKSPACE, "bindings-wasm", "dist", name), "latin1");
  assert.ok(read("diagnosis.wasm").includes("body_json_spacing"));
  for (const name of ["core.wasm", "index.mjs", "workerd.mjs"]) {
    assert.ok(!read(name).includes("body_json_spacing"), name);
  }
});

test("the module names no source file of the machine that built it", () => {
  const module = readFileSync(join(WORKSPACE, "bindings-wasm", "dist", "core.wasm"), "latin1");
  assert.deepEqual(module.match(/[\w./-]+\.rs\b/g) ?? [], []);
});
