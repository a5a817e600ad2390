// Builds the npm package: `node bindings-wasm/build.mjs <module-dir> [<out-dir>]`.
//
// `module-dir` holds the `core.wasm` and the `verify.wasm` that xtask-bindgen wrote. The package goes to `out-dir`, or else
// to `dist`. bindings-node takes the same files for where no addon runs.

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";
import { bundleSubpaths, declareSurface, wrapForNode } from "../bindings-node/build.mjs";

const here = dirname(fileURLToPath(import.meta.url));

const [CORE, VERIFY] = ["core.wasm", "verify.wasm"];

async function main(moduleDir, dist = join(here, "dist")) {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const bundle = async (module, entry, outfile, external = []) => {
    await build({
      entryPoints: [join(here, "js", entry)],
      outfile: join(dist, outfile),
      bundle: true,
      platform: "neutral",
      target: "es2022",
      format: outfile.endsWith(".mjs") ? "esm" : "cjs",
      loader: { ".wasm": "base64" },
      minifyWhitespace: true,
      logLevel: "warning",
      external,
      alias: { "pivotal-webhooks-wasm/base64": join(moduleDir, module) },
    });
    if (outfile.endsWith(".mjs")) await shrink(join(dist, outfile));
  };
  await bundle(CORE, "index.ts", "index.mjs");
  // Apart, as Node's `import` of CommonJS reads the file twice.
  await bundle(CORE, "inlined.ts", "inlined.js");
  await bundle(CORE, "index.ts", "index.cjs", ["./inlined.js"]);
  await bundle(CORE, "workerd.ts", "workerd.mjs", [`./${CORE}`]);
  await bundle(CORE, "edge-light.ts", "edge-light.mjs", [`./${CORE}?module`]);
  await bundle(VERIFY, "verify.ts", "verify.mjs");
  await bundle(VERIFY, "verify-inlined.ts", "verify-inlined.js");
  await bundle(VERIFY, "verify.ts", "verify.cjs", ["./verify-inlined.js"]);
  await bundle(VERIFY, "verify-workerd.ts", "verify-workerd.mjs", [`./${VERIFY}`]);
  await bundle(VERIFY, "verify-edge-light.ts", "verify-edge-light.mjs", [`./${VERIFY}?module`]);
  for (const module of [CORE, VERIFY]) copyFileSync(join(moduleDir, module), join(dist, module));
  wrapForNode(join(dist, "node.mjs"), join(dist, "verify-node.mjs"));
  declareSurface(dist);
  await bundleSubpaths(dist, "pivotal-webhooks-wasm");
}

/** For what is downloaded. */
async function shrink(file) {
  const { code } = await minify(readFileSync(file, "utf8"), {
    ecma: 2020,
    module: true,
    // A function that is called once would become one that is made at each call.
    compress: { passes: 2, reduce_funcs: false },
    // For stack traces, which have the names of methods anyway.
    mangle: {
      reserved: [
        "Verifier",
        "Webhook",
        "WebhookConfigurationError",
        "WebhookError",
        "WebhookVerificationError",
      ],
    },
  });
  writeFileSync(file, code);
}

const [moduleDir, outDir] = process.argv.slice(2);
if (moduleDir === undefined) {
  throw new Error("usage: node bindings-wasm/build.mjs <module-dir> [<out-dir>]");
}
await main(resolve(moduleDir), outDir && resolve(outDir));
