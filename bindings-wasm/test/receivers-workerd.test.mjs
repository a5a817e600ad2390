import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  NOW,
  pivotHeaders,
  SECRET,
  svixHeaders,
} from "../../bindings-node/test/support/sender.mjs";
import { announce, chunked, pour, send } from "../../bindings-node/test/support/wire.mjs";
import { run } from "./workerd/run.mjs";

const BODY = JSON.stringify({ id: "evt_1", type: "customer.at_risk", data: { name: "Zoë" } });

const fresh = (body = BODY) => Object.entries(svixHeaders({ body }));

let worker;
let port;

before(async () => {
  worker = await run("fetch.worker.mjs", { bindings: { SECRET, NOW } });
  port = (await worker.ready).port;
});
after(() => worker.dispose());

/** The answer to a delivery, what the handler was called with and the outcome's code. */
async function post(headers, body = BODY, options = {}) {
  return resultOf(await send(port, "/", body, headers, options));
}

async function resultOf({ status, body }) {
  const told = await (await worker.dispatchFetch("http://localhost/told")).json();
  return [status, body, ...told];
}

test("inside workerd the receiver hands an event on", async () => {
  const accepted = [200, "ok", "evt_1 with env", null];
  assert.deepEqual(await post(fresh()), accepted);
  const pieces = Array.from(Buffer.from(BODY), (byte) => Buffer.of(byte));
  assert.deepEqual(await resultOf(await chunked(port, "/", pieces, fresh())), accepted);
});

test("inside workerd it refuses the rest", async () => {
  const refused = (code) => [401, "invalid signature", code];
  assert.deepEqual(await post([]), refused("header_missing"));
  assert.deepEqual(await post(fresh("{}")), refused("signature_mismatch"));
  assert.deepEqual(
    await post(Object.entries(pivotHeaders({ body: BODY }))),
    refused("header_missing"),
  );
  assert.deepEqual(await post([...fresh(), ["svix-id", "1"]]), refused("header_malformed"));
  const compressed = [...fresh(), ["content-encoding", "gzip"]];
  assert.deepEqual(await post(compressed), refused("header_malformed"));
  assert.deepEqual(await post(fresh("{}"), "{}"), [400, "invalid payload", "event_malformed"]);
  assert.deepEqual(await post(fresh(), BODY, { method: "PUT" }), [405, "method not allowed"]);
});

test("inside workerd it reads only up to the limit", async () => {
  const large = [413, "payload too large", "payload_too_large"];
  const full = BODY.padEnd(2 ** 20 - 1);
  assert.deepEqual((await post(fresh(full), full))[0], 200);
  assert.deepEqual(await post(fresh(`${full} `), `${full} `), large);
  assert.deepEqual(await resultOf(await announce(port, "/", 10 ** 12)), large);
  const { answer } = await pour(port, "/", 64 * 2 ** 20, () => {});
  assert.ok(answer === undefined || answer.status === 413);
  const [, , outcome] = await resultOf({});
  assert.equal(outcome, "payload_too_large");
});

test("inside workerd what the handler throws is a 500, and a body that was read is a TypeError", async () => {
  const body = BODY.replace("at_risk", "churned");
  assert.equal((await post(fresh(body), body))[0], 500);
  const [status, text] = await post([...fresh(), ["x-read-first", "1"]]);
  assert.equal(status, 500);
  assert.match(text, /TypeError: the request's body was read before webhookHandler/);
});

test("inside workerd requests are signed for tests", async () => {
  const response = await worker.dispatchFetch("http://localhost/signed");
  assert.deepEqual(await response.json(), [200, 401, 401, 413]);
});
