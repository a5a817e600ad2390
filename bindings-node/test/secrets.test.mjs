import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import * as pkg from "pivotal-webhooks";
import { WORKSPACE } from "./support/files.mjs";
import { secretsSuite } from "./suites/secrets.mjs";

secretsSuite(pkg);

// The secret is made of numbers that change at each step, so that the program's text does not have it.
const HEAP = `
  const { getHeapSnapshot } = require("node:v8");
  const { Webhook } = require("pivotal-webhooks");

  const made = () => {
    let state = 7;
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = "whsec_";
    for (let index = 0; index < 40; index += 1) {
      state = (state * 1103515245 + 12345) % 2147483648;
      text += letters[(state >> 16) % 64];
    }
    return text;
  };

  const shown = async () => {
    const pieces = [];
    for await (const piece of getHeapSnapshot()) pieces.push(piece);
    const snapshot = Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString("latin1");
    const text = made();
    const hits = [];
    for (let at = 6; at + 8 <= text.length; at += 1) hits.push(snapshot.includes(text.slice(at, at + 8)));
    return hits.filter(Boolean).length;
  };

  const webhooks = [];
  const kept = [];
  (() => {
    const webhook = new Webhook(made());
    try {
      webhook.verify("{}", { "svix-id": "msg_1", "svix-timestamp": "1", "svix-signature": "v1,a" });
    } catch (error) {
      webhooks.push(webhook, error);
    }
  })();
  (async () => {
    gc();
    const dropped = await shown();
    kept.push(Buffer.from(made()).toString("latin1"));
    gc();
    console.log(webhooks.length, dropped, await shown());
  })();
`;

test("a heap snapshot shows no secret that its program has dropped", () => {
  const printed = execFileSync(process.execPath, ["--expose-gc", "--eval", HEAP], {
    cwd: WORKSPACE,
    encoding: "utf8",
  });
  const [webhooks, dropped, kept] = printed.trim().split(" ").map(Number);
  assert.deepEqual([webhooks, dropped], [2, 0]);
  assert.ok(kept > 0, "the search finds a secret that the program keeps");
});
