// Installs the npm packages of the tool from tarballs, without a network, and uses their commands.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { PLATFORMS } from "../../../bindings-node/npm/stage.mjs";
import { NOW, SECRET, svixHeaders } from "../../../bindings-node/test/support/sender.mjs";
import { installed, tarballs } from "../../../bindings-wasm/test/runtimes/project.mjs";

const NAME = "pivotal-webhooks-cli";
const BODY = '{"id":"evt_1","type":"customer.at_risk","data":{"object":{"id":"cus_1"}}}';
const windows = process.platform === "win32";
const env = { ...process.env, PIVOTAL_WEBHOOK_SECRET: SECRET };

const project = installed();
const packages = join(project, "node_modules");
const platform = tarballs()
  .map((path) => basename(path).replace(/-\d+\.\d+\.\d+\.tgz$/, ""))
  .find((name) => name !== NAME);

const manifest = (name) => JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8"));

/** Runs a command, and gives its exit code and what it wrote. */
async function run(command, args, options = {}) {
  const started = promisify(execFile)(command, args, { cwd: project, env, shell: windows });
  started.child.stdin?.end(options.stdin ?? "");
  const { code = 0, stdout, stderr } = await started.catch((failure) => failure);
  return { code, stdout, stderr };
}

const command = (name) => join(packages, ".bin", windows ? `${name}.cmd` : name);
const launch = (...args) => run(process.execPath, [join(packages, NAME, "launch.js"), ...args]);

function delivery(body) {
  const lines = Object.entries(svixHeaders({ body: BODY })).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `POST /hook HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
}

for (const path of tarballs()) {
  test(`${basename(path)} satisfies publint, and needs no other package`, async () => {
    const tarball = new Uint8Array(readFileSync(path)).buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    const texts = messages.map((message) => formatMessage(message, pkg, { color: false }));
    assert.deepEqual(texts, []);
    assert.deepEqual([pkg.scripts, pkg.dependencies], [undefined, undefined]);
    assert.equal(pkg.license, "MIT OR Apache-2.0");
  });
}

test("the programs of all platforms are optional, at the package's own version", () => {
  const { version, optionalDependencies } = manifest(NAME);
  const names = Object.keys(PLATFORMS).map((name) => `${NAME}-${name}`);
  assert.deepEqual(optionalDependencies, Object.fromEntries(names.map((name) => [name, version])));
  const { os, cpu, libc } = PLATFORMS[platform.replace(`${NAME}-`, "")];
  const own = manifest(platform);
  assert.deepEqual([own.os, own.cpu, own.libc], [[os], [cpu], libc && [libc]]);
});

test("both commands and npx run the tool", async () => {
  const version = `pivotal-webhooks ${manifest(NAME).version}\n`;
  for (const name of ["pivotal-webhooks", NAME]) {
    assert.equal((await run(command(name), ["--version"])).stdout, version);
  }
  const npx = windows ? "npx.cmd" : "npx";
  assert.equal((await run(npx, ["--offline", NAME, "--version"])).stdout, version);
});

test("the launcher passes arguments, streams and the exit code", async () => {
  for (const [body, code] of [
    [BODY, 0],
    [BODY.replace("evt_1", "evt_2"), 7],
  ]) {
    const stdin = delivery(body);
    const verify = ["verify", "--json", "--at", `${NOW}`];
    const ran = await run(command("pivotal-webhooks"), verify, { stdin });
    assert.deepEqual([ran.code, ran.stderr], [code, ""]);
    assert.equal(JSON.parse(ran.stdout).error?.code, code ? "signature_mismatch" : undefined);
  }
  const spaced = await launch("verify", "no such file", "--json");
  assert.equal(spaced.code, 4);
  assert.match(JSON.parse(spaced.stderr).error.message, /`no such file`/);
});

test("signals reach the tool, and the launcher ends as it ends", { skip: windows }, async () => {
  for (const [sent, ended] of [
    ["SIGINT", [0, null]],
    ["SIGTERM", [null, "SIGTERM"]],
  ]) {
    const listen = [join(packages, NAME, "launch.js"), "listen", "--json", "--port", "0"];
    const child = spawn(process.execPath, listen, { env, stdio: ["ignore", "pipe", "inherit"] });
    const exit = once(child, "exit");
    await once(child.stdout, "data");
    child.kill(sent);
    assert.deepEqual(await exit, ended);
    // The tool has ended too: it had this end of the pipe.
    assert.equal(await child.stdout.toArray().then((rest) => rest.length), 0);
  }
});

test("a program that can't be started is named", { skip: windows }, async () => {
  const program = join(packages, platform, "pivotal-webhooks");
  chmodSync(program, 0o644);
  const ran = await launch("--version");
  chmodSync(program, 0o755);
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /^error: .* can't be started: .*EACCES\nhelp: install the package/);
});

test("without a program the launcher says what to install", async () => {
  const [own, away] = [join(packages, platform), join(project, "away")];
  renameSync(own, away);
  const ran = await launch("--version");
  renameSync(away, own);
  assert.deepEqual([ran.code, ran.stdout], [1, ""]);
  assert.match(ran.stderr, /^error: the package pivotal-webhooks-cli finds no program/);
  assert.match(ran.stderr, /\nhelp: install pivotal-webhooks-cli again on this system/);
});

test(
  "of two programs for Linux the static one is run",
  { skip: !platform.endsWith("-gnu") },
  async () => {
    const other = join(packages, platform.replace("-gnu", "-musl"));
    cpSync(join(packages, platform), other, { recursive: true });
    writeFileSync(join(other, "pivotal-webhooks"), "#!/bin/sh\necho static\n");
    const ran = await launch("--version");
    rmSync(other, { recursive: true });
    assert.equal(ran.stdout, "static\n");
  },
);
