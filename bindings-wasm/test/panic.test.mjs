import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { entriesOf, panicSuite, PROBE } from "../../bindings-node/test/suites/panic.mjs";
import { fromXtask } from "../../bindings-node/test/support/files.mjs";

let instances = 0;
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...parameters) {
    super(...parameters);
    instances += 1;
  }
};

const pkg = createRequire(import.meta.url)(join(fromXtask("PIVOTAL_PROBE_WASM_DIR"), "index.cjs"));

let panics = 0;
panicSuite(pkg, () => {
  panics += 1;
});

test("each trapped instance was replaced, once", () => {
  assert.equal(instances, panics + 1);
  const { verify } = entriesOf(pkg);
  assert.throws(() => verify(PROBE), { code: "internal" });
  assert.equal(instances, panics + 1, "not before it is needed");
  verify("{}");
  verify("{}");
  assert.equal(instances, panics + 2);
});
