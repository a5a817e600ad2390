// Builds the npm package: `node bindings-wasm/build.mjs <module-dir> [<out-dir>]`.
//
// `module-dir` holds what xtask-bindgen wrote: `core.wasm`, and `diagnosis.wasm` for the subpath. The package is written to `out-dir`, by
// default `dist`. bindings-node ships the same files for hosts that run no addon.

import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import {
  bundleDiagnosis,
  bundleSubpaths,
  declareSurface,
  wrapForNode,
} from "../bindings-node/build.mjs";

const here = dirname(fileURLToPath(import.meta.url));

const CORE = "core.wasm";

async function main(moduleDir, dist = join(here, "dist")) {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const bundle = (entry, outfile, external = []) =>
    build({
      entryPoints: [join(here, "js", entry)],
      outfile: join(dist, outfile),
      bundle: true,
      platform: "neutral",
      target: "es2022",
      format: outfile.endsWith(".mjs") ? "esm" : "cjs",
      loader: { ".wasm": "base64" },
      // Only ES modules are downloaded, so only they are minified.
      minify: outfile.endsWith(".mjs"),
      minifyWhitespace: true,
      logLevel: "warning",
      external,
      alias: { "pivotal-webhooks-wasm/base64": join(moduleDir, CORE) },
    });
  await bundle("index.ts", "index.mjs");
  // In a file of its own, since Node's `import` of CommonJS reads the importing file twice.
  await bundle("inlined.ts", "inlined.js");
  await bundle("index.ts", "index.cjs", ["./inlined.js"]);
  await bundle("workerd.ts", "workerd.mjs", [`./${CORE}`]);
  await bundle("edge-light.ts", "edge-light.mjs", [`./${CORE}?module`]);
  copyFileSync(join(moduleDir, CORE), join(dist, CORE));
  wrapForNode(join(dist, "node.mjs"));
  declareSurface(dist);
  await bundleSubpaths(dist, "pivotal-webhooks-wasm");
  await bundleDiagnosis(dist, "pivotal-webhooks-wasm", join(moduleDir, "diagnosis.wasm"));
}

const [moduleDir, outDir] = process.argv.slice(2);
if (moduleDir === undefined) {
  throw new Error("usage: node bindings-wasm/build.mjs <module-dir> [<out-dir>]");
}
await main(resolve(moduleDir), outDir && resolve(outDir));
