import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { panicSuite, PROBE } from "./suites/panic.mjs";
import { fromXtask } from "./support/files.mjs";

const entry = join(fromXtask("PIVOTAL_PROBE_ADDON"), "dist", "index.cjs");

panicSuite(createRequire(import.meta.url)(entry));

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
