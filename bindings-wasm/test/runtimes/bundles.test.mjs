// Tests a bundled server: beside the installed packages it uses the addon, otherwise WebAssembly.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, test } from "node:test";
import { esbuild, vite, webpacked } from "./bundlers.mjs";
import { bundled, checkProgram, installed } from "./project.mjs";

const project = installed();
const elsewhere = mkdtempSync(join(tmpdir(), "pivotal-webhooks-bundle-"));
after(() => rmSync(elsewhere, { recursive: true, force: true }));

const entry = join(project, "serve.mjs");
writeFileSync(entry, await bundled("serve.mjs", { project, packageName: "pivotal-webhooks" }));

const BUNDLES = {
  "esbuild, CommonJS": ["esbuild.cjs", esbuild, { platform: "node", format: "cjs" }],
  "esbuild, ES modules": ["esbuild.mjs", esbuild, { platform: "node", format: "esm" }],
  webpack: ["webpack.cjs", webpacked, { target: "node20" }],
  vite: ["vite.mjs", vite, { ssr: { noExternal: true }, build: { ssr: true } }],
};

describe("bundled for Node", { concurrency: 2 }, () => {
  for (const [name, [file, bundle, options]] of Object.entries(BUNDLES)) {
    test(`by ${name}`, async () => {
      const outfile = join(project, name, file);
      await bundle(entry, outfile, options);
      assert.equal((await checkProgram(process.execPath, [outfile], project)).core, "native");
      const moved = join(elsewhere, basename(outfile));
      cpSync(outfile, moved);
      assert.equal((await checkProgram(process.execPath, [moved], elsewhere)).core, "WebAssembly");
    });
  }
});
