// A receiver with a diagnosis in workerd: the module of the diagnosis beside the one that verifies.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NOW, SECRET, svixHeaders } from "../../bindings-node/test/support/sender.mjs";
import { send } from "../../bindings-node/test/support/wire.mjs";
import { run } from "./workerd/run.mjs";

const BODY = JSON.stringify({ id: "evt_1", type: "customer.at_risk", data: { name: "Zoë" } });
const SPACED = JSON.stringify(JSON.parse(BODY), null, 2);
const HEADERS = svixHeaders({ body: BODY });
const OTHER = Buffer.from("the secret of another endpoint");

/** Runs the Worker, and gives the answers and the lines of the log for each delivery. */
async function answers(deliveries, options = {}) {
  const bindings = { SECRET, NOW };
  const worker = await run("diagnosis.worker.mjs", {
    bindings,
    wasm: "diagnosis.wasm",
    ...options,
  });
  try {
    const { port } = await worker.ready;
    const found = [];
    for (const [body, headers] of deliveries) {
      const { status, body: text } = await send(port, "/", body, Object.entries(headers));
      const logged = await (await worker.dispatchFetch("http://localhost/lines")).json();
      found.push([status, text, logged.filter((line) => line.includes("diagnos"))]);
    }
    return found;
  } finally {
    await worker.dispose();
  }
}

test("inside workerd a receiver logs the accident, and answers as it does without", async () => {
  const [accepted, spaced, forged] = await answers([
    [BODY, HEADERS],
    [SPACED, HEADERS],
    [BODY, svixHeaders({ body: BODY, key: OTHER })],
  ]);
  assert.deepEqual(accepted, [200, "ok", []]);
  assert.deepEqual(spaced.slice(0, 2), [401, "invalid signature"]);
  assert.equal(spaced[2].length, 1);
  assert.ok(spaced[2][0].startsWith("webhook diagnosed (body_json_spacing) {"), spaced[2][0]);
  assert.deepEqual(forged.slice(0, 2), [401, "invalid signature"]);
  assert.ok(forged[2][0].startsWith("webhook diagnosed: no known accident fits {"), forged[2][0]);
});

test("inside workerd there is no diagnosis in production", async () => {
  const prelude = 'globalThis.process = { env: { NODE_ENV: "production" } };';
  const [refused] = await answers([[SPACED, HEADERS]], { prelude });
  assert.deepEqual(refused, [401, "invalid signature", ["no diagnosis: config_invalid"]]);
});
