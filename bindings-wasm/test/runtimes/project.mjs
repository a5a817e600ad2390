// Makes a project outside the repository that has installed the packed packages, and builds the test
// app for it.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { allCases, fromXtask, WORKSPACE } from "../../../bindings-node/test/support/files.mjs";
import { NOW, SECRET, svixHeaders } from "../../../bindings-node/test/support/sender.mjs";

const here = dirname(fileURLToPath(import.meta.url));

export const PACKAGES = ["pivotal-webhooks", "pivotal-webhooks-wasm"];

const BODY = JSON.stringify({
  id: "evt_1",
  type: "customer.at_risk",
  data: { object: { id: "cus_1", name: "Zoë · 東京" } },
});

/** The paths of all tarballs, by file name. */
export function tarballs() {
  const folder = fromXtask("PIVOTAL_TARBALLS");
  const names = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  return names.map((name) => join(folder, name));
}

/** A new folder with nothing but the tarballs installed, and no network to install from. */
export function installed(wanted = tarballs()) {
  const folder = mkdtempSync(join(tmpdir(), "pivotal-webhooks-project-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const windows = process.platform === "win32";
  execFileSync(
    windows ? "npm.cmd" : "npm",
    [
      ...["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
      ...["--cache", join(folder, ".npm"), ...wanted],
    ],
    { cwd: folder, stdio: "inherit", shell: windows },
  );
  return folder;
}

/**
 * A new folder with these files, by path, that has installed the tarballs. It is inside the workspace,
 * where frameworks and other tools are found.
 */
export function application(name, files) {
  mkdirSync(join(WORKSPACE, "target"), { recursive: true });
  const folder = mkdtempSync(join(WORKSPACE, "target", `${name}-`));
  after(() => rmSync(folder, { recursive: true, force: true }));
  renameSync(join(installed(), "node_modules"), join(folder, "node_modules"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** The path of a file in a package of the workspace. */
export function fileOf(packageName, path) {
  const manifest = createRequire(join(WORKSPACE, "package.json")).resolve(
    `${packageName}/package.json`,
  );
  return join(dirname(manifest), path);
}

/**
 * Bundles a file of this folder with the vectors, a secret and the time of its deliveries. The package is found from `project`
 * under the given conditions. Without conditions, the program that runs or bundles the result has to
 * find it.
 */
export async function bundled(entry, { project, packageName, conditions, ...options }) {
  const packageUnderTest = {
    name: "package-under-test",
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /^package-under-test/ }, ({ path }) => {
        const name = path.replace("package-under-test", packageName);
        return conditions === undefined
          ? { path: name, external: true }
          : resolve(name, { resolveDir: project, kind: "import-statement" });
      });
      onResolve({ filter: /^vectors$/ }, () => ({ path: "vectors", namespace: "vectors" }));
      onLoad({ filter: /.*/, namespace: "vectors" }, () => ({
        contents: JSON.stringify({ cases: allCases() }),
        loader: "json",
      }));
    },
  };
  const { plugins = [], define = {} } = options;
  const { outputFiles } = await build({
    entryPoints: [join(here, entry)],
    bundle: true,
    write: false,
    outdir: project,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    external: ["node:*"],
    logLevel: "warning",
    ...(conditions && { conditions }),
    ...options,
    define: { NOW: `${NOW}`, SECRET: JSON.stringify(SECRET), ...define },
    plugins: [packageUnderTest, ...plugins],
  });
  return outputFiles[0].text;
}

/** A delivery as it is sent, signed at this time in Unix seconds. */
export function delivery(at = NOW) {
  return { body: BODY, headers: svixHeaders({ at, body: BODY }) };
}

/** The answers of the receiver to a genuine delivery, a tampered one and one without a signature. */
export const ANSWERS = [
  [200, "customer.at_risk · Zoë · 東京"],
  [401, "invalid signature"],
  [401, "invalid signature"],
];

/**
 * Starts a program that prints where it serves the test app, checks it, and answers how many vectors it
 * ran and which core its package says to have found.
 */
export async function checkProgram(program, options, cwd, env = {}) {
  const child = spawn(program, options, {
    cwd,
    env: { ...process.env, NODE_DEBUG: "pivotal-webhooks", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    log += text;
  });
  try {
    const [url] = await Promise.race([
      once(createInterface(child.stdout), "line"),
      once(child, "close").then(([code]) => Promise.reject(new Error(`exit code ${code}\n${log}`))),
    ]);
    const count = await checkServer(url);
    return { count, core: /^PIVOTAL-WEBHOOKS \d+: (native|WebAssembly)/m.exec(log)?.[1] };
  } finally {
    child.kill();
  }
}

/** Checks the vectors and the receiver of a server, and answers how many vectors it ran. */
export async function checkServer(url) {
  const { body, headers } = delivery();
  const post = async (sent, given) => {
    const response = await fetch(url, { method: "POST", body: sent, headers: given });
    return [response.status, await response.text()];
  };
  assert.deepEqual(
    [await post(body, headers), await post(`${body} `, headers), await post(body, {})],
    ANSWERS,
  );
  return checkVectors(await (await fetch(url)).json());
}

export function checkVectors({ count, failures }) {
  assert.deepEqual(failures, []);
  assert.equal(count, allCases().length);
  return count;
}

/** Leaves the number of vectors that a runtime ran where `cargo xtask test` compares them. */
export function report(runtime, count) {
  console.log(`${runtime}: ${count} vectors`);
  writeFileSync(join(fromXtask("PIVOTAL_COUNTS"), runtime), `${count}\n`);
}
