// Tests each receiver with the store of `/testing`: the store fails, workers are killed, leases end.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, mock, test } from "node:test";
import { HOSTS, PATH, started } from "../support/hosts.mjs";
import { SECRET } from "../support/sender.mjs";

const LEASE = 60;

/** `from` has the receivers by the names of their subpaths. */
export function onceFaultsSuite({ Webhook }, idempotency, testing, from) {
  const { claimOf, DONE, Once } = idempotency;
  const { ControlledStore, frozenClock, sampleEvent, signedRequest } = testing;
  const clock = frozenClock(1_750_000_000);
  const webhook = new Webhook(SECRET, { clock: () => 1_750_000_000 });
  const signed = signedRequest(sampleEvent("customer.at_risk"), SECRET, { at: 1_750_000_000 });
  const KEY = webhook.unwrap(signed.body, signed.headers).idempotencyKey;

  let store;
  let outcomes;
  let runs;
  let during;

  const results = () => outcomes.map(({ result }) => result);
  const options = () => {
    const current = {
      claim: (...given) => store.claim(...given),
      complete: (...given) => store.complete(...given),
      release: (...given) => store.release(...given),
    };
    const once = new Once(current, { lease: LEASE, storeTimeout: 0.05 });
    return { onOutcome: (outcome) => outcomes.push(outcome), once };
  };
  const handle = async (event) => {
    runs += 1;
    await during(event);
  };

  beforeEach(() => {
    store = new ControlledStore({ clock });
    outcomes = [];
    runs = 0;
    during = () => {};
    mock.method(console, "warn", () => {});
  });

  for (const host of Object.keys(HOSTS)) {
    describe(`a receiver with a store that fails and ${host}`, () => {
      let server;
      before(async () => {
        const receive = ({ webhookHandler }) => webhookHandler(webhook, handle, options());
        server = await started(host, from, receive);
      });
      after(() => server.stop());
      suite(async () => {
        const url = `http://127.0.0.1:${server.port}${PATH}`;
        const { status, headers } = await fetch(url, signed.again().init());
        return [status, headers.get("retry-after")];
      });
    });
  }

  describe("an AWS Lambda function with a store that fails", () => {
    suite(async () => {
      const receive = from.lambda.webhookHandler(webhook, handle, options());
      const { statusCode, headers } = await receive(signed.again().lambdaEvent(), {});
      return [statusCode, headers["retry-after"] ?? null];
    });
  });

  /** `post` sends the event again; what is answered. */
  function suite(post) {
    const OK = [200, null];

    for (const fault of ["down", "slow"]) {
      test(`answers 503 while the store is ${fault}`, async () => {
        store.fault = fault;
        assert.deepEqual(await post(), [503, "5"]);
        assert.deepEqual([runs, results()], [0, ["accepted", "store_failed"]]);
        store.fault = null;
        assert.deepEqual(await post(), OK);
        assert.equal(runs, 1);
      });

      test(`answers 503 if the store is ${fault} when the handler has returned`, async () => {
        during = () => void (store.fault = fault);
        assert.deepEqual(await post(), [503, "5"]);
        assert.deepEqual(results(), ["accepted", "store_failed"]);
        store.fault = null;
        assert.equal((await post())[0], 409);
        clock.advance(LEASE);
        during = () => {};
        assert.deepEqual([await post(), runs], [OK, 2]);
      });
    }

    test("runs the event of a killed worker when its lease has ended", async () => {
      assert.equal(await store.claim(KEY, "a killed worker", LEASE * 1000), 0);
      assert.deepEqual(await post(), [409, `${LEASE}`]);
      assert.deepEqual([runs, results()], [0, ["accepted", "in_progress"]]);
      clock.advance(LEASE - 1);
      assert.deepEqual(await post(), [409, "1"]);
      clock.advance(1);
      assert.deepEqual([await post(), runs], [OK, 1]);
      assert.equal(await store.complete(KEY, "a killed worker", 1000), false);
    });

    test("overwrites nothing when it is late", async () => {
      during = async () => {
        clock.advance(LEASE);
        assert.equal(await store.claim(KEY, "a faster worker", LEASE * 1000), 0);
      };
      assert.deepEqual(await post(), [409, `${LEASE}`]);
      assert.deepEqual(results(), ["accepted", "lease_lost"]);
      assert.equal(await store.complete(KEY, "a faster worker", 1_000_000), true);
      assert.deepEqual([await post(), runs], [OK, 1]);
      assert.equal(outcomes.at(-1).result, "duplicate");
    });

    test("completes an event late that nobody else has claimed", async () => {
      during = () => clock.advance(LEASE);
      assert.deepEqual(await post(), OK);
      assert.deepEqual([results(), await store.claim(KEY, "any", 1000)], [["accepted"], DONE]);
    });

    test("says so if it lost its lease", async () => {
      during = (event) => {
        assert.equal(claimOf(event).isLost, false);
        store.fault = "lease_lost";
      };
      assert.deepEqual(await post(), [409, "60"]);
      assert.deepEqual(results(), ["accepted", "lease_lost"]);
      store.fault = null;
      assert.equal((await post())[0], 409);
      clock.advance(LEASE);
      during = () => {};
      assert.deepEqual([await post(), runs], [OK, 2]);
    });
  }

  test("a slow store goes on when the fault is switched off", async () => {
    store.fault = "slow";
    const claimed = store.claim(KEY, "a", 1000);
    store.fault = null;
    await assert.rejects(claimed, /the store was slow/);
    assert.equal(await store.claim(KEY, "b", 1000), 0);
  });

  test("a store needs a clock and takes known faults alone", () => {
    for (const given of [undefined, {}, { clock: 1 }, { clock, size: 1 }]) {
      assert.throws(() => new ControlledStore(given), TypeError);
    }
    assert.throws(() => (store.fault = "broken"), TypeError);
    assert.equal(store.fault, null);
  });
}
