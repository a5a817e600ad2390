import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { WORKSPACE } from "./support/files.mjs";

const read = (...path) => readFileSync(join(WORKSPACE, ...path), "utf8");

test("every export of the addon catches panics", () => {
  const source = read("bindings-node", "src", "lib.rs");
  const attributes = source.match(/#\[napi\b[^\]]*\]/g);
  assert.ok(attributes.length >= 8);
  for (const attribute of attributes) {
    assert.match(attribute, /\bcatch_unwind\b/);
  }
});

test("both natives export the same functions, but for the limit on what is copied into wasm", () => {
  const names = (source, attribute) =>
    [
      ...source.matchAll(
        new RegExp(`#\\[${attribute}[^\\]]*\\]\\s+(?:#\\[[^\\]]*\\]\\s+)*pub fn (\\w+)`, "g"),
      ),
    ].map(([, name]) => name);
  const node = names(read("bindings-node", "src", "lib.rs"), "napi");
  assert.ok(node.length >= 8);
  const wasm = names(read("bindings-wasm", "src", "lib.rs"), "wasm_bindgen");
  assert.deepEqual(
    wasm.filter((name) => name !== "max_body"),
    node,
  );
});

test("without an addon for the platform, one sentence says so", () => {
  const folder = mkdtempSync(join(tmpdir(), "pivotal-webhooks-bare-"));
  try {
    cpSync(join(WORKSPACE, "bindings-node", "dist"), join(folder, "dist"), { recursive: true });
    assert.throws(() => createRequire(import.meta.url)(join(folder, "dist", "index.cjs")), {
      name: "AggregateError",
      message:
        "pivotal-webhooks has no native addon that loads on " +
        `${process.platform}-${process.arch}; the package pivotal-webhooks-wasm has the same ` +
        "interface and needs none",
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
