import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { SECRET } from "../support/sender.mjs";

/** `from` is a file of the package's own tests: the package is found from there by its name. */
export function modulesSuite(esm, packageName, from) {
  const require = createRequire(from);
  const cjs = require(packageName);

  test("import and require give the same classes", () => {
    assert.deepEqual(Object.keys(esm).sort(), Object.keys(cjs).sort());
    for (const name of Object.keys(cjs)) {
      assert.equal(esm[name], cjs[name]);
    }
    assert.throws(
      () => new cjs.Webhook(),
      (error) => error instanceof esm.WebhookConfigurationError,
    );
  });

  test("it says which build verifies", () => {
    const expected = packageName === "pivotal-webhooks" ? "native" : "wasm";
    assert.equal(esm.backend, expected);
    assert.equal(cjs.backend, expected);
  });

  test("a fresh process can do either", () => {
    const use = `console.log(new Webhook(${JSON.stringify(SECRET)}).sign("msg_1", 1, "").length)`;
    for (const script of [
      ["--input-type=module", "--eval", `import { Webhook } from "${packageName}"; ${use}`],
      ["--input-type=commonjs", "--eval", `const { Webhook } = require("${packageName}"); ${use}`],
    ]) {
      const cwd = dirname(require.resolve(`${packageName}/package.json`));
      const printed = execFileSync(process.execPath, script, { cwd, encoding: "utf8" });
      assert.equal(printed, "47\n");
    }
  });

  test("it loads where TextEncoder is not global, as in jest's jsdom environment", () => {
    const script = `
      delete globalThis.TextEncoder;
      delete globalThis.TextDecoder;
      const { Webhook } = require("${packageName}");
      require("${packageName}/testing");
      require("${packageName}/diagnosis");
      console.log(new Webhook(${JSON.stringify(SECRET)}).sign("msg_1", 1, "é").length)`;
    const cwd = dirname(require.resolve(`${packageName}/package.json`));
    const flags = ["--input-type=commonjs", "--eval", script];
    assert.equal(execFileSync(process.execPath, flags, { cwd, encoding: "utf8" }), "47\n");
  });

  test("the manifest promises what is there", () => {
    const manifestPath = require.resolve(`${packageName}/package.json`);
    const manifest = JSON.parse(readFileSync(manifestPath, "utf8"));
    assert.equal(manifest.dependencies, undefined);
    assert.equal(manifest.scripts, undefined, "no install scripts");
    assert.equal(manifest.engines.node, ">=20");
    const paths = (entry) =>
      typeof entry === "string" ? [entry] : Object.values(entry).flatMap(paths);
    const typed = Object.values(manifest.typesVersions["*"]).flat();
    for (const path of [manifest.main, manifest.types, ...typed, ...paths(manifest.exports)]) {
      assert.ok(readFileSync(join(dirname(manifestPath), path)).length > 0, path);
    }
    const subpaths = Object.keys(manifest.exports).map((name) => name.slice(2));
    const untyped = ["", "package.json"];
    assert.deepEqual(
      Object.keys(manifest.typesVersions["*"]).sort(),
      subpaths.filter((name) => !untyped.includes(name)).sort(),
    );
  });
}
