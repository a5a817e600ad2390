import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { entriesOf, MARKS, panicSuite, PROBE } from "../../bindings-node/test/suites/panic.mjs";
import { fromXtask, WORKSPACE } from "../../bindings-node/test/support/files.mjs";

/** The instances of each module, the newest one last. */
const instances = new Map();
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(module, imports) {
    super(module, imports);
    instances.set(module, [...(instances.get(module) ?? []), this]);
  }
};

const require = createRequire(import.meta.url);
const probing = fromXtask("PIVOTAL_PROBE_WASM_DIR");
// The subpaths import the package by its name.
const resolve = Module._resolveFilename;
Module._resolveFilename = (name, ...given) =>
  name === "pivotal-webhooks-wasm" ? join(probing, "index.cjs") : resolve(name, ...given);

const of = (name) => require(join(probing, `${name}.cjs`));
const pkg = of("index");
const [core] = instances.keys();
const subpaths = {
  queue: of("queue"),
  testing: of("testing"),
  diagnosis: of("diagnosis"),
  fetch: of("receivers/fetch"),
};
const count = () => instances.get(core).length;

let panics = 0;
panicSuite(
  pkg,
  subpaths,
  (inDiagnosis) => {
    const module = [...instances.keys()].find((one) => (one !== core) === inDiagnosis);
    instances.get(module).at(-1).exports.armPanic();
    if (inDiagnosis) panics -= 1;
  },
  () => {
    panics += 1;
  },
);

test("each trapped instance was replaced, once", () => {
  assert.equal(count(), panics + 1);
  const { verify } = entriesOf(pkg);
  assert.throws(() => verify(PROBE), { code: "internal" });
  assert.equal(count(), panics + 1, "not before it is needed");
  verify("{}");
  verify("{}");
  assert.equal(count(), panics + 2);
});

test("the published modules have no probe", () => {
  for (const name of ["core.wasm", "diagnosis.wasm"]) {
    const marksOf = (folder) => {
      const bytes = readFileSync(join(folder, name));
      return MARKS.filter((mark) => bytes.includes(mark));
    };
    assert.notDeepEqual(marksOf(probing), []);
    assert.deepEqual(marksOf(join(WORKSPACE, "bindings-wasm", "dist")), []);
  }
});
