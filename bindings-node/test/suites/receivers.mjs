// Tests every receiver in its framework and server, over real sockets.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { serve } from "@hono/node-server";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { HOSTS, JOINS, METHODS, PATH, started } from "../support/hosts.mjs";
import { nextServer } from "../support/next.mjs";
import {
  NOW,
  pivotalHeaders,
  pivotHeaders,
  SECRET,
  svixHeaders,
  svixSignature,
} from "../support/sender.mjs";
import { announce, chunked, leave, pour, send } from "../support/wire.mjs";

const EVENT = {
  id: "evt_1",
  type: "customer.at_risk",
  data: { object: { id: "cus_1", name: "Zoë · 東京" } },
};
const BODY = JSON.stringify(EVENT);
const MAX_BODY = 2 ** 20;
const ANSWERS = {
  200: "ok",
  400: "invalid payload",
  401: "invalid signature",
  405: "method not allowed",
  413: "payload too large",
};

const fresh = (body = BODY, more = {}) => Object.entries(svixHeaders({ at: NOW, body, ...more }));
const without = (name) => fresh().filter((pair) => pair[0] !== name);
const at = (offset) => fresh(BODY, { at: NOW + offset });

const UNAUTHORIZED = {
  none: [[], "header_missing"],
  "id missing": [without("svix-id"), "header_missing"],
  "signature missing": [without("svix-signature"), "header_missing"],
  malformed: [[...without("svix-id"), ["svix-id", "a.b"]], "header_malformed"],
  "beyond ASCII": [[...without("svix-id"), ["svix-id", "msg_\xe9"]], "header_malformed"],
  compressed: [[...fresh(), ["content-encoding", "gzip"]], "header_malformed"],
  "twice compressed": [
    [...fresh(), ["content-encoding", "gzip"], ["content-encoding", "identity"]],
    "header_malformed",
  ],
  "malformed time": [
    [...without("svix-timestamp"), ["svix-timestamp", "soon"]],
    "timestamp_malformed",
  ],
  "too old": [at(-900), "timestamp_too_old", 900],
  "too new": [at(900), "timestamp_too_new", -900],
  "too many": [
    [...without("svix-signature"), ["svix-signature", "v1,a ".repeat(33)]],
    "too_many_signatures",
  ],
  forged: [fresh(BODY, { key: Buffer.alloc(24, 7) }), "signature_mismatch"],
  "of another body": [fresh("{}"), "signature_mismatch"],
  "Pivot's": [Object.entries(pivotHeaders({ body: BODY })), "header_missing"],
};

const BAD = {
  "[]": "payload_malformed",
  "": "payload_malformed",
  "id=evt_1": "payload_malformed",
  "{}": "event_malformed",
};

/** `from` is a file of the package's own tests: the package is found from there by its name. */
export function receiversSuite(pkg, subpaths, packageName, from) {
  const { Webhook } = pkg;
  const clock = () => NOW;

  for (const name of Object.keys(HOSTS)) {
    describe(`a receiver with ${name}`, () => receiverSuite(pkg, subpaths, name));
  }

  test("a receiver is imported and required, and shares the package's classes", async () => {
    const require = createRequire(from);
    for (const [name, imported] of Object.entries(subpaths)) {
      const required = require(`${packageName}/${name}`);
      assert.deepEqual(Object.keys(required), Object.keys(imported));
      for (const { webhookHandler } of [required, imported]) {
        webhookHandler(new Webhook(SECRET), () => {});
        const foreign = { ...new Webhook(SECRET), maxBody: 1 };
        const refusal = { name: "TypeError", message: /^webhook is not a Webhook of this package/ };
        assert.throws(() => webhookHandler(foreign, () => {}), refusal);
      }
    }
    const { webhookHandler } = require(`${packageName}/fetch`);
    const handler = webhookHandler(new Webhook(SECRET), () => {}, { onOutcome() {} });
    const response = await handler(new Request("http://localhost/", { method: "POST" }));
    assert.equal(response.status, 401);
  });

  test("an outcome is logged in one line, with what is known of it", async (context) => {
    const lines = [];
    for (const level of ["error", "warn", "info", "log", "debug"]) {
      context.mock.method(console, level, (line, ...others) => {
        const [, what, fields] = /^webhook (.*?) (\{.*\})$/.exec(line);
        lines.push([level, what, JSON.parse(fields), ...others]);
      });
    }
    const { webhookHandler } = subpaths.fetch;
    const post = async (headers, { body = BODY, now = clock, secret = SECRET } = {}) => {
      const handler = webhookHandler(new Webhook(secret, { clock: now }), () => {});
      const response = await handler(
        new Request("http://localhost/", { method: "POST", headers, body }),
      );
      const [[level, what, { help, ...fields }, ...others]] = lines.splice(0);
      assert.deepEqual(others, []);
      assert.equal(help === undefined, what === "accepted");
      return [response.status, level, what, fields];
    };
    const accepted = { type: "customer.at_risk", id: "evt_1", deliveryId: "msg_1" };
    assert.deepEqual(await post(fresh()), [
      ...[200, "info", "accepted"],
      { ...accepted, scheme: "svix", skew: 0 },
    ]);
    assert.deepEqual(await post(at(-9), { secret: { new: SECRET } }), [
      ...[200, "info", "accepted"],
      { ...accepted, scheme: "svix", label: "new", skew: 9 },
    ]);
    assert.deepEqual(await post({}), [
      ...[401, "warn", "refused (header_missing)"],
      { status: 401, header: "svix-signature" },
    ]);
    assert.deepEqual(await post(at(900)), [
      ...[401, "warn", "refused (timestamp_too_new)"],
      { status: 401, skew: -900 },
    ]);
    const body = '{"id":1,"type":"customer.at_risk"}';
    assert.deepEqual(await post(fresh(body), { body }), [
      ...[400, "warn", "refused (event_malformed)"],
      { status: 400, path: "id", reason: "wrong_type", deliveryId: "msg_1", skew: 0 },
    ]);
    const [status, level, what] = await post(fresh(), { now: () => Number.NaN });
    assert.deepEqual([status, level, what], [500, "error", "failed (internal)"]);

    const abort = async (sent) => {
      const handler = webhookHandler(new Webhook(SECRET), assert.fail);
      const stream = new ReadableStream({
        pull(controller) {
          if (sent === "") controller.error(new Error("reset"));
          else controller.enqueue(Buffer.from(sent));
          sent = "";
        },
      });
      const request = { method: "POST", body: stream, duplex: "half" };
      const { status } = await handler(new Request("http://localhost/", request));
      return [status, ...lines.splice(0)];
    };
    assert.deepEqual(await abort("{"), [
      400,
      ["info", "aborted: the sender hung up", { bodyBytes: 1 }],
    ]);
    const [aborted, [mildly, causes, { bodyBytes, help }]] = await abort("");
    assert.deepEqual(
      [aborted, mildly, causes, bodyBytes],
      [
        ...[400, "info"],
        "aborted: the sender hung up, or something read the body before the receiver",
        0,
      ],
    );
    assert.match(help, /look for a middleware/);
  });

  test("a handler answers by itself in the way of its framework", async (context) => {
    context.mock.method(console, "info", () => {});
    const webhook = new Webhook(SECRET, { clock });
    const { fastify, fetch: onFetch, hono, koa, next, "node-http": http } = subpaths;
    const answers = {
      "node:http": createServer(
        http.webhookHandler(webhook, ({ id }, _, response) =>
          Object.assign(response, { statusCode: 202 }).end(id),
        ),
      ),
      Express: createServer(
        express().use(
          subpaths.express.webhookHandler(webhook, ({ id }, _, response) =>
            response.status(202).send(id),
          ),
        ),
      ),
      Koa: createServer(
        new Koa()
          .use(
            koa.webhookHandler(webhook, ({ id }, ctx) =>
              Object.assign(ctx, { status: 202, body: id }),
            ),
          )
          .callback(),
      ),
      Next: nextServer({
        default: next.webhookHandler(webhook, ({ id }, _, response) =>
          Object.assign(response, { statusCode: 202 }).end(id),
        ),
        config: { api: { bodyParser: false } },
      }),
      Hono: serve({
        fetch: new Hono().post(
          PATH,
          hono.webhookHandler(webhook, ({ id }, { text }) => text(id, 202)),
        ).fetch,
        port: 0,
      }),
      fetch: serve({
        fetch: onFetch.webhookHandler(webhook, ({ id }) => new Response(id, { status: 202 })),
        port: 0,
      }),
    };
    const returned = Fastify();
    returned.post(
      PATH,
      fastify.webhookHandler(webhook, ({ id }, _request, reply) => (reply.code(202), id)),
    );
    const sent = Fastify();
    sent.post(
      PATH,
      fastify.webhookHandler(webhook, ({ id }, _request, reply) => reply.code(202).send(id)),
    );
    for (const app of [returned, sent]) {
      await app.ready();
      answers[app === sent ? "Fastify" : "Fastify, returned"] = app.server;
    }
    for (const [name, server] of Object.entries(answers)) {
      if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
      const { status, body } = await send(server.address().port, PATH, BODY, fresh());
      assert.deepEqual([name, status, body], [name, 202, "evt_1"]);
      server.close();
    }
  });
}

function receiverSuite({ Webhook, WebhookVerificationError }, subpaths, name) {
  const outcomes = [];
  const handled = [];
  let host;
  let port;

  const handle = async (event) => {
    await undefined;
    if (event.type === "customer.churned") throw new RangeError("no such customer");
    handled.push(event.id);
  };
  const post = (headers, body = BODY, options = {}) => send(port, PATH, body, headers, options);
  const refused = async (headers, body = BODY) => {
    const { status, body: text } = await post(headers, body);
    assert.equal(text, ANSWERS[status]);
    assert.deepEqual(handled, []);
    return [status, outcomes.pop().code];
  };

  before(async () => {
    const webhook = new Webhook({ "2026-06": SECRET }, { clock: () => NOW });
    const onOutcome = (outcome) => outcomes.push(outcome);
    host = await started(name, subpaths, ({ webhookHandler }) =>
      webhookHandler(webhook, handle, { onOutcome }),
    );
    port = host.port;
  });
  after(() => host.stop());
  beforeEach((context) => {
    outcomes.length = handled.length = 0;
    // Where the receiver of node:http logs an exception.
    context.mock?.method(console, "error", () => {});
  });
  afterEach((context) => context.mock?.restoreAll());

  test("hands an event on, and tells the outcome", async () => {
    const { status, headers, body } = await post(fresh());
    assert.deepEqual([status, body], [200, "ok"]);
    const type = new Map(headers).get("content-type");
    assert.equal(type.toLowerCase(), "text/plain; charset=utf-8");
    assert.deepEqual(handled, ["evt_1"]);
    const [{ event, ...outcome }] = outcomes;
    assert.deepEqual(outcome, {
      ...{ result: "accepted", code: null, status: 200, error: null, storeError: null },
      ...{ scheme: "svix", skew: 0, label: "2026-06", bodyBytes: Buffer.byteLength(BODY) },
      deliveryId: "msg_1",
    });
    assert.deepEqual([event.id, event.delivery.id], ["evt_1", "msg_1"]);
  });

  test("reads names in any letter case, and accepts the content coding identity", async () => {
    const loud = fresh().map(([header, value]) => [header.toUpperCase(), value]);
    assert.equal((await post(loud)).status, 200);
    assert.equal((await post([...fresh(), ["content-encoding", "identity"]])).status, 200);
  });

  test("lets no parser read the body, for any content type", async () => {
    for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded"]) {
      assert.equal((await post([...fresh(), ["content-type", type]])).status, 200);
    }
    const multipart = [...fresh(), ["content-type", "multipart/form-data; boundary=x"]];
    assert.equal((await post(multipart)).status, 200);
  });

  test("refuses what is not authentic, all with the same answer", async () => {
    const answers = new Set();
    for (const [which, [headers, code, skew = null]] of Object.entries(UNAUTHORIZED)) {
      const answer = await post(headers);
      const shown = answer.headers.filter(([header]) => header !== "date");
      answers.add(JSON.stringify([answer.status, answer.body, shown]));
      const outcome = outcomes.pop();
      assert.deepEqual(
        [answer.status, answer.body, outcome.code],
        [401, ANSWERS[401], code],
        which,
      );
      assert.deepEqual([outcome.result, outcome.skew], ["refused", skew]);
      assert.equal(outcome.scheme ?? outcome.label ?? outcome.event, null);
      assert.equal(outcome.deliveryId, null);
      const { error } = outcome;
      assert.ok(error instanceof WebhookVerificationError);
      assert.deepEqual([error.code, error.status], [code, 401]);
    }
    assert.equal(answers.size, 1);
    assert.deepEqual(handled, []);
  });

  test("refuses what is no event", async () => {
    for (const [body, code] of Object.entries(BAD)) {
      assert.deepEqual(await refused(fresh(body), body), [400, code]);
    }
    const text = Buffer.from('{"id":"\xff"}', "latin1");
    assert.deepEqual(await refused(fresh(text), text), [400, "payload_malformed"]);
    const headers = pivotalHeaders({ at: NOW, body: BODY });
    const other = [...Object.entries(headers), ["pivotal-event", "customer.created"]];
    assert.deepEqual(await refused(other), [400, "event_type_mismatch"]);
  });

  test("tells who signed an authentic delivery that is refused", async () => {
    const body = "not JSON";
    assert.equal((await post(fresh(body), body)).status, 400);
    const { scheme, label, skew, deliveryId } = outcomes.pop();
    assert.deepEqual([scheme, label, skew, deliveryId], ["svix", "2026-06", 0, "msg_1"]);
  });

  test("refuses a second line of a header", async () => {
    for (const [header, value] of fresh().slice(0, 2)) {
      for (const again of [
        [...fresh(), [header, "1"]],
        [["SVIX".concat(header.slice(4)), "1"], ...fresh()],
        [...fresh(), [header, value]],
        [["SVIX".concat(header.slice(4)), value], ...fresh()],
      ]) {
        const [status, code] = await refused(again);
        assert.equal(status, 401);
        if (JOINS.includes(name)) assert.match(code, /^(header|timestamp)_malformed$/);
        else assert.equal(code, "header_duplicated");
      }
    }
  });

  test("takes either signature while a secret is rotated, on one line or two", async () => {
    const old = svixSignature({ at: NOW, body: BODY, key: Buffer.alloc(24, 9) });
    const [id, time, [header, signature]] = fresh();
    assert.equal((await post([id, time, [header, `${old} ${signature}`]])).status, 200);
    for (const values of [
      [old, signature],
      [signature, old],
      [signature, signature],
    ]) {
      const lines = values.map((value) => [header, value]);
      assert.equal((await post([id, time, ...lines])).status, 200);
      assert.equal((await post([id, ...lines.slice(1), time, lines[0]])).status, 200);
    }
    assert.equal((await post([id, time, [header, old], [header, old]])).status, 401);
  });

  test("reads no name with an underscore", async () => {
    assert.equal((await post([["svix_id", "evil"], ...fresh()])).status, 200);
  });

  test("reads as far as the limit", async () => {
    const body = BODY.padEnd(MAX_BODY - 12); // which are bytes beyond the letters
    const room = MAX_BODY - Buffer.byteLength(body);
    const full = body + " ".repeat(room);
    assert.equal((await post(fresh(full), full)).status, 200);
    assert.equal(outcomes.pop().bodyBytes, MAX_BODY);
    handled.length = 0;
    assert.deepEqual(await refused(fresh(`${full} `), `${full} `), [413, "payload_too_large"]);
  });

  test("takes a body in chunks, however small", async () => {
    const bytes = Buffer.from(BODY);
    const pieces = Array.from(bytes, (byte) => Buffer.of(byte));
    const { status, body } = await chunked(port, PATH, pieces, fresh());
    assert.deepEqual([status, body, handled], [200, "ok", ["evt_1"]]);
    const answer = await chunked(port, PATH, Array(17).fill(Buffer.alloc(65_536, " ")), fresh());
    assert.deepEqual([answer.status, answer.body], [413, "payload too large"]);
    assert.equal(outcomes.pop().code, "payload_too_large");
  });

  test("does not read a body that is announced to be too long", async () => {
    const { status, body } = await announce(port, PATH, 10 ** 12);
    assert.deepEqual([status, body], [413, "payload too large"]);
    const [{ code, bodyBytes }] = outcomes;
    assert.deepEqual([code, bodyBytes], ["payload_too_large", 0]);
  });

  test("stops a sender that goes on and on, and keeps none of it", async () => {
    await post(fresh());
    outcomes.length = 0;
    const held = () => {
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const before = held();
    let peak = 0;
    const { answer } = await pour(port, PATH, 64 * 2 ** 20, () => {
      peak = Math.max(peak, held() - before);
    });
    assert.ok(answer === undefined || answer.status === 413, `${answer?.status}`);
    const [{ code, bodyBytes }] = outcomes;
    assert.equal(code, "payload_too_large");
    assert.ok(bodyBytes < 2 * MAX_BODY, `${bodyBytes}`);
    assert.ok(peak < 32 * 2 ** 20, `${peak}`);
    assert.equal((await post(fresh())).status, 200);
  });

  test("serves the next request after a sender that hangs up", async () => {
    await leave(host, PATH);
    assert.equal((await post(fresh())).status, 200);
    assert.deepEqual(handled, ["evt_1"]);
  });

  test("answers other methods with 405", async () => {
    for (const method of METHODS.filter((other) => other !== "POST")) {
      const { status, headers } = await post(fresh(), BODY, { method });
      assert.deepEqual([status, new Map(headers).get("allow")], [405, "POST"], method);
    }
    assert.deepEqual([handled, outcomes], [[], []]);
  });

  test("leaves an exception of the handler to the framework", async () => {
    const body = JSON.stringify({ ...EVENT, type: "customer.churned" });
    assert.equal((await post(fresh(body), body)).status, 500);
    assert.equal(outcomes.pop().code, null);
  });
}
