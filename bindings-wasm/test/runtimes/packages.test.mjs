// Checks that the packages to publish are complete, can be installed without a network, and are valid
// for every resolver.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { PLATFORMS } from "../../../bindings-node/npm/stage.mjs";
import { SECRET } from "../../../bindings-node/test/support/sender.mjs";
import { installed, tarballs } from "./project.mjs";

const isAddon = (path) => !/webhooks(-wasm)?-\d/.test(basename(path));

for (const path of tarballs()) {
  const name = basename(path);

  test(`${name} satisfies publint`, async () => {
    const tarball = new Uint8Array(readFileSync(path)).buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg, { color: false })),
      [],
    );
    assert.deepEqual([pkg.scripts, pkg.dependencies], [undefined, undefined]);
  });

  test(`${name} has types for every resolver`, { skip: isAddon(path) }, async () => {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(path)));
    const found = Object.entries(result.entrypoints).flatMap(([entry, { resolutions }]) =>
      Object.entries(resolutions).map(([resolver, { resolution }]) => [
        entry,
        resolver,
        resolution,
      ]),
    );
    for (const [entry, resolver, resolution] of found) {
      const typed = resolution?.isTypeScript ?? false;
      assert.equal(typed, entry !== "./package.json", `${entry} by ${resolver}`);
    }
    assert.equal(found.filter(([entry]) => entry === ".").length, 4);
    assert.deepEqual(result.problems, []);
  });
}

test("the addons of all platforms are optional, at the package's own version", () => {
  const project = installed();
  const read = (name) =>
    JSON.parse(readFileSync(join(project, "node_modules", name, "package.json"), "utf8"));
  const { version, optionalDependencies } = read("pivotal-webhooks");
  const names = Object.keys(PLATFORMS).map((platform) => `pivotal-webhooks-${platform}`);
  assert.deepEqual(optionalDependencies, Object.fromEntries(names.map((name) => [name, version])));
  const addons = tarballs().filter(isAddon);
  assert.ok(addons.length > 0);
  for (const path of addons) {
    const name = basename(path).replace(/-\d.*/, "");
    const { os, cpu, libc } = read(name);
    const platform = PLATFORMS[name.replace("pivotal-webhooks-", "")];
    assert.deepEqual(
      [os, cpu, libc],
      [[platform.os], [platform.cpu], platform.libc && [platform.libc]],
    );
  }
});

test("an addon is left alone that is of another version, broken or not there", () => {
  const project = installed();
  const name = basename(tarballs().find(isAddon)).replace(/-\d.*/, "");
  const folder = join(project, "node_modules", name);
  const manifest = readFileSync(join(folder, "package.json"), "utf8");
  const log = () => {
    const script = `new (require("pivotal-webhooks").Webhook)("${SECRET}").sign("msg_1", 1, "")`;
    const env = { ...process.env, NODE_DEBUG: "pivotal-webhooks" };
    return spawnSync(process.execPath, ["--print", script], {
      cwd: project,
      env,
      encoding: "utf8",
    });
  };
  const signature = log().stdout;
  assert.match(log().stderr, /: native, for /);
  const backend = () => {
    const script = 'require("pivotal-webhooks").backend';
    return execFileSync(process.execPath, ["--print", script], { cwd: project, encoding: "utf8" });
  };
  assert.equal(backend(), "native\n");

  writeFileSync(join(folder, "package.json"), manifest.replace(/"version": "/, "$&9"));
  assert.match(log().stderr, new RegExp(`: Error: ${name} is of version 9[^]*: WebAssembly\\n`));
  writeFileSync(join(folder, "package.json"), manifest);
  writeFileSync(join(folder, JSON.parse(manifest).main), "no addon");
  assert.match(log().stderr, /: WebAssembly\n/);
  rmSync(folder, { recursive: true });
  assert.match(log().stderr, new RegExp(`Cannot find module '${name}/[^]*: WebAssembly\\n`));
  assert.equal(log().stdout, signature);
  assert.equal(backend(), "wasm\n");
});
