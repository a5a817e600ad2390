import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { SECRET, svixHeaders, unixNow } from "../../bindings-node/test/support/sender.mjs";

test("a body that is too long to be hashed is not copied into memory that never shrinks", () => {
  const instances = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...given) {
      super(...given);
      instances.push(this);
    }
  };
  const { Webhook } = createRequire(import.meta.url)("pivotal-webhooks-wasm");
  WebAssembly.Instance = Instance;
  const [{ exports }] = instances;

  const webhook = new Webhook(SECRET, { maxBody: 1000 });
  const pages = () => exports.memory.buffer.byteLength / 65_536;
  const headers = svixHeaders({ at: unixNow(), body: "" });
  const before = pages();
  const body = new Uint8Array(64 * 1024 * 1024);
  for (const call of ["unwrap", "verify", "verifySignature"]) {
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
