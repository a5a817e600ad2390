// Builds the npm package: `node bindings-wasm/build.mjs <glue-dir> [<out-dir>]`.
//
// `glue-dir` holds the `core.js` and `core.wasm` that xtask-bindgen wrote. The package goes to
// `out-dir`, or else to `dist`. bindings-node takes the same files for where no addon runs.

import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleSubpaths, declareSurface, wrapForNode } from "../bindings-node/build.mjs";

const here = dirname(fileURLToPath(import.meta.url));

async function main(glue, dist = join(here, "dist")) {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const alias = {
    "pivotal-webhooks-wasm/glue": join(glue, "core.js"),
    "pivotal-webhooks-wasm/bytes": join(glue, "core.wasm"),
  };
  const bundle = (entry, outfile, external = []) =>
    build({
      entryPoints: [join(here, "js", entry)],
      outfile: join(dist, outfile),
      bundle: true,
      platform: "neutral",
      target: "es2022",
      format: outfile.endsWith(".mjs") ? "esm" : "cjs",
      loader: { ".wasm": "binary" },
      logLevel: "warning",
      external,
      alias,
    });
  await bundle("index.ts", "index.mjs");
  await bundle("inlined.ts", "inlined.js");
  await bundle("index.ts", "index.cjs", ["./inlined.js"]);
  await bundle("workerd.ts", "workerd.mjs", ["./core.wasm"]);
  await bundle("edge-light.ts", "edge-light.mjs", ["./core.wasm?module"]);
  copyFileSync(join(glue, "core.wasm"), join(dist, "core.wasm"));
  wrapForNode(join(dist, "node.mjs"));
  declareSurface(dist);
  await bundleSubpaths(dist, "pivotal-webhooks-wasm");
}

const [glue, outDir] = process.argv.slice(2);
if (glue === undefined) {
  throw new Error("usage: node bindings-wasm/build.mjs <glue-dir> [<out-dir>]");
}
await main(resolve(glue), outDir && resolve(outDir));
