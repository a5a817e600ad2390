import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import * as esm from "pivotal-webhooks-wasm/verify";
import { verifySuite, verifyingCases } from "../../bindings-node/test/suites/verify.mjs";
import { problemsOf } from "../../bindings-node/test/support/vectors.mjs";
import { run } from "./workerd/run.mjs";

verifySuite(esm, "pivotal-webhooks-wasm/verify", import.meta.url);

function answersAll(pkg) {
  for (const testCase of verifyingCases()) {
    assert.deepEqual(problemsOf(pkg, testCase), [], testCase.name);
  }
}

test("so does what browsers and Deno import", async () => {
  answersAll(await import("../dist/verify.mjs"));
});

test("so does what Vercel's edge runtime imports", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export * from "pivotal-webhooks-wasm/verify";',
      resolveDir: dirname(fileURLToPath(import.meta.url)),
    },
    bundle: true,
    write: false,
    format: "esm",
    conditions: ["edge-light"],
    plugins: [compiled],
  });
  const script = Buffer.from(outputFiles[0].contents).toString("base64");
  answersAll(await import(`data:text/javascript;base64,${script}`));
});

/** A deployment to Vercel compiles a module and makes it a global. */
const compiled = {
  name: "compiled",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => {
      const bytes = readFileSync(join(resolveDir, path.replace("?module", "")));
      globalThis.compiledModule = new WebAssembly.Module(bytes);
      return { path, namespace: "compiled" };
    });
    onLoad({ filter: /.*/, namespace: "compiled" }, () => ({
      contents: "export default compiledModule",
    }));
  },
};

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
