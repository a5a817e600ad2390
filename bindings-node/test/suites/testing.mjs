// Tests `/testing`: its signed requests are accepted, and each of its faults is refused.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, describe, mock, test } from "node:test";
import { inspect } from "node:util";
import { gunzipSync } from "node:zlib";
import { build } from "esbuild";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import supertest from "supertest";
import { NOW, pivotalHeaders, pivotHeaders, SECRET, svixHeaders } from "../support/sender.mjs";

const SCHEMES = ["svix", "pivotal", "pivot"];

const FAULTS = {
  stale: "timestamp_too_old",
  future: "timestamp_too_new",
  tampered: "signature_mismatch",
  withWrongSecret: "signature_mismatch",
  reserialised: "signature_mismatch",
  withDuplicateHeader: "header_duplicated",
  withoutHeader: "header_missing",
  compressed: "signature_mismatch",
  oversized: "payload_too_large",
};

/** `from` is a file of the package's own tests. */
export function testingSuite({ Webhook, ...pkg }, testing, receivers, packageName, from) {
  const { event, frozenClock, newSecret, sampleEvent, SignedRequest, signedRequest } = testing;

  const EVENTS = {
    svix: sampleEvent("customer.at_risk"),
    pivotal: sampleEvent("contact.created"),
    pivot: sampleEvent("message_sent"),
  };
  const requestOf = (scheme = "svix", options = {}) =>
    signedRequest(EVENTS[scheme], SECRET, { at: NOW, scheme, ...options });
  const endpoint = (scheme = "svix", options = {}) => {
    const given = { clock: frozenClock(NOW), ...options };
    return scheme === "pivot" ? Webhook.pivot(SECRET, given) : new Webhook(SECRET, given);
  };
  const codeOf = ({ body, headers }, webhook) => {
    try {
      webhook.unwrap(body, headers);
    } catch (error) {
      return error.code;
    }
    return "accepted";
  };

  describe("signedRequest", () => {
    test("signs what is accepted", () => {
      for (const scheme of SCHEMES) {
        const { body, headers } = requestOf(scheme);
        const event = endpoint(scheme).unwrap(body, headers);
        const timed = scheme === "pivot" && { timestamp: new Date(NOW * 1000).toISOString() };
        assert.deepEqual(JSON.parse(Buffer.from(body)), { ...EVENTS[scheme], ...timed });
        assert.equal(event.delivery.scheme, scheme);
        assert.equal(event.delivery.timestamp, scheme === "pivot" ? null : NOW);
      }
    });

    test("sends the headers of the sender", () => {
      const body = '{"id":"evt_1","type":"customer.at_risk","data":{}}';
      const type = { "content-type": "application/json" };
      const sent = (scheme) =>
        signedRequest(body, SECRET, { at: NOW, id: "msg_1", scheme }).headers;
      assert.deepEqual(sent("svix"), { ...svixHeaders({ body }), ...type });
      assert.deepEqual(sent("pivot"), { ...pivotHeaders({ body }), ...type });
      const { "pivotal-signature": signature, ...unsigned } = sent("pivotal");
      assert.ok(signature.startsWith(pivotalHeaders({ body })["pivotal-signature"]));
      assert.deepEqual(unsigned, {
        "pivotal-event": "customer.at_risk",
        "pivotal-delivery-id": "msg_1",
        ...type,
      });
    });

    test("writes an object as compact JSON, and sends bytes and text as they are", () => {
      const bodyOf = (payload) => Buffer.from(signedRequest(payload, SECRET).body);
      assert.equal(
        `${bodyOf({ name: "Renée", list: [1, null] })}`,
        '{"name":"Renée","list":[1,null]}',
      );
      assert.equal(`${bodyOf('{ "name": "Renée" }')}`, '{ "name": "Renée" }');
      const bytes = Uint8Array.of(0xff, 0x7b);
      assert.deepEqual([...bodyOf(bytes)], [0xff, 0x7b]);
      for (const other of [[1], 7, null, undefined, new Date()]) {
        assert.throws(() => signedRequest(other, SECRET), {
          name: "TypeError",
          message: /^event is/,
        });
      }
    });

    test("signs at the current time with a new id by default", (context) => {
      context.mock.timers.enable({ apis: ["Date"], now: NOW * 1000 + 999 });
      const { body, headers } = signedRequest("{}", SECRET);
      const { skew, timestamp } = new Webhook(SECRET).verifySignature(body, headers);
      assert.deepEqual([skew, timestamp], [0, NOW]);
      const idOf = (options) => {
        const request = requestOf("svix", options);
        return endpoint().verifySignature(request.body, request.headers).id;
      };
      assert.notEqual(idOf(), idOf());
      assert.equal(idOf({ id: "msg_1" }), "msg_1");
      const refusal = { name: "WebhookVerificationError", code: "header_malformed" };
      assert.throws(() => idOf({ id: "msg.1" }), refusal);
      assert.deepEqual(
        requestOf("svix", { id: "msg_1", at: new Date(NOW * 1000) }).headers,
        requestOf("svix", { id: "msg_1" }).headers,
      );
    });

    test("takes the scheme from the event, and the time of a sample from the clock", () => {
      const webhook = endpoint("pivot", { maxEventAge: 60 });
      for (const event of [sampleEvent("message_sent"), { ...sampleEvent("message_edited") }]) {
        const { body, headers } = signedRequest(event, SECRET, { at: NOW });
        assert.equal(webhook.unwrap(body, headers).delivery.scheme, "pivot");
      }
      const timestamp = "2026-01-01T00:00:00.000Z";
      const chosen = signedRequest(sampleEvent("message_sent", { timestamp }), SECRET, { at: NOW });
      assert.equal(JSON.parse(Buffer.from(chosen.body)).timestamp, timestamp);
      assert.ok("svix-id" in signedRequest(sampleEvent("task.completed"), SECRET).headers);
      assert.ok("svix-id" in signedRequest("{}", SECRET).headers);
    });

    test("takes the secrets that a webhook takes", () => {
      const text = "plain-text,-long-enough";
      const { body, headers } = signedRequest("{}", text, { at: NOW, scheme: "pivotal" });
      const webhook = new Webhook(text, { schemes: ["pivotal"], clock: () => NOW });
      assert.deepEqual(webhook.verify(body, headers), {});
    });

    test("has no option from a prototype, and none that is misspelt", () => {
      const polluted = {
        at: 1,
        scheme: "pivotal",
        id: "msg_1",
        key: "text",
        path: "/x",
        base64: true,
      };
      for (const [name, value] of Object.entries(polluted)) {
        Object.defineProperty(Object.prototype, name, {
          value,
          configurable: true,
          writable: true,
        });
      }
      let request;
      let lambda;
      try {
        request = signedRequest("{}", SECRET, {});
        lambda = request.lambdaEvent("2.0", {});
      } finally {
        for (const name of Object.keys(polluted)) delete Object.prototype[name];
      }
      assert.equal(
        new Webhook(SECRET).verifySignature(request.body, request.headers).scheme,
        "svix",
      );
      assert.notEqual(request.headers["svix-id"], "msg_1");
      assert.deepEqual([lambda.rawPath, lambda.isBase64Encoded], ["/", false]);
      const misspelt = {
        name: "TypeError",
        message: 'there is no option "schema"; did you mean scheme?',
      };
      assert.throws(() => signedRequest("{}", SECRET, { schema: "pivot" }), misspelt);
    });

    test("signs with every secret, and with a key format", () => {
      const secret = newSecret();
      const { body, headers } = signedRequest("{}", [secret, SECRET], { at: NOW });
      for (const one of [secret, SECRET]) {
        assert.ok(new Webhook(one, { clock: () => NOW }).verify(body, headers));
      }
      const text = "no-base64,-but-long-enough";
      const keyed = signedRequest("{}", text, { at: NOW, key: "text" });
      const webhook = new Webhook(text, { key: "text", clock: () => NOW });
      assert.ok(webhook.verify(keyed.body, keyed.headers));
      assert.throws(() => signedRequest("{}", text), { code: "secret_malformed" });
    });

    test("shows no secret", () => {
      const secret = newSecret();
      assert.notEqual(secret, newSecret());
      for (const scheme of SCHEMES) {
        const request = signedRequest("{}", secret, { scheme });
        for (const shown of [inspect(request, { depth: 9 }), JSON.stringify(request)]) {
          assert.ok(!shown.includes(secret));
        }
      }
    });
  });

  describe("a fault", () => {
    test("is refused with its code, and leaves the request as it is", () => {
      for (const scheme of SCHEMES) {
        for (const [fault, code] of Object.entries(FAULTS)) {
          const request = requestOf(scheme);
          const webhook = endpoint(scheme, scheme === "pivot" ? { maxEventAge: 86_400 } : {});
          assert.equal(codeOf(request[fault](), webhook), code, `${scheme} ${fault}`);
          assert.equal(codeOf(request, webhook), "accepted");
        }
      }
    });

    test("of the time can be as small as wished", () => {
      const request = requestOf();
      for (const seconds of [300, -300]) {
        assert.equal(codeOf(request.future(seconds), endpoint()), "accepted");
        assert.equal(codeOf(request.stale(seconds), endpoint()), "accepted");
      }
      assert.equal(codeOf(request.stale(301), endpoint()), "timestamp_too_old");
      const again = request.again(10);
      assert.equal(codeOf(again, endpoint()), "accepted");
      assert.deepEqual(again.body, request.body);
      assert.notDeepEqual(again.headers, request.headers);
      assert.equal(codeOf(request.future(301), endpoint()), "timestamp_too_new");
      const tolerant = endpoint("svix", { tolerance: 3600 });
      assert.equal(codeOf(request.stale(), tolerant), "timestamp_too_old");
      assert.equal(codeOf(request.future(), tolerant), "timestamp_too_new");
    });

    test("of the time of an event of Pivot can be as small as wished", () => {
      const webhook = endpoint("pivot", { maxEventAge: 60 });
      const request = requestOf("pivot");
      assert.equal(codeOf(request.stale(60), webhook), "accepted");
      assert.equal(codeOf(request.stale(61), webhook), "timestamp_too_old");
      assert.equal(codeOf(request.stale(61).future(1), webhook), "accepted");
      const oldest = endpoint("pivot", { maxEventAge: 31_536_000 });
      assert.equal(codeOf(request.stale(), oldest), "timestamp_too_old");
      assert.equal(codeOf(request.stale(), endpoint("pivot")), "accepted");
      for (const body of ["{}", "[]", "null", '{"timestamp":7}']) {
        const untimed = signedRequest(body, SECRET, { scheme: "pivot" });
        assert.throws(() => untimed.stale(), RangeError);
        assert.throws(() => untimed.future(), RangeError);
      }
    });

    test("can be combined with others", () => {
      const request = requestOf();
      assert.equal(codeOf(request.stale().tampered(), endpoint()), "signature_mismatch");
      assert.equal(codeOf(request.withWrongSecret().stale(), endpoint()), "signature_mismatch");
      assert.equal(codeOf(request.oversized(10_000).stale(), endpoint()), "timestamp_too_old");
    });

    test("changes one byte, or adds it", () => {
      for (const body of ["", "{", JSON.stringify(EVENTS.svix)]) {
        const request = signedRequest(body, SECRET, { at: NOW });
        const tampered = request.tampered();
        const differing = request.body.filter((byte, index) => byte !== tampered.body[index]);
        assert.equal(differing.length, Math.min(request.body.length, 1));
        assert.equal(codeOf(tampered, endpoint()), "signature_mismatch");
      }
    });

    test("exceeds the limit by one byte", () => {
      const webhook = endpoint("svix", { maxBody: 5_000 });
      assert.equal(codeOf(requestOf().oversized(5_000), webhook), "payload_too_large");
      assert.equal(requestOf().oversized(5_000).body.length, 5_001);
      assert.equal(codeOf(requestOf().oversized(4_999), webhook), "accepted");
    });

    test("writes JSON otherwise, or not at all", () => {
      for (const written of [JSON.stringify(EVENTS.svix), JSON.stringify([1, 2], null, 1)]) {
        const again = Buffer.from(signedRequest(written, SECRET).reserialised().body);
        assert.notEqual(`${again}`, written);
        assert.deepEqual(JSON.parse(again), JSON.parse(written));
      }
      assert.throws(() => signedRequest("{}", SECRET).reserialised(), RangeError);
      assert.throws(() => signedRequest("{", SECRET).reserialised(), SyntaxError);
    });

    test("compresses what can be inflated again", () => {
      for (const body of ["", "{}", "x".repeat(65_535), "x".repeat(200_000)]) {
        const { body: compressed, headers } = signedRequest(body, SECRET).compressed();
        assert.equal(`${gunzipSync(compressed)}`, body);
        assert.equal(headers["content-encoding"], "gzip");
      }
    });
  });

  describe("a client", async () => {
    const judged = (body, headers) => codeOf({ body, headers }, endpoint());
    const app = express();
    app.use(express.raw({ type: () => true, limit: "2mb", inflate: false }));
    app.post("/", (request, response) => {
      const raw = request.rawHeaders;
      const pairs = raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1]]] : []));
      response.send(judged(request.body, pairs));
    });
    const hono = new Hono();
    hono.post("/", async ({ req, text }) => text(judged(await req.arrayBuffer(), req.raw.headers)));
    const fastify = Fastify({ bodyLimit: 2 ** 22 });
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    fastify.post("/", async ({ body, headers }) => judged(body, headers));
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      response.end(judged(body, request.headers));
    }).listen(0, "127.0.0.1");
    after(() => server.close());
    await once(server, "listening");

    const lambda = (...given) => {
      return (request) => {
        const event = JSON.parse(JSON.stringify(request.lambdaEvent(...given)));
        const body = event.isBase64Encoded ? Buffer.from(event.body, "base64") : event.body;
        return judged(body, event.headers);
      };
    };
    const clients = {
      request: async (request) => {
        const received = request.request("http://localhost/webhooks/pivotal");
        return judged(await received.arrayBuffer(), received.headers);
      },
      fetch: async (request) => {
        const response = await fetch(`http://127.0.0.1:${server.address().port}/`, request.init());
        return response.text();
      },
      hono: async (request) => (await hono.request("/", request.init())).text(),
      supertest: async (request) => (await supertest(app).post("/").use(request.supertest())).text,
      inject: async (request) => (await fastify.inject(request.inject("/"))).body,
      "lambda 2.0": lambda("2.0"),
      "lambda 2.0 in base64": lambda("2.0", { base64: true }),
      "lambda 1.0": lambda("1.0"),
      "lambda alb": lambda("alb"),
    };
    const DUPLICATED = {
      supertest: "header_duplicated",
      "lambda 1.0": "signature_mismatch",
      "lambda alb": "signature_mismatch",
    };

    for (const [client, deliver] of Object.entries(clients)) {
      test(`${client} delivers what is genuine and what is not`, async () => {
        for (const scheme of ["svix", "pivotal"]) {
          assert.equal(await deliver(requestOf(scheme)), "accepted");
        }
        for (const [fault, code] of Object.entries(FAULTS)) {
          // Express's parser answers 415.
          if (client === "supertest" && fault === "compressed") continue;
          const expected =
            fault === "withDuplicateHeader" ? (DUPLICATED[client] ?? "header_malformed") : code;
          assert.equal(await deliver(requestOf()[fault]()), expected, fault);
        }
      });
    }

    test("of AWS keeps repeated lines where AWS does", () => {
      const request = requestOf("svix", { id: "msg_1" }).withDuplicateHeader();
      const event = request.lambdaEvent("1.0", { path: "/webhooks/pivotal" });
      assert.equal(event.path, "/webhooks/pivotal");
      assert.deepEqual(event.multiValueHeaders["svix-id"], ["msg_1", "msg_10"]);
      assert.equal(event.headers["svix-id"], "msg_10");
      assert.equal(request.lambdaEvent("2.0").headers["svix-id"], "msg_1,msg_10");
      assert.equal(signedRequest(Uint8Array.of(0xff), SECRET).lambdaEvent().body, "/w==");
    });
  });

  test("the receivers refuse every fault that the time allows", async () => {
    const codes = [];
    const handler = receivers.webhookHandler(endpoint(), () => {}, {
      onOutcome: ({ code }) => codes.push(code),
    });
    for (const fault of Object.keys(FAULTS)) {
      const response = await handler(requestOf()[fault]().request("http://localhost/"));
      assert.ok([401, 413].includes(response.status));
    }
    assert.deepEqual(codes, [
      ...Object.values({
        ...FAULTS,
        withDuplicateHeader: "header_malformed",
        compressed: "header_malformed",
      }),
    ]);
  });

  test("a frozen clock changes only by advance", () => {
    const clock = frozenClock(NOW);
    const webhook = new Webhook(SECRET, { clock });
    const request = requestOf();
    clock.advance(300);
    assert.equal(codeOf(request, webhook), "accepted");
    clock.advance(1);
    assert.equal(codeOf(request, webhook), "timestamp_too_old");
    clock.advance(-301);
    assert.equal(clock(), NOW);
    assert.equal(frozenClock(new Date(NOW * 1000))(), NOW);
  });

  test("there is a sample of every event, to be changed at will", () => {
    const types = { svix: pkg.PIVOTAL_EVENT_TYPES, pivot: pkg.PIVOT_EVENT_TYPES };
    for (const [scheme, all] of Object.entries(types)) {
      for (const type of all) {
        const { body, headers } = signedRequest(sampleEvent(type), SECRET, { scheme, at: NOW });
        assert.equal(endpoint(scheme).unwrap(body, headers).type, type);
      }
    }
    assert.equal(sampleEvent("task.completed", { id: "evt_2" }).id, "evt_2");
    assert.notEqual(sampleEvent("task.completed").id, sampleEvent("task.completed").id);
    const hostile = sampleEvent("task.completed", JSON.parse('{"__proto__":{"id":1}}'));
    assert.equal(Object.getPrototypeOf(hostile), Object.prototype);
    const changed = sampleEvent("task.completed");
    changed.data.object.title = "other";
    assert.notEqual(sampleEvent("task.completed").data.object.title, "other");
    for (const type of ["customer.merged", "toString"]) {
      assert.throws(() => sampleEvent(type), { name: "RangeError", message: /customer\.churned/ });
    }
    assert.ok(requestOf() instanceof SignedRequest);
  });

  test("the record is changed in data, as the body has it", () => {
    for (const make of [sampleEvent, event]) {
      assert.throws(() => make("customer.at_risk", { object: {} }), {
        name: "TypeError",
        message: "the body of an event has no member object; pass { data: { object: … } }",
      });
      assert.throws(() => make("message_sent", { object: {} }), /pass \{ data: … \}/);
    }
  });

  test("there is an event of every type, as unwrap returns it", () => {
    for (const [types, scheme] of [
      [pkg.PIVOTAL_EVENT_TYPES, "svix"],
      [pkg.PIVOT_EVENT_TYPES, "pivot"],
    ]) {
      for (const type of types) {
        const made = event(type);
        const request = signedRequest(sampleEvent(type, { id: made.id ?? undefined }), SECRET, {
          at: NOW,
        });
        const received = endpoint(scheme).unwrap(request.body, request.headers);
        // An event without an id is named by its body, which has the time of the sample.
        const constant = ({ delivery: _, created_at, idempotencyKey, ...rest }) => ({
          ...rest,
          id: made.id,
          idempotencyKey: idempotencyKey.slice(0, -32),
        });
        assert.deepEqual(constant(made), constant(received));
        assert.equal(made.delivery.scheme, scheme);
      }
    }
    const data = { object: { id: "cus_7", name: "Acme" } };
    assert.equal(event("customer.at_risk", { data }).object.name, "Acme");
    assert.throws(() => event("customer.at-risk"), RangeError);
    assert.throws(() => event("customer.at_risk", { data: 7 }), { code: "event_malformed" });
  });

  test("a sample needs no structuredClone", () => {
    const { structuredClone: clone } = globalThis;
    delete globalThis.structuredClone;
    try {
      assert.equal(sampleEvent("task.completed").type, "task.completed");
    } finally {
      globalThis.structuredClone = clone;
    }
  });

  test("a Date that is replaced for a test is the clock of webhooks and of signatures", () => {
    const RealDate = globalThis.Date;
    const webhook = new Webhook(SECRET);
    // Like jest, vitest and sinon, this replaces the global class.
    globalThis.Date = class extends RealDate {
      constructor(...given) {
        super(...(given.length === 0 ? [NOW * 1000] : given));
      }
      static now() {
        return NOW * 1000;
      }
    };
    try {
      const request = signedRequest("{}", SECRET);
      assert.equal(request.headers["svix-timestamp"], `${NOW}`);
      assert.equal(webhook.verifySignature(request.body, request.headers).skew, 0);
      assert.equal(codeOf(request.stale(301), webhook), "timestamp_too_old");
      assert.equal(frozenClock()(), NOW);
      assert.equal(event("task.completed").delivery.timestamp, NOW);
    } finally {
      globalThis.Date = RealDate;
    }
    mock.timers.enable({ apis: ["Date"], now: NOW * 1000 });
    try {
      const request = signedRequest("{}", SECRET);
      mock.timers.tick(300_000);
      assert.equal(webhook.verifySignature(request.body, request.headers).skew, 300);
      mock.timers.tick(1000);
      assert.equal(codeOf(request, webhook), "timestamp_too_old");
      assert.equal(new Webhook(SECRET).sign("msg_1", new Date(), "").slice(0, 3), "v1,");
    } finally {
      mock.timers.reset();
    }
  });

  test("nothing of it is in a bundle of what receives", async () => {
    const resolveDir = createRequire(from).resolve(`${packageName}/package.json`).slice(0, -13);
    const bundled = async (contents) => {
      const { outputFiles } = await build({
        stdin: { contents, resolveDir },
        bundle: true,
        write: false,
        platform: "node",
        format: "esm",
        external: ["*.node"],
      });
      return outputFiles[0].text;
    };
    const app = await bundled(`
      export { Webhook } from "${packageName}";
      export { webhookHandler } from "${packageName}/fetch";
    `);
    assert.match(app, /webhookHandler/);
    const tests = await bundled(`export * from "${packageName}/testing";`);
    for (const mark of ["sampleEvent", "evt_2nQv8c9aZmYHKr1", "withWrongSecret", "the same when"]) {
      assert.ok(!app.includes(mark) && tests.includes(mark), mark);
    }
  });
}
