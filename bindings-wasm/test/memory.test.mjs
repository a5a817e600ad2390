import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { KEY, NOW, SECRET, svixHeaders } from "../../bindings-node/test/support/sender.mjs";
import { heap, instance } from "./heap.mjs";
import { run } from "./workerd/run.mjs";

const require = createRequire(import.meta.url);
const { Webhook } = require("pivotal-webhooks-wasm");
const clock = () => NOW;
const calls = ["unwrap", "verify", "verifySignature"];
const { exports } = instance();

test(`a body that is too long to be hashed is not copied into memory that never shrinks`, () => {
  const webhook = new Webhook(SECRET, { maxBody: 1000, clock });
  const pages = () => exports.memory.buffer.byteLength / 65_536;
  const headers = svixHeaders({ body: "" });
  const before = pages();
  const body = new Uint8Array(64 * 1024 * 1024);
  for (const call of calls) {
    assert.throws(() => webhook[call](body, headers), { code: "payload_too_large" });
    assert.throws(() => webhook[call](body.subarray(0, 1001), headers), {
      code: "payload_too_large",
    });
    assert.throws(() => webhook[call](body.subarray(0, 1000), headers), {
      code: "signature_mismatch",
    });
  }
  assert.equal(pages(), before);
});

test(`what was laid into memory is gone when a call returns`, () => {
  const [id, type] = ["msg_marker_of_the_header", "marker_of_the_body"];
  const body = JSON.stringify({ type, id: "evt_1", data: { text: "é".repeat(1000) } });
  const headers = svixHeaders({ id, body });
  const traces = {
    secret: Buffer.from(SECRET),
    key: KEY,
    "inner pad": KEY.map((byte) => byte ^ 0x36),
    "outer pad": KEY.map((byte) => byte ^ 0x5c),
    id: Buffer.from(id),
    signature: Buffer.from(headers["svix-signature"]),
    body: Buffer.from(type),
  };
  const found = () => {
    const memory = Buffer.from(exports.memory.buffer);
    const isThere = (bytes) =>
      [...bytes.keys()].some((start) => {
        const piece = bytes.subarray(start, start + 8);
        return piece.length === 8 && memory.includes(piece);
      });
    return Object.keys(traces).filter((name) => isThere(traces[name]));
  };

  const webhook = new Webhook({ current: SECRET }, { clock });
  assert.deepEqual(found(), []);
  for (const call of calls) {
    webhook[call](body, headers);
    assert.deepEqual(found(), [], call);
  }
  assert.throws(() => webhook.verify(`${body} `, headers), { code: "signature_mismatch" });
  assert.deepEqual(found(), []);
});

const MANY = 50_000;
const EVENT = '{"id":"evt_1","type":"customer.at_risk"}';

/** Checks that many webhooks leave as little behind in the module as a few do. */
async function checkHeap(make) {
  // More webhooks than the module keeps open, so that each one takes the place of another.
  const { pages, allocated } = await make(2_000);
  for (let round = 0; round < 10; round += 1) {
    const { free, ...after } = await make(MANY / 10);
    assert.deepEqual(after, { pages, allocated });
    assert.ok(free < allocated, `${free} free chunks beside ${allocated}`);
  }
}

test("webhooks made per request leave nothing behind", async (context) => {
  const headers = svixHeaders({ body: EVENT });
  const { FinalizationRegistry } = globalThis;
  context.after(() => Object.assign(globalThis, { FinalizationRegistry }));
  delete globalThis.FinalizationRegistry;
  await checkHeap((count) => {
    for (let made = 0; made < count; made += 1) {
      new Webhook(SECRET, { clock }).verify(EVENT, headers);
    }
    return heap();
  });
});

test("webhooks made per request leave nothing behind in workerd", async () => {
  const worker = await run("webhooks.worker.mjs", {
    bindings: { SECRET },
    prelude: "delete globalThis.FinalizationRegistry;",
  });
  const headers = svixHeaders({ body: EVENT });
  try {
    await checkHeap(async (count) => {
      const body = JSON.stringify({ count, body: EVENT, headers });
      const response = await worker.dispatchFetch("http://localhost/", { method: "POST", body });
      return response.json();
    });
  } finally {
    await worker.dispose();
  }
});

test("a dropped webhook is collected", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc");
  const made = Array.from({ length: 1000 }, () => {
    const webhook = new Webhook(SECRET, { clock });
    webhook.verify(EVENT, svixHeaders({ body: EVENT }));
    return new WeakRef(webhook);
  });
  // A target is kept until the end of the turn in which its WeakRef was made.
  await setImmediate();
  collectGarbage();
  assert.equal(made.filter((webhook) => webhook.deref() !== undefined).length, 0);
});

test("a dropped webhook is opened again", () => {
  const headers = svixHeaders({ body: EVENT });
  const [one, other] = [{ first: SECRET }, { second: SECRET }].map(
    (secret) => new Webhook(secret, { clock }),
  );
  for (let count = 0; count < 1000; count += 1) {
    assert.equal(one.verifySignature(EVENT, headers).label, "first");
    new Webhook(SECRET, { clock }).verify(EVENT, headers);
  }
  assert.equal(other.verifySignature(EVENT, headers).label, "second");
});

test("lengths beyond the room are refused, and nothing is written there", () => {
  const buffer = exports.callBuffer();
  exports.room(buffer, 64);
  for (const [texts, body] of [
    [65, 0],
    [0, 65],
    [32, 33],
    [-1, 1],
    [2 ** 31, 2 ** 31],
  ]) {
    exports.open(buffer, 0, texts);
    assert.ok(exports.reportLength(buffer) > 0 || texts <= 64);
    exports.run(buffer, 0, 0, texts, body);
    const start = exports.report(buffer);
    const bytes = new Uint8Array(exports.memory.buffer, start, exports.reportLength(buffer));
    assert.equal(JSON.parse(new TextDecoder().decode(bytes)).code, "internal");
  }
  exports.open(buffer, 7, 0);
  assert.ok(exports.reportLength(buffer) > 0, "a slot that is not the next one");
});
