// Builds the npm package: `node bindings-node/build.mjs [<addon> [<out-dir>]]`.
//
// Without arguments it writes `dist`. With the shared library that cargo built it also copies that
// to `native`, under the name by which the package looks for it. `out-dir` takes the place of this
// folder as the parent of both.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/** Writes the declarations of the public surface, for both module systems. */
export function declareSurface(dist) {
  const tsc = createRequire(import.meta.url).resolve("typescript/package.json");
  execFileSync(
    process.execPath,
    [
      join(dirname(tsc), "bin", "tsc"),
      ...["--project", join(here, "tsconfig.build.json")],
      ...["--outDir", dist],
    ],
    { stdio: "inherit" },
  );
  copyFileSync(join(here, "js", "index.d.mts"), join(dist, "index.d.mts"));
}

/** Bundles a CommonJS entry for every Node that the packages support. */
export async function bundleForNode(entry, outfile, options = {}) {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "warning",
    ...options,
  });
}

async function main(addon, outDir = here) {
  const dist = join(outDir, "dist");
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  await bundleForNode(join(here, "js", "node.ts"), join(dist, "index.cjs"));
  copyFileSync(join(here, "js", "node.mjs"), join(dist, "index.mjs"));
  declareSurface(dist);

  if (addon !== undefined) {
    const native = join(outDir, "native");
    mkdirSync(native, { recursive: true });
    copyFileSync(addon, join(native, addonName()));
  }
}

function addonName() {
  const libc = process.platform === "linux" ? `-${linuxLibc()}` : "";
  return `pivotal-webhooks.${process.platform}-${process.arch}${libc}.node`;
}

function linuxLibc() {
  return process.report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "gnu";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [addon, outDir] = process.argv.slice(2);
  await main(addon && resolve(addon), outDir && resolve(outDir));
}
