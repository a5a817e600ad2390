import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { KEY, SECRET, svixHeaders, unixNow } from "../../bindings-node/test/support/sender.mjs";

const instances = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given);
    instances.push(this);
  }
};
const require = createRequire(import.meta.url);
const ENTRIES = ["pivotal-webhooks-wasm", "pivotal-webhooks-wasm/verify"].map((name, place) => {
  const { Webhook } = require(name);
  const calls = ["unwrap", "verify", "verifySignature"].filter((call) => call in Webhook.prototype);
  return { name, Webhook, calls, exports: instances[place].exports };
});
WebAssembly.Instance = Instance;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

for (const { name, Webhook, calls, exports } of ENTRIES) {
  test(`${name}: a body that is too long to be hashed is not copied into memory that never shrinks`, () => {
    const webhook = new Webhook(SECRET, { maxBody: 1000 });
    const pages = () => exports.memory.buffer.byteLength / 65_536;
    const headers = svixHeaders({ at: unixNow(), body: "" });
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

  test(`${name}: what was laid into memory is gone when a call returns`, () => {
    const at = unixNow();
    const [id, type] = ["msg_marker_of_the_header", "marker_of_the_body"];
    const body = JSON.stringify({ type, id: "evt_1", data: { text: "é".repeat(1000) } });
    const headers = svixHeaders({ id, at, body });
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

    const webhook = new Webhook({ current: SECRET });
    assert.deepEqual(found(), []);
    for (const call of calls) {
      webhook[call](body, headers);
      assert.deepEqual(found(), [], call);
    }
    assert.throws(() => webhook.verify(`${body} `, headers), { code: "signature_mismatch" });
    assert.deepEqual(found(), []);
  });

  test(`${name}: verifiers and deliveries by the thousand take no more memory`, async () => {
    const at = unixNow();
    const use = (length) => {
      const body = `{"text":"${"x".repeat(length)}"}`;
      const webhook = new Webhook(SECRET);
      assert.equal(webhook.verify(body, svixHeaders({ at, body })).text.length, length);
    };
    use(100_000);
    const before = exports.memory.buffer.byteLength;
    for (let count = 0; count < 2000; count += 1) {
      use((count * 37) % 100_000);
      // A verifier is freed when the collector has noticed that its webhook is gone.
      if (count % 100 === 0) {
        collect();
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const growth = exports.memory.buffer.byteLength - before;
    assert.ok(growth <= 256 * 1024, `grew by ${growth} bytes`);
  });
}
