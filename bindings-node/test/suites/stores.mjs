// Tests that every store does what `idempotency/scenarios.json` says.

import assert from "node:assert/strict";
import { on } from "node:events";
import { after, describe, test } from "node:test";
import fc from "fast-check";
import { Redis } from "ioredis";
import { LEASE, runScenario, SCENARIOS } from "../support/scenarios.mjs";
import { testClock } from "../support/clock.mjs";
import { follow, Model, steps, walks } from "../support/model.mjs";
import { Servers, STORES } from "../support/stores.mjs";

const WALKS = walks();

export function storesSuite(idempotency, kinds = STORES) {
  const { DONE } = idempotency;
  const servers = new Servers();
  after(() => servers.stop());

  for (const [kind, [options, make]] of Object.entries(kinds)) {
    describe(`the store of ${kind}`, options, () => {
      for (const { name, steps } of SCENARIOS) {
        test(`does what the scenario says: ${name}`, async (context) => {
          await runScenario(await make(idempotency, servers, context), steps, DONE);
        });
      }

      /** A function that gives a store which is empty each time. */
      const emptied = async (context) => {
        const made = await make(idempotency, servers, context);
        if (made.clear === undefined) return () => make(idempotency, servers, context);
        return async () => {
          await made.clear();
          return made;
        };
      };

      test("follows every step from every state of the model", async (context) => {
        const empty = await emptied(context);
        for (const walk of WALKS) await follow(await empty(), walk, DONE);
      });

      test("does what the model does, in any order", async (context) => {
        const empty = await emptied(context);
        const property = fc.asyncProperty(steps, async (commands) => {
          const made = await empty();
          const setup = () => ({ model: new Model(), real: { made, done: DONE } });
          await fc.asyncModelRun(setup, commands);
        });
        await fc.assert(property, { numRuns: 30 });
      });

      test("lets exactly one of many workers claim", async (context) => {
        const { store, second } = await make(idempotency, servers, context);
        const workers = Array.from({ length: 16 }, (_, worker) => `${worker}`);
        const results = await Promise.all(
          workers.map((worker) => store.claim("first", worker, LEASE * second)),
        );
        assert.equal(results.filter((result) => result === 0).length, 1);
        assert.ok(results.every((result) => result >= 0));
      });

      test("forgets what has expired, now and then", async (context) => {
        const { store, wait } = await make(idempotency, servers, context);
        for (let number = 0; number < 99; number += 1) {
          assert.equal(await store.complete(`${number}`, "a", 100_000), true);
        }
        await wait(100_001);
        assert.equal(await store.complete("last", "a", 100_000), true);
        assert.equal(await store.claim("1", "a", 100_000), 0);
        assert.equal(await store.claim("last", "a", 100_000), DONE);
      });
    });
  }
}

/** Tests that each client of Redis takes one round trip for each operation. */
export function roundTripsSuite(idempotency) {
  const servers = new Servers();
  after(() => servers.stop());

  for (const kind of ["ioredis", "node-redis"]) {
    const [options, make] = STORES[kind];
    test(`${kind} takes one round trip to claim and one to complete`, options, async (context) => {
      const { store } = await make(idempotency, servers, context);
      const other = new Redis(await servers.redis);
      const monitor = await other.monitor();
      const seen = on(monitor, "monitor");
      context.after(() => {
        monitor.disconnect();
        other.disconnect();
      });
      // The first calls load the scripts.
      await store.claim("first", "a", 60_000);
      await store.complete("first", "a", 60_000);
      await other.echo("begin");
      await store.claim("second", "a", 60_000);
      await store.complete("second", "a", 60_000);
      await other.echo("end");
      const sent = [];
      for await (const [, [name, text], source] of seen) {
        if (text === "end") break;
        if (text === "begin") sent.length = 0;
        else if (source !== "lua") sent.push(name.toUpperCase());
      }
      assert.deepEqual(sent, ["EVALSHA", "EVALSHA"]);
    });
  }
}

/** Tests of what single stores do beside the scenarios. */
export function storeArgumentsSuite(idempotency) {
  const { DONE, MemoryStore, Once, PostgresStore, RedisStore, SqliteStore, StoreFullError } =
    idempotency;

  test("the memory store refuses what it has no room for, and forgets nothing", () => {
    const clock = testClock(1000);
    const store = new MemoryStore({ capacity: 3, clock });
    const full = (error) => error instanceof StoreFullError && /3 events/.test(error.message);
    assert.equal(store.complete("done", "a", 10_000), true);
    assert.equal(store.claim("running", "a", 60_000), 0);
    assert.equal(store.claim("released", "a", 60_000), 0);
    assert.throws(() => store.claim("further", "a", 60_000), full);
    assert.equal(store.claim("done", "b", 60_000), DONE);
    assert.equal(store.claim("running", "b", 60_000), 60_000);
    assert.equal(store.release("released", "a"), true);
    assert.equal(store.claim("further", "a", 60_000), 0);
    assert.throws(() => store.complete("unknown", "a", 60_000), full);
    clock.advance(10_000);
    assert.equal(store.claim("later", "a", 60_000), 0);
    assert.equal(store.size, 3);
  });

  test("a full memory store looks for expired events once per second", () => {
    const clock = testClock(1000);
    const store = new MemoryStore({ capacity: 1, clock });
    const claim = () => store.claim("further", "a", 60_000);
    assert.equal(store.complete("done", "a", 1000), true);
    clock.advance(500);
    assert.throws(claim, StoreFullError);
    clock.advance(999);
    assert.throws(claim, StoreFullError);
    clock.advance(1);
    assert.equal(claim(), 0);
  });

  test("the memory store goes by a clock that is never set", () => {
    const store = new MemoryStore();
    assert.equal(store.claim("key", "a", 60_000), 0);
    const { now } = Date;
    try {
      Date.now = () => now() + 3_600_000;
      assert.ok(store.claim("key", "b", 60_000) > 50_000);
    } finally {
      Date.now = now;
    }
  });

  test("a store of the wrong kind of thing is refused", () => {
    for (const capacity of [0, -1, 1.5, Number.NaN, 2 ** 24]) {
      assert.throws(() => new MemoryStore({ capacity }), RangeError);
    }
    assert.throws(() => new MemoryStore({ size: 1 }), /there is no option "size"/);
    assert.throws(() => new SqliteStore(":memory:"), /must name a file/);
    assert.throws(() => new SqliteStore(7), /a value of type number|pass the path/);
    for (const wrong of [undefined, null, {}, { eval() {} }]) {
      assert.throws(() => new RedisStore(wrong), /pass a client of ioredis, iovalkey or redis/);
      assert.throws(() => new PostgresStore(wrong), /pass a Pool or Client of pg/);
      assert.throws(() => new Once(wrong), /claim, complete and release/);
    }
  });

  test("the scenarios are well formed", () => {
    assert.ok(SCENARIOS.length >= 18);
    for (const { steps } of SCENARIOS) {
      for (const step of steps) {
        if ("wait" in step || "clock" in step) assert.equal(Object.keys(step).length, 1);
        else assert.equal("left" in step, step.gives === "in_progress");
      }
    }
  });
}
