// Tests that a client which repeats a completion whose answer was lost completes the event once.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import Redis from "ioredis";
import { Webhook } from "pivotal-webhooks";
import { DONE, Once, RedisStore } from "pivotal-webhooks/idempotency";
import { losingProxy } from "./support/losing-proxy.mjs";
import { NOW, SECRET, svixHeaders } from "./support/sender.mjs";
import { needsServers, redisServer } from "./support/servers.mjs";

const LEASE = 60_000;
const KEEP = 604_800_000;

describe("ioredis repeats a command whose answer was lost", needsServers, () => {
  let server, direct, proxy, client, store;

  before(async () => {
    server = await redisServer();
    direct = new Redis({ port: server.port });
  });
  after(async () => {
    direct.disconnect();
    await server.stop();
  });
  beforeEach(async (context) => {
    await direct.flushall();
    proxy = await losingProxy(server.port);
    client = new Redis({ port: proxy.port });
    client.on("error", () => {});
    context.after(() => {
      client.disconnect();
      proxy.stop();
    });
    store = new RedisStore(client);
    // Loads the scripts.
    assert.equal(await store.claim("another", "a", LEASE), 0);
    assert.equal(await store.complete("another", "a", KEEP), true);
  });

  test("and a repeated completion succeeds", async () => {
    assert.equal(await store.claim("first", "a", LEASE), 0);
    proxy.loseNextAnswer();
    assert.equal(await store.complete("first", "a", KEEP), true);
    assert.equal(proxy.lost(), 1);
    assert.equal(await new RedisStore(direct).claim("first", "b", LEASE), DONE);
  });

  test("and that of an event which another worker completed fails", async () => {
    assert.equal(await new RedisStore(direct).complete("first", "b", KEEP), true);
    proxy.loseNextAnswer();
    assert.equal(await store.complete("first", "a", KEEP), false);
    assert.equal(proxy.lost(), 1);
  });

  test("and the worker that completed the event reports no lost lease", async () => {
    const body = JSON.stringify({ id: "evt_1", type: "customer.at_risk", data: { object: {} } });
    const event = new Webhook(SECRET, { clock: () => NOW }).unwrap(
      body,
      svixHeaders({ at: NOW, body }),
    );
    const reported = [];
    const answer = await new Once(store, { lease: 61, storeTimeout: 60 }).run({
      event,
      run: async () => {
        proxy.loseNextAnswer();
        return "its own answer";
      },
      report: async (...given) => reported.push(given),
    });
    assert.equal(proxy.lost(), 1);
    assert.deepEqual(answer, { status: 200, ran: true, result: "its own answer" });
    assert.deepEqual(reported, []);
  });
});
