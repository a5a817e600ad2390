// Runs the Worker on this machine, in the runtime that it is deployed to.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

const here = dirname(fileURLToPath(import.meta.url));

// Like a deployment, this bundles all code into one module, except WebAssembly.
const bundle = await build({
  entryPoints: [join(here, "worker.mjs")],
  bundle: true,
  write: false,
  format: "esm",
  target: "es2022",
  conditions: ["workerd"],
  external: ["cloudflare:*", "*.wasm"],
});
const packagePath = createRequire(import.meta.url).resolve("pivotal-webhooks-wasm/package.json");

const SECRETS = [
  "PIVOTAL_WEBHOOK_SECRET",
  "PIVOTAL_WEBHOOK_SECRET_PREVIOUS",
  "PIVOT_WEBHOOK_SECRET",
];
const given = SECRETS.filter((name) => process.env[name] !== undefined);

const worker = new Miniflare({
  host: "127.0.0.1",
  port: Number(process.env.PORT),
  cf: false,
  compatibilityDate: "2026-04-01",
  modules: [
    { type: "ESModule", path: "worker.mjs", contents: bundle.outputFiles[0].text },
    {
      type: "CompiledWasm",
      path: "core.wasm",
      contents: readFileSync(join(dirname(packagePath), "dist", "core.wasm")),
    },
  ],
  bindings: Object.fromEntries(given.map((name) => [name, process.env[name]])),
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await worker.dispose();
    process.exit();
  });
}
await worker.ready;
