import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Webhook } from "pivotal-webhooks";
import { WORKSPACE } from "./support/files.mjs";
import { SECRET } from "./support/sender.mjs";

const read = (...path) => readFileSync(join(WORKSPACE, ...path), "utf8");

test("every export of the addon catches panics", () => {
  const source = read("bindings-node", "src", "lib.rs");
  const attributes = source.match(/#\[napi\b[^\]]*\]/g);
  assert.ok(attributes.length >= 2);
  for (const attribute of attributes) {
    assert.match(attribute, /\bcatch_unwind\b/);
  }
});

test("without an addon for the platform, WebAssembly signs the same", () => {
  const folder = mkdtempSync(join(tmpdir(), "pivotal-webhooks-bare-"));
  try {
    cpSync(join(WORKSPACE, "bindings-node", "dist"), join(folder, "dist"), { recursive: true });
    const bare = createRequire(import.meta.url)(join(folder, "dist", "index.cjs"));
    assert.notEqual(bare.Webhook, Webhook);
    const [one, other] = [bare, { Webhook }].map((pkg) => new pkg.Webhook(SECRET));
    assert.equal(one.sign("msg_1", 1, "{}"), other.sign("msg_1", 1, "{}"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
