import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { KEY, NOW, SECRET, svixHeaders } from "../../bindings-node/test/support/sender.mjs";

const instances = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given);
    instances.push(this);
  }
};
const require = createRequire(import.meta.url);
const { Webhook } = require("pivotal-webhooks-wasm");
const clock = () => NOW;
const calls = ["unwrap", "verify", "verifySignature"];
const [{ exports }] = instances;
WebAssembly.Instance = Instance;

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

test("webhooks made per request take no more memory, and a dropped one is opened again", () => {
  const body = '{"id":"evt_1","type":"customer.at_risk"}';
  const headers = svixHeaders({ body });
  const kept = new Webhook(SECRET, { clock });
  const make = (count) => {
    for (let made = 0; made < count; made += 1) {
      assert.equal(new Webhook(SECRET, { clock }).verify(body, headers).id, "evt_1");
    }
  };
  make(1000);
  const before = exports.memory.buffer.byteLength;
  make(20_000);
  assert.equal(exports.memory.buffer.byteLength, before);
  assert.equal(kept.verify(body, headers).id, "evt_1");
  const [one, other] = [{ first: SECRET }, { second: SECRET }].map(
    (secret) => new Webhook(secret, { clock }),
  );
  for (let count = 0; count < 1000; count += 1) {
    assert.equal(one.verifySignature(body, headers).label, "first");
    make(1);
  }
  assert.equal(other.verifySignature(body, headers).label, "second");
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
