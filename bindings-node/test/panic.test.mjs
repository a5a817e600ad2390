import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { MARKS, panicSuite, PROBE } from "./suites/panic.mjs";
import { fromXtask, WORKSPACE } from "./support/files.mjs";

const require = createRequire(import.meta.url);
const probing = fromXtask("PIVOTAL_PROBE_ADDON");
const entry = join(probing, "dist", "index.cjs");

// The subpaths import the package by its name.
const resolve = Module._resolveFilename;
Module._resolveFilename = (name, ...given) =>
  name === "pivotal-webhooks" ? entry : resolve(name, ...given);

const of = (name) => require(join(probing, "dist", `${name}.cjs`));
const subpaths = {
  queue: of("queue"),
  testing: of("testing"),
  diagnosis: of("diagnosis"),
  fetch: of("receivers/fetch"),
};
const addonOf = (folder) => {
  const [addon] = readdirSync(join(folder, "native")).filter((name) => name.endsWith(".node"));
  return join(folder, "native", addon);
};
const { armPanic } = require(addonOf(probing));

panicSuite(require(entry), subpaths, armPanic);

test("the published addon has no probe", () => {
  const marksOf = (folder) => {
    const bytes = readFileSync(addonOf(folder));
    return MARKS.filter((mark) => bytes.includes(mark));
  };
  assert.notDeepEqual(marksOf(probing), []);
  assert.deepEqual(marksOf(join(WORKSPACE, "bindings-node")), []);
});

test("a panic leaves a process alive that was not prepared for one", () => {
  const script = `
    const { Webhook } = require(process.argv[1]);
    const webhook = new Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let code;
    try {
      webhook.sign("msg_1", 1, process.argv[2]);
    } catch (error) {
      code = error.code;
    }
    setTimeout(() => console.log(code, webhook.sign("msg_1", 1, "{}").length), 10);
  `;
  const printed = execFileSync(process.execPath, ["--eval", script, entry, PROBE], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  assert.equal(printed, "internal 47\n");
});
