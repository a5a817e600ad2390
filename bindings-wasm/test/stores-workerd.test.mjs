// Runs the scenarios of the stores, and a receiver, over Durable Objects in workerd.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as idempotency from "pivotal-webhooks-wasm/idempotency";
import { storesSuite } from "../../bindings-node/test/suites/stores.mjs";
import { NOW, SECRET, svixHeaders } from "../../bindings-node/test/support/sender.mjs";
import { run } from "./workerd/run.mjs";

for (const useSQLite of [true, false]) {
  const storage = useSQLite ? "with storage in SQLite" : "without SQLite";
  let worker;
  before(async () => {
    worker = await run("store.worker.mjs", {
      bindings: { SECRET, NOW },
      durableObjects: {
        EVENTS: { className: "Event", useSQLite },
        PLAIN: { className: "PlainEvent", useSQLite },
      },
    });
    await worker.ready;
  });
  after(() => worker.dispose());

  const ask = async (path, content) => {
    const init = { method: "POST", body: JSON.stringify(content) };
    return (await worker.dispatchFetch(`http://localhost${path}`, init)).json();
  };
  let made = 0;
  const make = () => {
    // A key stands for a new object.
    const prefix = `${(made += 1)}-`;
    const operation =
      (name) =>
      (key, ...given) =>
        ask("/store", [name, prefix + key, ...given]);
    const store = {
      claim: operation("claim"),
      complete: operation("complete"),
      release: operation("release"),
    };
    const move = (milliseconds) => ask("/clock", milliseconds);
    const performAll = (calls) => ask("/calls", { prefix, calls });
    return { store, wait: move, setClock: move, performAll, second: 1000 };
  };
  storesSuite(idempotency, { [`Durable Objects ${storage}`]: [{}, make] });

  describe(`a Worker with a store in Durable Objects ${storage}`, () => {
    const told = () => ask("/told");
    const post = async (type, id) => {
      const body = JSON.stringify({ id, type, data: { object: { id: "cus_1" } } });
      const headers = svixHeaders({ at: NOW, body });
      const response = await worker.dispatchFetch("http://localhost/", {
        method: "POST",
        headers,
        body,
      });
      return [response.status, await response.text(), response.headers.get("retry-after")];
    };

    test("handles an event once, and answers 409 to a delivery meanwhile", async () => {
      const first = post("customer.at_risk", "evt_1");
      let second;
      do second = await post("customer.at_risk", "evt_1");
      while (second[0] !== 409);
      assert.deepEqual(second, [409, "event in progress", "60"]);
      await ask("/go");
      assert.deepEqual(await first, [200, "ok", null]);
      assert.deepEqual(await post("customer.at_risk", "evt_1"), [200, "ok", null]);
      const all = await told();
      assert.equal(all.filter((it) => it === "ran pivotal").length, 1);
      assert.deepEqual(all.slice(-2), ["accepted", "duplicate"]);
    });

    test("runs an event again that was not answered with 2xx", async () => {
      for (let sent = 0; sent < 2; sent += 1) {
        assert.equal((await post("customer.churned", "evt_2"))[0], 500);
        assert.deepEqual(await post("customer.created", "evt_3"), [500, "later", null]);
      }
      const ran = ["accepted", "ran pivotal"];
      assert.deepEqual(await told(), [...ran, ...ran, ...ran, ...ran]);
    });
  });
}
