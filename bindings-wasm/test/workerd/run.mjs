// Bundles a Worker as its deployment would and runs it in workerd.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { NOW } from "../../../bindings-node/test/support/sender.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * A running Worker, from a file of this folder or from its source. Its clock stands still at `NOW`,
 * unless it has `durableObjects`, classes of the Worker by binding, whose alarms need the time. `dist` is
 * the package's build to use, `modules` are more modules by name, and `prelude` is code that runs before
 * all others. `wasm` is a module of the package beside `core.wasm`. Further options are Miniflare's own.
 */
export async function run(
  worker,
  { dist, bindings = {}, modules = {}, durableObjects, prelude = "", wasm, ...others } = {},
) {
  const bundle = await build({
    ...(typeof worker === "string"
      ? { entryPoints: [join(here, worker)] }
      : { stdin: { ...worker, resolveDir: here } }),
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["workerd"],
    external: ["cloudflare:*", "*.wasm"],
    banner: { js: durableObjects ? prelude : `Date.now = () => ${NOW * 1000}; ${prelude}` },
    ...(dist && { alias: { "pivotal-webhooks-wasm": join(dist, "workerd.mjs") } }),
    plugins: [virtual(modules)],
  });
  const folder = dist ?? join(here, "..", "..", "dist");
  const compiled = ["core.wasm", ...(wasm ? [wasm] : [])].map((path) => ({
    type: "CompiledWasm",
    path,
    contents: readFileSync(join(folder, path)),
  }));
  return new Miniflare({
    modules: [
      { type: "ESModule", path: "worker.mjs", contents: bundle.outputFiles[0].text },
      ...compiled,
    ],
    bindings,
    durableObjects: durableObjects ?? {},
    ...others,
    cf: false,
    compatibilityDate: "2026-04-01",
  });
}

function virtual(modules) {
  return {
    name: "virtual",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path }) =>
        Object.hasOwn(modules, path) ? { path, namespace: "virtual" } : undefined,
      );
      onLoad({ filter: /.*/, namespace: "virtual" }, ({ path }) => ({ contents: modules[path] }));
    },
  };
}
