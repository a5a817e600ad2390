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
export function declareSurface(dist, ...options) {
  const tsc = createRequire(import.meta.url).resolve("typescript/package.json");
  execFileSync(
    process.execPath,
    [
      join(dirname(tsc), "bin", "tsc"),
      ...["--project", join(here, "tsconfig.build.json")],
      ...["--outDir", dist, ...options],
    ],
    { stdio: "inherit" },
  );
  copyFileSync(join(here, "js", "index.d.mts"), join(dist, "index.d.mts"));
  writeFileSync(join(dist, "diagnosis.d.mts"), 'export * from "./diagnosis.js";\n');
}

/** What is imported as `<package>/<name>`, by its file in `js`. */
export const SUBPATHS = {
  handlers: "handlers",
  idempotency: "idempotency",
  queue: "queue",
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
      plugins: [byName(packageName)],
      logLevel: "warning",
    });
  }
  for (const file of files) {
    writeFileSync(join(dist, `${file}.d.mts`), `export * from "./${basename(file)}.js";\n`);
  }
}

/**
 * Bundles the subpath `diagnosis` for the hosts that run no addon. It has a module of its own, so that
 * the one of the package stays small.
 *
 * @param dist - The folder to write to.
 * @param packageName - The package that it belongs to.
 * @param wasm - The module that was built with the feature `diagnosis`.
 */
export async function bundleDiagnosis(dist, packageName, wasm) {
  const entries = join(here, "..", "bindings-wasm", "js");
  const bundle = (entry, outfile, external = []) =>
    build({
      entryPoints: [join(entries, entry)],
      outfile: join(dist, outfile),
      bundle: true,
      platform: "neutral",
      target: "es2022",
      format: outfile.endsWith(".mjs") ? "esm" : "cjs",
      loader: { ".wasm": "base64" },
      minify: outfile.endsWith(".mjs"),
      plugins: [byName(packageName)],
      logLevel: "warning",
      external,
      alias: { "pivotal-webhooks-wasm/base64": wasm },
    });
  await bundle("diagnosis.ts", "diagnosis.mjs");
  await bundle("inlined.ts", "diagnosis-inlined.js");
  await bundle("diagnosis.ts", "diagnosis.cjs", ["./inlined.js"]);
  replaceIn(join(dist, "diagnosis.cjs"), "./inlined.js", "./diagnosis-inlined.js");
  await bundle("diagnosis-workerd.ts", "diagnosis-workerd.mjs", ["./diagnosis.wasm"]);
  await bundle("diagnosis-edge-light.ts", "diagnosis-edge-light.mjs", ["./diagnosis.wasm?module"]);
  copyFileSync(wasm, join(dist, "diagnosis.wasm"));
}

function replaceIn(file, text, other) {
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(text, other));
}

/** Leaves the package to be imported by its name, so that its classes are not bundled again. */
function byName(packageName) {
  return {
    name: "the package by its name",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\/index\.js$/ }, () => ({ path: packageName, external: true }));
    },
  };
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
  for (const [name, entry, plugins] of [
    ["index", "node.ts", []],
    ["diagnosis", "diagnosis-node.ts", [byName("pivotal-webhooks")]],
  ]) {
    await build({
      entryPoints: { [name]: join(here, "js", entry) },
      outdir: dist,
      outExtension: { ".js": ".cjs" },
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      external: ["./wasm/inlined.js", "./wasm/diagnosis-inlined.js"],
      define: { VERSION: JSON.stringify(version) },
      plugins,
      logLevel: "warning",
    });
  }
  copyFileSync(join(here, "js", "diagnosis.mjs"), join(dist, "diagnosis.mjs"));
  wrapForNode(join(dist, "index.mjs"));
  declareSurface(dist);
  await bundleSubpaths(dist, "pivotal-webhooks");

  if (addon !== undefined) {
    mkdirSync(join(dist, "wasm"), { recursive: true });
    for (const name of WASM_FILES) copyFileSync(join(wasm, name), join(dist, "wasm", name));
    await bundleDiagnosis(join(dist, "wasm"), "pivotal-webhooks", join(wasm, "diagnosis.wasm"));
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
