// Tests what a receiver with a store answers, runs, marks and reports.

import assert from "node:assert/strict";
import { once as emitted } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, afterEach, before, beforeEach, describe, mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PATH, started } from "../support/hosts.mjs";
import { NOW, SECRET, svixHeaders } from "../support/sender.mjs";

const EVENT = { id: "evt_1", type: "customer.at_risk", data: { object: { id: "cus_1" } } };
const BODY = JSON.stringify(EVENT);
const HEADERS = svixHeaders({ at: NOW, body: BODY });

async function postTo({ port }) {
  const response = await fetch(`http://127.0.0.1:${port}${PATH}`, {
    method: "POST",
    headers: HEADERS,
    body: BODY,
    redirect: "manual",
  });
  const retryAfter = response.headers.get("retry-after");
  return { status: response.status, body: await response.text(), retryAfter };
}

/** By host: how a handler answers with a status and a text, in each way that the host has. */
const ANSWERS = {
  "node:http": {
    "end()": (status, text) => (_, _request, response) => {
      response.statusCode = status;
      response.end(text);
    },
    "writeHead() and write()": (status, text) => (_, _request, response) => {
      response.writeHead(status, { "x-own": "yes" }).write(text);
      response.end();
    },
    "end() and waiting for it": (status, text) => async (_, _request, response) => {
      response.statusCode = status;
      await new Promise((resolve) => response.end(text, resolve));
    },
    "a pipeline": (status, text) => async (_, _request, response) => {
      response.statusCode = status;
      await pipeline(Readable.from([Buffer.from(text)]), response);
    },
    "a listener for its end": (status, text) => async (_, _request, response) => {
      response.statusCode = status;
      response.end(text);
      await emitted(response, "finish");
    },
  },
  Express: {
    "send()": (status, text) => (_, _request, response) => response.status(status).send(text),
    "end() and more work": (status, text) => async (_, _request, response) => {
      response.status(status).end(text);
      await sleep(5);
    },
  },
  Fastify: {
    "what it returns": (status, text) => (_, _request, reply) => (reply.code(status), text),
    "send()": (status, text) => (_, _request, reply) => reply.code(status).send(text),
    "an async send()": (status, text) => async (_, _request, reply) => {
      reply.code(status).send(text);
      return reply;
    },
    "a later send()": (status, text) => async (_, _request, reply) => {
      setTimeout(() => reply.code(status).send(text), 5);
      return reply;
    },
    "Node's response": (status, text) => (_, _request, reply) => {
      reply.hijack();
      reply.raw.writeHead(status).end(text);
    },
  },
  Koa: {
    "status and body": (status, text) => (_, context) =>
      Object.assign(context, { status, body: text }),
    "Node's response": (status, text) => (_, context) => {
      context.respond = false;
      context.res.writeHead(status).end(text);
    },
  },
  Hono: { "text()": (status, text) => (_, context) => context.text(text, status) },
  "a fetch handler": { "a Response": (status, text) => () => new Response(text, { status }) },
};
ANSWERS.Next = ANSWERS["node:http"];
ANSWERS["Express 4"] = ANSWERS["Express 5"] = { ...ANSWERS["node:http"], ...ANSWERS.Express };
delete ANSWERS.Express;

/** `from` has the receivers by the names of their subpaths. */
export function onceSuite({ Webhook }, idempotency, queue, { receiver }, from) {
  const { claimOf, DONE, LeaseLostError, MemoryStore, Once } = idempotency;
  const webhook = new Webhook(SECRET, { clock: () => NOW });
  const KEY = webhook.unwrap(BODY, HEADERS).idempotencyKey;

  /** The memory store, whose leases don't end, with a switch for its faults. */
  class Switched {
    memory = new MemoryStore({ clock: () => 1000 });
    isDown = false;
    hangs = false;

    claim(...given) {
      return this.#unless(() => this.memory.claim(...given));
    }

    complete(...given) {
      return this.#unless(() => this.memory.complete(...given));
    }

    release(...given) {
      return this.#unless(() => this.memory.release(...given));
    }

    async #unless(operation) {
      if (this.isDown) throw new Error("the store is down");
      if (this.hangs) await new Promise(() => {});
      return operation();
    }
  }

  let store;
  let outcomes;
  let runs;
  let errors;
  let behave;

  const results = () => outcomes.map(({ result }) => result);
  const handle = async (event, ...context) => {
    runs.push(event.id);
    return behave(event, ...context);
  };
  /** What the tests of the flow call: a receiver without a framework. */
  const flow = (options = {}, more = {}) => {
    const receive = receiver(webhook, handle, {
      onOutcome: (outcome) => outcomes.push(outcome),
      // A busy machine may take its time.
      once: new Once(store, { storeTimeout: 0.9 * (options.lease ?? 60), ...options }),
    });
    return () => receive({ method: "POST", headers: HEADERS, body: BODY, ...more });
  };

  beforeEach(() => {
    store = new Switched();
    [outcomes, runs, errors] = [[], [], []];
    behave = () => {};
    mock.method(console, "error", (...given) => errors.push(given));
    mock.method(console, "warn", (...given) => errors.push(given));
  });
  afterEach(() => mock.restoreAll());

  for (const [host, ways] of Object.entries(ANSWERS)) {
    describe(`a receiver with a store and ${host}`, () => {
      let server;
      let stores;
      before(async () => {
        const current = {
          claim: (...given) => store.claim(...given),
          complete: (...given) => store.complete(...given),
          release: (...given) => store.release(...given),
        };
        stores = current;
        const receive = ({ webhookHandler }) =>
          webhookHandler(webhook, (...given) => handle(...given), {
            onOutcome: (outcome) => outcomes.push(outcome),
            once: new Once(current, { storeTimeout: 10 }),
          });
        server = await started(host, from, receive);
      });
      after(() => server.stop());

      const post = () => postTo(server);

      test("handles an event once", async () => {
        behave = (event) => {
          assert.equal(claimOf(event).key, KEY);
        };
        for (let sent = 0; sent < 2; sent += 1) {
          assert.deepEqual(await post(), { status: 200, body: "ok", retryAfter: null });
        }
        assert.deepEqual([runs, results()], [["evt_1"], ["accepted", "accepted", "duplicate"]]);
        assert.equal(store.memory.claim(KEY, "other", 1000), DONE);
        assert.equal(typeof stores.claim, "function");
      });

      test("answers 409 to an event that it is handling", async () => {
        let second;
        behave = async () => {
          if (runs.length === 1) second = await post();
        };
        assert.equal((await post()).status, 200);
        assert.deepEqual(second, { status: 409, body: "event in progress", retryAfter: "60" });
        assert.deepEqual(runs, ["evt_1"]);
        assert.deepEqual(results(), ["accepted", "accepted", "in_progress"]);
      });

      test("runs an event again whose handler threw", async () => {
        behave = () => {
          throw new RangeError("no such customer");
        };
        assert.equal((await post()).status, 500);
        assert.equal(store.memory.size, 0);
        behave = () => {};
        assert.equal((await post()).status, 200);
        assert.deepEqual(runs, ["evt_1", "evt_1"]);
      });

      test("answers 503 if the store is down", async () => {
        store.isDown = true;
        const unavailable = { status: 503, body: "try again later", retryAfter: "5" };
        assert.deepEqual(await post(), unavailable);
        assert.deepEqual([runs, results()], [[], ["accepted", "store_failed"]]);
        assert.match(outcomes[1].storeError.message, /the store is down/);
      });

      test("answers 409 if it lost its lease", async () => {
        behave = loseLease;
        const { status, retryAfter } = await post();
        assert.deepEqual([status, retryAfter], [409, "30"]);
        assert.deepEqual(results(), ["accepted", "lease_lost"]);
      });

      for (const [way, answering] of Object.entries(ways)) {
        test(`sends the handler's own answer, by ${way}, when the event is done`, async () => {
          behave = answering(202, "taken");
          const answer = { status: 202, body: "taken", retryAfter: null };
          assert.deepEqual(await post(), answer);
          assert.equal(store.memory.claim(KEY, "other", 1000), DONE);
          assert.equal((await post()).status, 200);
          assert.deepEqual(runs, ["evt_1"]);
        });

        test(`sends no answer of the handler, by ${way}, if the event can't be done`, async () => {
          behave = (...given) => {
            store.isDown = true;
            return answering(202, "a text of another length")(...given);
          };
          const unavailable = { status: 503, body: "try again later", retryAfter: "5" };
          assert.deepEqual(await post(), unavailable);
          assert.deepEqual(results(), ["accepted", "store_failed"]);
          assert.ok(store.memory.claim(KEY, "other", 1000) > 0);
        });

        test(`runs an event again that was answered with 500, by ${way}`, async () => {
          behave = answering(500, "later");
          const { status, body } = await post();
          assert.deepEqual([status, body], [500, "later"]);
          assert.equal(store.memory.claim(KEY, "other", 1000), 0);
          assert.deepEqual(results(), ["accepted"]);
        });
      }
    });
  }

  for (const name of ["Express 4", "Express 5", "node:http", "Fastify", "Koa"]) {
    test(`a handler of ${name} that throws after its answer is answered 500`, async () => {
      const [[, answering]] = Object.entries(ANSWERS[name]).slice(name === "Fastify" ? 1 : 0);
      behave = async (...given) => {
        void answering(202, "taken")(...given);
        throw new RangeError("after the answer");
      };
      const server = await started(name, from, ({ webhookHandler }) =>
        webhookHandler(webhook, handle, { onOutcome() {}, once: store }),
      );
      const { status } = await postTo(server);
      server.stop();
      assert.equal(status, 500);
      assert.equal(store.memory.claim(KEY, "other", 1000), 0);
    });
  }

  test("a redirect does not complete an event", async () => {
    behave = (_, _request, response) => response.redirect("/elsewhere");
    const server = await started("Express 5", from, ({ webhookHandler }) =>
      webhookHandler(webhook, handle, { onOutcome() {}, once: store }),
    );
    const { status } = await postTo(server);
    server.stop();
    assert.equal(status, 302);
    assert.equal(store.memory.claim(KEY, "other", 1000), 0);
  });

  describe("an AWS Lambda function with a store", () => {
    const request = {
      version: "2.0",
      headers: HEADERS,
      requestContext: { http: { method: "POST" } },
      body: BODY,
      isBase64Encoded: false,
    };
    const context = { left: 30_000, getRemainingTimeInMillis: () => context.left };
    const call = (given = context) =>
      from.lambda.webhookHandler(webhook, handle, {
        onOutcome: (outcome) => outcomes.push(outcome),
        once: store,
      })(request, given);

    test("handles an event once", async () => {
      for (let sent = 0; sent < 2; sent += 1) {
        const { statusCode, body } = await call();
        assert.deepEqual([statusCode, body], [200, "ok"]);
      }
      assert.deepEqual([runs, results()], [["evt_1"], ["accepted", "accepted", "duplicate"]]);
    });

    test("has a lease of the rest of its invocation", async () => {
      let left;
      behave = () => (left = store.memory.claim(KEY, "other", 1000));
      for (const [remaining, lease] of [
        [30_000, 30_000],
        [1234.5, 1234],
        [-1, 1],
      ]) {
        context.left = remaining;
        store = new Switched();
        await call();
        assert.equal(left, lease);
      }
      store = new Switched();
      await call({});
      assert.equal(left, 60_000);
    });

    test("answers by itself, and runs again what was not answered with 2xx", async () => {
      for (const [response, claimed] of [
        [{ statusCode: 202 }, DONE],
        [{ statusCode: "201" }, DONE],
        [{ any: "thing" }, DONE],
        [{ statusCode: 500 }, 0],
        [{ statusCode: 302 }, 0],
      ]) {
        store = new Switched();
        behave = () => response;
        assert.equal(await call(), response);
        assert.equal(store.memory.claim(KEY, "other", 1000), claimed);
      }
    });

    test("answers 409 and 503 in the form of its caller", async () => {
      store.memory.claim(KEY, "other", 9500);
      const { statusCode, headers } = await call();
      assert.deepEqual([statusCode, headers["retry-after"]], [409, "10"]);
      store.isDown = true;
      assert.equal((await call()).statusCode, 503);
    });
  });

  test("a store that hangs is answered 503 within the timeout", async () => {
    store.hangs = true;
    const { answer, handled } = await flow({ storeTimeout: 0.02 })();
    assert.deepEqual([answer.status, answer.headers["retry-after"], handled], [503, "5", false]);
    assert.match(outcomes[1].storeError.message, /took more than 0.02 s/);
    const start = performance.now();
    const receive = receiver(webhook, handle, { onOutcome() {}, once: store });
    const { answer: late } = await receive({ method: "POST", headers: HEADERS, body: BODY });
    assert.equal(late.status, 503);
    assert.ok(performance.now() - start >= 490);
  });

  test("failing open has a name that says so", async () => {
    store.isDown = true;
    behave = () => "returned";
    const post = flow({ dangerouslyRunWhenStoreFails: true });
    for (let sent = 0; sent < 2; sent += 1) {
      const { answer, handled, result } = await post();
      assert.deepEqual([answer.status, handled, result], [200, true, "returned"]);
    }
    assert.equal(runs.length, 2);
    assert.deepEqual(results(), ["accepted", "store_failed", "accepted", "store_failed"]);
    assert.equal(outcomes[1].status, 200);
  });

  test("a store that fails to release costs a lease", async () => {
    behave = () => {
      store.isDown = true;
      throw new RangeError("no such customer");
    };
    await assert.rejects(flow()(), /no such customer/);
    assert.match(errors[0][0], /could not be released/);
  });

  test("a worker that is overtaken answers as the other", async () => {
    behave = (event) => {
      const { key, token } = claimOf(event);
      store.memory.release(key, token);
      store.memory.complete(key, "other", 30_000);
    };
    const { answer, handled } = await flow()();
    assert.deepEqual([answer.status, handled], [200, false]);
    assert.deepEqual(results(), ["accepted", "lease_lost"]);
  });

  test("a handler can say that it lost its lease", async () => {
    behave = () => {
      throw new LeaseLostError("found in the handler's own transaction");
    };
    const { answer } = await flow()();
    assert.deepEqual([answer.status, answer.headers["retry-after"]], [409, "5"]);
    assert.deepEqual(results(), ["accepted", "lease_lost"]);
  });

  test("a lease is renewed while the handler runs", async () => {
    const renewals = [];
    const claim = store.claim.bind(store);
    let renewed;
    const enough = new Promise((resolve) => (renewed = resolve));
    store.claim = (key, token, lease) => {
      renewals.push(lease);
      if (renewals.length === 4) renewed();
      return claim(key, token, lease);
    };
    behave = () => enough;
    const start = performance.now();
    assert.equal((await flow({ lease: 1.2 })()).answer.status, 200);
    // The first is the claim; three renewals take as long as one lease.
    assert.ok(performance.now() - start >= 1100);
    assert.deepEqual(new Set(renewals), new Set([1200]));
    const count = renewals.length;
    await sleep(500);
    assert.equal(renewals.length, count);
    assert.equal(store.memory.claim(KEY, "other", 1000), DONE);
  });

  test("a long handler sees that its lease is lost", async () => {
    behave = async (event) => {
      loseLease(event);
      while (!claimOf(event).isLost) await sleep(10);
    };
    assert.equal((await flow({ lease: 1 })()).answer.status, 409);
  });

  test("a long handler sees that its lease has ended while the store was down", async () => {
    behave = async (event) => {
      assert.equal(claimOf(event).isLost, false);
      store.isDown = true;
      while (!claimOf(event).isLost) await sleep(10);
      assert.equal(claimOf(event).wasTaken, false);
      store.isDown = false;
    };
    const begun = performance.now();
    assert.equal((await flow({ lease: 1 })()).answer.status, 200);
    assert.ok(performance.now() - begun >= 1000);
  });

  test("a renewal that fails is logged, and the next one is tried", async () => {
    behave = async (event) => {
      store.isDown = true;
      while (errors.length === 0) await sleep(10);
      store.isDown = false;
      assert.equal(claimOf(event).isLost, false);
    };
    assert.equal((await flow({ lease: 1 })()).answer.status, 200);
    assert.match(errors[0][0], /could not be renewed/);
  });

  test("a renewal that has begun ends before the event is released", async () => {
    const order = [];
    let begun;
    const renewing = new Promise((resolve) => (begun = resolve));
    const slow = {
      async claim() {
        order.push("claim");
        if (order.length === 2) {
          begun();
          await sleep(20);
          order.push("renewed");
        }
        return 0;
      },
      complete: assert.fail,
      release: () => order.push("release") > 0,
    };
    store = slow;
    behave = async () => {
      await renewing;
      throw new RangeError("no such customer");
    };
    await assert.rejects(flow({ lease: 1 })());
    assert.deepEqual(order, ["claim", "claim", "renewed", "release"]);
  });

  test("many deliveries at once run one handler", async () => {
    behave = () => sleep(20);
    const post = flow();
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await post()).answer.status),
    );
    assert.deepEqual(runs, ["evt_1"]);
    assert.deepEqual(statuses.sort(), [200, ...Array.from({ length: 19 }, () => 409)]);
  });

  test("a forged message claims nothing", async () => {
    const forged = { ...HEADERS, "svix-signature": `v1,${"A".repeat(43)}=` };
    const { answer } = await flow({}, { headers: forged })();
    assert.equal(answer.status, 401);
    assert.equal(store.memory.size, 0);
    assert.equal((await flow()()).answer.status, 200);
  });

  test("endpoints that share a store have sources of their own", async () => {
    for (const source of ["crm", "billing", "crm"]) {
      const endpoint = new Webhook(SECRET, { clock: () => NOW, source });
      const ran = (event) => runs.push(event.idempotencyKey.split("_")[0]);
      const receive = receiver(endpoint, ran, { onOutcome() {}, once: store });
      await receive({ method: "POST", headers: HEADERS, body: BODY });
    }
    assert.deepEqual(runs, ["crm", "billing"]);
  });

  test("options that break the promise are refused", () => {
    const wide = new Webhook(SECRET, { tolerance: 3600 });
    assert.throws(
      () => receiver(wide, handle, { once: new Once(store, { keep: 7199 }) }),
      /at least 7200 seconds, twice the tolerance/,
    );
    receiver(wide, handle, { once: new Once(store, { keep: 7200 }) });
    const forever = new Webhook(SECRET, { dangerouslyIgnoreTimestamp: true });
    receiver(forever, handle, { once: new Once(store, { keep: 1 }) });
    for (const options of [
      { lease: 0 },
      { lease: 43_201 },
      { lease: Number.NaN },
      { keep: 0 },
      { keep: 90 * 86_400 + 1 },
      { storeTimeout: 0 },
      { storeTimeout: 60 },
    ]) {
      assert.throws(() => new Once(store, options), { name: "RangeError", message: /seconds/ });
    }
    new Once(store, { keep: 90 * 86_400 });
    for (const options of [{ lease: "60" }, { leases: 60 }, [], 1]) {
      assert.throws(() => new Once(store, options), TypeError);
    }
    for (const once of [null, {}, 1, "webhooks.db", { claim() {} }]) {
      assert.throws(() => receiver(webhook, handle, { once }), /claim, complete and release/);
    }
    receiver(webhook, handle, { once: undefined });
  });

  test("an event without a store has no claim", async () => {
    behave = (event) => claimOf(event);
    const receive = receiver(webhook, handle, { onOutcome() {} });
    await assert.rejects(
      receive({ method: "POST", headers: HEADERS, body: BODY }),
      /comes from no receiver with the option `once`/,
    );
  });

  test("the claim of an event is not among its fields", async () => {
    const plain = webhook.unwrap(BODY, HEADERS);
    behave = (event) => {
      assert.deepEqual(Object.keys(event), Object.keys(plain));
      assert.deepEqual(structuredClone({ ...event }), structuredClone({ ...plain }));
    };
    assert.equal((await flow()()).answer.status, 200);
  });

  test("the log tells what the store said", async () => {
    mock.restoreAll();
    const logged = [];
    for (const level of ["info", "warn", "error"]) {
      mock.method(console, level, (...given) => logged.push([level, ...given]));
    }
    const receive = receiver(webhook, handle, { once: store });
    const lines = async () => {
      logged.length = 0;
      await receive({ method: "POST", headers: HEADERS, body: BODY });
      assert.match(logged[0][1], /^webhook accepted /);
      assert.match(logged[1][1], /"id":"evt_1"/);
      return [logged[1][0], logged[1][1].split(" {")[0], ...logged[1].slice(2)];
    };
    behave = loseLease;
    const elsewhere = "another worker has the event";
    assert.deepEqual(await lines(), ["warn", `webhook handled, but meanwhile ${elsewhere}`]);
    assert.deepEqual(await lines(), ["info", `webhook not handled now: ${elsewhere}`]);
    store.memory.complete(KEY, "other worker", 60_000);
    assert.deepEqual(await lines(), ["info", "webhook not handled again: the event is done"]);
    store.isDown = true;
    assert.deepEqual(await lines(), ["error", "webhook store failed", outcomeError()]);
  });

  function outcomeError() {
    return new Error("the store is down");
  }

  /** What the store has after the lease has ended and another worker has claimed. */
  function loseLease(event) {
    const { key, token } = claimOf(event);
    assert.equal(store.memory.release(key, token), true);
    assert.equal(store.memory.claim(key, "other worker", 30_000), 0);
  }

  test("a worker passes a restored event, and the handler runs once", async () => {
    const { dump, restoreTrusted } = queue;
    const event = restoreTrusted(dump(webhook.unwrap(BODY, HEADERS)));
    const store = new Switched();
    const once = new Once(store);
    const ran = [];
    const statusOf = async (run) => {
      const { status, retryAfter } = await once.run({ event, run });
      return [status, retryAfter];
    };
    const run = async () => {
      ran.push(event.type);
      // The job is there twice, and another worker has the other one.
      assert.deepEqual(await statusOf(run), [409, 60]);
    };
    store.isDown = true;
    assert.deepEqual(await statusOf(run), [503, 5]);
    store.isDown = false;
    const fails = async () => {
      throw new RangeError("no such customer");
    };
    await assert.rejects(statusOf(fails), /no such customer/);
    assert.deepEqual(await statusOf(run), [200, undefined]);
    assert.deepEqual(await statusOf(run), [200, undefined]);
    assert.deepEqual(ran, ["customer.at_risk"]);
  });
}
