import assert from "node:assert/strict";
import { test } from "node:test";
import { PROBE } from "../../bindings-node/test/suites/panic.mjs";
import { allCases, fromXtask, reportCount } from "../../bindings-node/test/support/files.mjs";
import { NOW, SECRET, svixHeaders } from "../../bindings-node/test/support/sender.mjs";
import { run } from "./workerd/run.mjs";

test("inside workerd every vector is answered as it says, in every shape", async () => {
  const cases = allCases();
  const worker = await run("vectors.worker.mjs", {
    modules: { vectors: `export const cases = ${JSON.stringify(cases)};` },
  });
  try {
    const { count, failures } = await (await worker.dispatchFetch("http://localhost/")).json();
    assert.deepEqual(failures, []);
    assert.equal(count, cases.length);
    reportCount(count, "PIVOTAL_WORKERD_COUNT_FILE");
  } finally {
    await worker.dispose();
  }
});

test("inside workerd a receiver takes what was signed and refuses the rest", async () => {
  const worker = await run("receiver.worker.mjs", { bindings: { SECRET } });
  const url = await worker.ready;
  const body = JSON.stringify({ id: "evt_1", type: "customer.at_risk", name: "Zoë · 東京" });
  const signed = svixHeaders({ body });
  const post = async (headers, sent = body) => {
    const response = await fetch(url, { method: "POST", headers, body: sent });
    return [response.status, await response.json()];
  };
  try {
    const accepted = {
      type: "customer.at_risk",
      webhook: "<Webhook schemes=svix,pivotal>",
      own: [],
    };
    assert.deepEqual(await post(signed), [200, accepted]);
    assert.deepEqual(await post({ ...signed, "x-as-text": "1" }), [200, accepted]);
    assert.deepEqual(await post(signed, `${body} `), [401, { code: "signature_mismatch" }]);
    assert.deepEqual(await post({}), [401, { code: "header_missing" }]);
    const old = svixHeaders({ at: NOW - 301, body });
    assert.deepEqual(await post(old), [401, { code: "timestamp_too_old" }]);
    const large = "x".repeat(2 ** 20 + 1);
    assert.deepEqual(await post(signed, large), [413, { code: "payload_too_large" }]);
  } finally {
    await worker.dispose();
  }
});

test("inside workerd a panic is an error, and the next calls are right", async () => {
  const worker = await run("panic.worker.mjs", {
    dist: fromXtask("PIVOTAL_PROBE_WASM_DIR"),
    bindings: { SECRET },
  });
  const sign = async (body) => {
    const response = await worker.dispatchFetch("http://localhost/", { method: "POST", body });
    return response.text();
  };
  try {
    const before = await sign("{}");
    assert.equal(before.length, 47);
    for (let round = 0; round < 3; round += 1) {
      assert.equal(await sign(PROBE), "internal");
      assert.equal(await sign("{}"), before);
    }
  } finally {
    await worker.dispose();
  }
});
