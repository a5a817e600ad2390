// Tests the packed packages, installed outside the repository, in every runtime that serves HTTP.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, test } from "node:test";
import { EdgeRuntime, runServer } from "edge-runtime";
import { Miniflare } from "miniflare";
import { fromXtask, WORKSPACE } from "../../../bindings-node/test/support/files.mjs";
import { bundled, checkProgram, checkServer, installed, PACKAGES, report } from "./project.mjs";

const project = installed();
const serveFile = (packageName) => join(project, `${packageName}.serve.mjs`);
for (const packageName of PACKAGES) {
  writeFileSync(serveFile(packageName), await bundled("serve.mjs", { project, packageName }));
}

const HOST = `${process.platform}-${process.arch}`;
const BUN = {
  "darwin-arm64": "bun-darwin-aarch64/bin/bun",
  "darwin-x64": "bun-darwin-x64/bin/bun",
  "linux-arm64": "bun-linux-aarch64/bin/bun",
  "linux-x64": "bun-linux-x64/bin/bun",
  "win32-arm64": "bun-windows-aarch64/bin/bun.exe",
  "win32-x64": "bun-windows-x64/bin/bun.exe",
}[HOST];
const DENO = `${HOST}${process.platform === "linux" ? "-glibc" : ""}/deno`;

const PROCESSES = [
  ...fromXtask("PIVOTAL_NODES")
    .split(delimiter)
    .map((node, index) => [`node ${index + 1}`, node, []]),
  ["bun", join(WORKSPACE, "node_modules/@oven", BUN), ["--no-install"]],
  [
    "deno",
    join(WORKSPACE, "node_modules/@deno", DENO),
    // The package itself needs no permission: not for files, the environment or foreign functions.
    ["run", "--no-prompt", "--no-lock", "--cached-only", "--allow-net=127.0.0.1"],
  ],
];

describe("served", { concurrency: 2 }, () => {
  for (const packageName of PACKAGES) {
    for (const [runtime, program, options] of PROCESSES) {
      test(`${packageName} in ${runtime}`, async () => {
        const words = [...options, serveFile(packageName)];
        const { count, core } = await checkProgram(program, words, project, {
          DENO_DIR: join(project, ".deno"),
          DENO_NO_UPDATE_CHECK: "1",
        });
        const native = packageName === "pivotal-webhooks" && runtime !== "deno";
        assert.equal(core, native ? "native" : undefined);
        if (!runtime.startsWith("node")) report(runtime, count);
      });
    }

    test(`${packageName} in workerd`, async () => {
      const { script, wasm } = await deployed(packageName, "worker.mjs", "workerd");
      const worker = new Miniflare({
        modules: [
          { type: "ESModule", path: "worker.mjs", contents: script },
          { type: "CompiledWasm", path: "core.wasm", contents: wasm },
        ],
        cf: false,
        compatibilityDate: "2026-04-01",
      });
      try {
        await checkServer(await worker.ready);
      } finally {
        await worker.dispose();
      }
    });

    test(`${packageName} in Vercel's edge runtime`, async () => {
      const { script, wasm } = await deployed(packageName, "edge.mjs", "edge-light");
      const core = await WebAssembly.compile(wasm);
      const runtime = new EdgeRuntime({
        initialCode: `(${forbidCompilation})();\n${script}`,
        extend: (context) => Object.assign(context, { core }),
      });
      const server = await runServer({ runtime, host: "127.0.0.1" });
      try {
        report("edge-light", await checkServer(server.url));
      } finally {
        await server.close();
      }
    });
  }
});

/** The test app as its deployment bundles it, and the module that it compiles beforehand. */
async function deployed(packageName, entry, condition) {
  let wasm;
  const script = await bundled(entry, {
    project,
    packageName,
    conditions: [condition],
    plugins: [
      {
        name: "deployment",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /core\.wasm/ }, ({ path, resolveDir }) => {
            wasm = readFileSync(join(resolveDir, "core.wasm"));
            return condition === "workerd"
              ? { path, external: true }
              : { path, namespace: "deployment" };
          });
          // Vercel makes it a global.
          onLoad({ filter: /.*/, namespace: "deployment" }, () => ({
            contents: "export default core",
          }));
        },
      },
    ],
  });
  return { script, wasm };
}

/** Makes the realm that it runs in as strict as Vercel: WebAssembly can't be compiled from bytes. */
function forbidCompilation() {
  const construct = () => {
    throw new Error("WebAssembly is compiled from bytes");
  };
  WebAssembly.Module = new Proxy(WebAssembly.Module, { construct });
}
