// Builds the npm package: `node bindings-wasm/build.mjs <glue-dir> [<out-dir>]`.
//
// `glue-dir` holds the `core.js` and `core.wasm` that xtask-bindgen wrote. The package goes to
// `out-dir`, or else to `dist`.

import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleForNode, declareSurface } from "../bindings-node/build.mjs";

const here = dirname(fileURLToPath(import.meta.url));

async function main(glue, dist = join(here, "dist")) {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const alias = { "pivotal-webhooks-wasm/glue": join(glue, "core.js") };
  await bundleForNode(join(here, "js", "node.ts"), join(dist, "node.cjs"), { alias });
  await build({
    entryPoints: [join(here, "js", "workerd.ts")],
    outfile: join(dist, "workerd.mjs"),
    bundle: true,
    platform: "neutral",
    target: "es2022",
    format: "esm",
    external: ["./core.wasm"],
    logLevel: "warning",
    alias,
  });
  copyFileSync(join(here, "js", "node.mjs"), join(dist, "node.mjs"));
  copyFileSync(join(glue, "core.wasm"), join(dist, "core.wasm"));
  declareSurface(dist);
}

const [glue, outDir] = process.argv.slice(2);
if (glue === undefined) {
  throw new Error("usage: node bindings-wasm/build.mjs <glue-dir> [<out-dir>]");
}
await main(resolve(glue), outDir && resolve(outDir));
