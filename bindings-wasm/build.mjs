// Builds the npm package: `node bindings-wasm/build.mjs <module-dir> [<out-dir>]`.
//
// `module-dir` holds the `core.wasm` that xtask-bindgen wrote. The package goes to `out-dir`, or else
// to `dist`. bindings-node takes the same files for where no addon runs.

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";
import { bundleSubpaths, declareSurface, wrapForNode } from "../bindings-node/build.mjs";

const here = dirname(fileURLToPath(import.meta.url));

async function main(moduleDir, dist = join(here, "dist")) {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const module = join(moduleDir, "core.wasm");
  const bundle = async (entry, outfile, external = []) => {
    await build({
      entryPoints: [join(here, "js", entry)],
      outfile: join(dist, outfile),
      bundle: true,
      platform: "neutral",
      target: "es2022",
      format: outfile.endsWith(".mjs") ? "esm" : "cjs",
      loader: { ".wasm": "binary" },
      minifyWhitespace: true,
      logLevel: "warning",
      external,
      alias: { "pivotal-webhooks-wasm/bytes": module },
    });
    if (outfile.endsWith(".mjs")) await shrink(join(dist, outfile));
  };
  await bundle("index.ts", "index.mjs");
  await bundle("inlined.ts", "inlined.js");
  await bundle("index.ts", "index.cjs", ["./inlined.js"]);
  await bundle("workerd.ts", "workerd.mjs", ["./core.wasm"]);
  await bundle("edge-light.ts", "edge-light.mjs", ["./core.wasm?module"]);
  copyFileSync(module, join(dist, "core.wasm"));
  wrapForNode(join(dist, "node.mjs"));
  declareSurface(dist);
  await bundleSubpaths(dist, "pivotal-webhooks-wasm");
}

/** For what is downloaded. Classes and methods keep their names, for stack traces. */
async function shrink(file) {
  const { code } = await minify(readFileSync(file, "utf8"), {
    ecma: 2020,
    module: true,
    compress: { passes: 2 },
    keep_classnames: true,
  });
  writeFileSync(file, code);
}

const [moduleDir, outDir] = process.argv.slice(2);
if (moduleDir === undefined) {
  throw new Error("usage: node bindings-wasm/build.mjs <module-dir> [<out-dir>]");
}
await main(resolve(moduleDir), outDir && resolve(outDir));
