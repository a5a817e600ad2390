// Builds the npm package: `node bindings-node/build.mjs [<addon> <wasm> [<out-dir>]]`.
//
// Without arguments it writes `dist`. `addon` is the shared library that cargo built: it is copied to
// `native`, under the name by which the package looks for it. `wasm` is what bindings-wasm/build.mjs
// made: it is copied to `dist/wasm`. `out-dir` takes the place of this folder as the parent of both.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
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

/** What is imported as `<package>/<name>`, by its file in `js`. */
export const SUBPATHS = {
  idempotency: "idempotency",
  receiving: "receiving",
  testing: "testing",
  ...Object.fromEntries(
    ["express", "fastify", "fetch", "hono", "koa", "lambda", "next", "node-http"].map((name) => [
      name,
      `receivers/${name}`,
    ]),
  ),
};

/**
 * Bundles the subpaths for both module systems. They import the package by its name, so that they
 * share its classes, and nothing else.
 */
export async function bundleSubpaths(dist, packageName) {
  const byName = {
    name: "the package by its name",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\/index\.js$/ }, () => ({ path: packageName, external: true }));
    },
  };
  const files = Object.values(SUBPATHS);
  for (const format of ["esm", "cjs"]) {
    await build({
      entryPoints: files.map((file) => join(here, "js", `${file}.ts`)),
      outbase: join(here, "js"),
      outdir: dist,
      outExtension: { ".js": format === "esm" ? ".mjs" : ".cjs" },
      bundle: true,
      platform: "neutral",
      target: "es2022",
      format,
      plugins: [byName],
      logLevel: "warning",
    });
  }
  for (const file of files) {
    writeFileSync(join(dist, `${file}.d.mts`), `export * from "./${basename(file)}.js";\n`);
  }
}

/** The files of bindings-wasm that the package contains. */
const WASM_FILES = [
  "core.wasm",
  "edge-light.mjs",
  "index.cjs",
  "index.mjs",
  "inlined.js",
  "workerd.mjs",
];

/** Writes the modules by which Node's `import` gets the same classes as its `require`. */
export function wrapForNode(entry) {
  copyFileSync(join(here, "js", "node.mjs"), entry);
}

async function main(addon, wasm, outDir = here) {
  const dist = join(outDir, "dist");
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
  await build({
    entryPoints: { index: join(here, "js", "node.ts") },
    outdir: dist,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["./wasm/inlined.js"],
    define: { VERSION: JSON.stringify(version) },
    logLevel: "warning",
  });
  wrapForNode(join(dist, "index.mjs"));
  declareSurface(dist);
  await bundleSubpaths(dist, "pivotal-webhooks");

  if (addon !== undefined) {
    mkdirSync(join(dist, "wasm"), { recursive: true });
    for (const name of WASM_FILES) copyFileSync(join(wasm, name), join(dist, "wasm", name));
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
  const [addon, wasm, outDir] = process.argv.slice(2);
  await main(addon && resolve(addon), wasm && resolve(wasm), outDir && resolve(outDir));
}
