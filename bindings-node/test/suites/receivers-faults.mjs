// Tests faults around verification: hooks, handlers and senders that fail, and later readers of the
// body.

import assert from "node:assert/strict";
import http2 from "node:http2";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { HOSTS, OVER_HTTP2, PATH, started } from "../support/hosts.mjs";
import { NOW, SECRET, svixHeaders } from "../support/sender.mjs";
import { exchange, leave, reset, send, sendOverHttp2, trickle } from "../support/wire.mjs";

const BODY = JSON.stringify({ id: "evt_1", type: "customer.at_risk", data: { name: "Zoë" } });
const MAX_BODY = 2 ** 20;

const signed = (body = BODY) => Object.entries(svixHeaders({ at: NOW, body }));

/** How a handler sets a status and leaves the answer to the receiver. */
const SETS_STATUS = {
  Fastify: (status) => (_event, _request, reply) => void reply.code(status),
  Koa: (status) => (_event, context) => void (context.status = status),
  Hono: (status) => (_event, context) => void context.status(status),
  "Express 4": (status) => (_event, _request, response) => void response.status(status),
  "Express 5": (status) => (_event, _request, response) => void response.status(status),
  "node:http": (status) => (_event, _request, response) => void (response.statusCode = status),
  Next: (status) => (_event, _request, response) => void (response.statusCode = status),
};

export function receiversFaultsSuite({ Webhook }, subpaths, lambda, receiving) {
  const { MAX_DISCARD_TIME, receiver, unlessStalled } = receiving;
  const clock = () => NOW;
  const webhook = new Webhook(SECRET, { clock });

  for (const name of Object.keys(HOSTS)) {
    describe(`around a receiver with ${name}`, () => hostSuite(name, webhook, subpaths, receiving));
  }

  for (const name of OVER_HTTP2) {
    test(`a reset stream of HTTP/2 is reported as a sender that disconnects, with ${name}`, async (context) => {
      const errors = [];
      for (const level of ["error", "warn", "info"]) {
        context.mock.method(console, level, (...given) => errors.push(given));
      }
      const handled = [];
      let kept;
      let told;
      const receive = ({ webhookHandler }) =>
        webhookHandler(webhook, ({ id }) => void handled.push(id), {
          onOutcome: (outcome) => told(outcome),
        });
      const watch = {
        error: (error) => errors.push(error),
        came: (read) => (kept = read),
      };
      const host = await started(name, subpaths, receive, watch, http2);
      context.after(() => host.stop());
      for (const start of ["{", ""]) {
        for (const errorCode of [
          http2.constants.NGHTTP2_NO_ERROR,
          http2.constants.NGHTTP2_PROTOCOL_ERROR,
          http2.constants.NGHTTP2_CANCEL,
        ]) {
          const outcome = new Promise((resolve) => (told = resolve));
          const close = await reset(host, PATH, start, errorCode);
          const { result, code, status, bodyBytes } = await outcome;
          assert.deepEqual([result, code, status, bodyBytes], ["aborted", null, 400, start.length]);
          assert.equal(`${await kept()}`, start);
          close();
        }
      }
      assert.deepEqual(handled, []);
      const headers = Object.fromEntries(signed());
      assert.equal(await sendOverHttp2(host.port, PATH, BODY, headers), 200);
      assert.deepEqual([handled, errors], [["evt_1"], []]);
    });
  }

  test("what is not a function is refused when the receiver is made", () => {
    for (const { webhookHandler } of [...Object.values(subpaths), lambda]) {
      for (const handle of [undefined, null, {}, "handle"]) {
        assert.throws(() => webhookHandler(webhook, handle), {
          name: "TypeError",
          message: /^handle is .*; pass the function that takes an event$/,
        });
      }
      const refusals = [
        [{ onOutcome: "log" }, /^onOutcome is a string; pass a function/],
        [{ onOutcomes() {} }, /^there is no option "onOutcomes"$/],
        [null, /^options is null; pass an object$/],
      ];
      for (const [options, message] of refusals) {
        assert.throws(() => webhookHandler(webhook, () => {}, options), {
          name: "TypeError",
          message,
        });
      }
      webhookHandler(webhook, () => {}, { onOutcome: undefined });
    }
  });

  test("no prototype supplies an option", async (context) => {
    context.mock.method(console, "info", () => {});
    context.after(() => delete Object.prototype.onOutcome);
    const outcomes = [];
    Object.prototype.onOutcome = (outcome) => outcomes.push(outcome);
    const handler = subpaths.fetch.webhookHandler(webhook, () => {}, {});
    const request = { method: "POST", headers: signed(), body: BODY };
    assert.equal((await handler(new Request("http://localhost/", request))).status, 200);
    assert.deepEqual(outcomes, []);
  });

  test("a generator is refused as a handler, and as what a handler returns", async () => {
    const refused = { name: "TypeError", message: /write no yield in it$/ };
    for (const generator of [function* () {}, async function* () {}]) {
      assert.throws(() => receiver(webhook, generator), refused);
      const receive = receiver(webhook, () => generator(), { onOutcome() {} });
      const request = { method: "POST", headers: signed(), body: BODY };
      await assert.rejects(receive(request), refused);
    }
  });

  test("no prototype supplies a field of a Lambda event", async (context) => {
    context.after(() => {
      delete Object.prototype.http;
      delete Object.prototype.elb;
    });
    Object.prototype.http = { method: "POST" };
    Object.prototype.elb = {};
    const handler = lambda.webhookHandler(webhook, () => {}, { onOutcome() {} });
    await assert.rejects(handler({ Records: [], requestContext: {} }), /not of an HTTP request/);
    const headers = Object.fromEntries(signed());
    const event = { httpMethod: "POST", headers, body: BODY, requestContext: {} };
    assert.equal((await handler(event)).statusDescription, undefined);

    const whole = { ...event, requestContext: { http: { method: "POST" } } };
    for (const name of Object.keys(event)) {
      const { [name]: _, ...rest } = event;
      const without = await polluted(whole, () => handler(rest)).catch((error) => error);
      if (name === "httpMethod") assert.match(without.message, /not of an HTTP request/);
      else assert.equal(without.statusCode, { headers: 401, body: 401 }[name] ?? 200);
    }
    const others = { isBase64Encoded: true, multiValueHeaders: {}, method: "PUT" };
    const answer = await polluted(others, () => handler(event));
    assert.deepEqual([answer.statusCode, answer.multiValueHeaders], [200, undefined]);
  });

  test("no prototype supplies a field of a request, but its class does", async () => {
    const receive = receiver(webhook, ({ id }) => id, { onOutcome() {} });
    const genuine = { method: "POST", headers: signed(), body: BODY };
    const fail = () => assert.fail("called");
    const given = { ...genuine, restore: fail, drain: fail, parsedBodyMessage: fail };
    const { method, headers } = genuine;
    for (const [request, outcome] of [
      [{}, 405],
      [{ method }, /^headers is undefined; /],
      [{ method, headers }, /^body is undefined; pass the raw bytes, the text, or an async/],
      [{ method, headers: [], body: BODY }, 401],
      [genuine, 200],
    ]) {
      const received = polluted(given, () => receive(request));
      if (typeof outcome === "number") assert.equal((await received).answer.status, outcome);
      else await assert.rejects(received, { name: "TypeError", message: outcome });
    }

    class HostRequest {
      restored = [];
      get method() {
        return genuine.method;
      }
      get headers() {
        return genuine.headers;
      }
      get body() {
        return genuine.body;
      }
      restore(body) {
        this.restored.push(body);
      }
    }
    const ofClass = new (class extends HostRequest {})();
    const { result } = await polluted({ method: "PUT", body: "{}" }, () => receive(ofClass));
    assert.deepEqual([result, ofClass.restored], ["evt_1", [BODY]]);
  });

  test("what is no request, and what is no body, is a TypeError that says what to pass", async () => {
    const receive = receiver(webhook, () => {}, { onOutcome: assert.fail });
    for (const [request, message] of [
      [undefined, "request is undefined; pass { method, headers, body }"],
      ["POST", "request is a string; pass { method, headers, body }"],
      ...[
        [null, "null"],
        [JSON.parse(BODY), "an object"],
        [[BODY], "an array"],
        [Promise.resolve(BODY), "a Promise"],
      ].map(([body, kind]) => [
        { method: "POST", headers: signed(), body },
        `body is ${kind}; pass the raw bytes, the text, or an async iterable of bytes`,
      ]),
    ]) {
      await assert.rejects(receive(request), { name: "TypeError", message });
    }
  });

  test("a body that stalls is discarded for two seconds", async (context) => {
    assert.equal(MAX_DISCARD_TIME, 2000);
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const ends = [];
    const stalled = unlessStalled(new Promise(() => {})).then((end) => ends.push(end));
    context.mock.timers.tick(1999);
    await setImmediate();
    assert.deepEqual(ends, []);
    context.mock.timers.tick(1);
    await stalled;
    assert.deepEqual(ends, [false]);
    assert.equal(await unlessStalled(Promise.resolve(true)), true);
  });

  test("an async hook has finished before the answer", async () => {
    const steps = [];
    const hook = async () => {
      await undefined;
      await undefined;
      steps.push("hook");
    };
    const receive = receiver(webhook, () => steps.push("handle"), { onOutcome: hook });
    await receive({ method: "POST", headers: signed(), body: BODY });
    assert.deepEqual(steps.toSorted?.() ?? steps.sort(), ["handle", "hook"]);
    await receive({ method: "POST", headers: [], body: BODY });
    assert.equal(steps.length, 3);
  });

  test("a body is copied piece by piece, and empty pieces count for nothing", async () => {
    const maxBody = 2 ** 16;
    const body = BODY.padEnd(maxBody - 1); // "ë" is two bytes
    async function* pieces(bytes) {
      const piece = new Uint8Array(1);
      for (const byte of bytes) {
        yield new Uint8Array();
        piece[0] = byte;
        yield piece;
      }
      yield new Uint8Array();
    }
    const outcomes = [];
    const limited = new Webhook(SECRET, { clock, maxBody });
    const receive = receiver(limited, ({ id }) => id, {
      onOutcome: (outcome) => outcomes.push(outcome),
    });
    const request = (sent) => ({
      method: "POST",
      headers: signed(sent),
      body: pieces(Buffer.from(sent)),
    });
    const { result } = await receive(request(body));
    assert.deepEqual([result, outcomes[0].bodyBytes], ["evt_1", maxBody]);
    const { answer } = await receive(request(`${body} `));
    assert.deepEqual([answer.status, outcomes[1].bodyBytes], [413, maxBody + 1]);
    const strings = {
      method: "POST",
      headers: signed(),
      body: (async function* () {
        yield BODY;
      })(),
    };
    await assert.rejects(receive(strings), {
      name: "TypeError",
      message: "a piece of the body is a string; pass the raw bytes",
    });
  });

  test("an announced body that is not there was consumed before", async () => {
    const headers = [...signed(), ["content-length", `${Buffer.byteLength(BODY)}`]];
    const chunked = [...signed(), ["Transfer-Encoding", "chunked"]];
    const consumed = { name: "TypeError", message: /a signature covers the raw bytes/ };
    async function* nothing() {}
    const receive = receiver(webhook, () => {}, { onOutcome: assert.fail });
    for (const announced of [headers, chunked, chunked.flat(), Object.fromEntries(chunked)]) {
      for (const body of ["", new Uint8Array(), nothing()]) {
        await assert.rejects(receive({ method: "POST", headers: announced, body }), consumed);
      }
    }
    const onFetch = subpaths.fetch.webhookHandler(webhook, () => {}, { onOutcome: assert.fail });
    await assert.rejects(
      onFetch(new Request("http://localhost/", { method: "POST", headers })),
      consumed,
    );
    const onLambda = lambda.webhookHandler(webhook, () => {}, { onOutcome: assert.fail });
    const event = { httpMethod: "POST", headers: Object.fromEntries(headers) };
    for (const body of [null, ""]) {
      await assert.rejects(onLambda({ ...event, body, isBase64Encoded: false }), consumed);
    }
  });

  test("a part of an announced body was consumed before", async () => {
    const headers = [...signed(), ["content-length", `${Buffer.byteLength(BODY)}`]];
    const consumed = { name: "TypeError", message: /a signature covers the raw bytes/ };
    async function* rest() {
      yield Buffer.from(BODY.slice(1));
    }
    const receive = receiver(webhook, () => {}, { onOutcome: assert.fail });
    for (const body of [BODY.slice(1), Buffer.from(BODY.slice(1)), rest()]) {
      await assert.rejects(receive({ method: "POST", headers, body }), consumed);
    }
  });

  test("a stranger's body that is not there is refused, and is no error", async () => {
    const lengths = [
      ["content-length", "76"],
      ["transfer-encoding", "chunked"],
    ];
    for (const line of lengths) {
      const codes = [];
      const onOutcome = ({ code }) => codes.push(code);
      const receive = receiver(webhook, assert.fail, { onOutcome });
      const { answer } = await receive({ method: "POST", headers: [line], body: "" });
      const onFetch = subpaths.fetch.webhookHandler(webhook, assert.fail, { onOutcome });
      const request = new Request("http://localhost/", { method: "POST", headers: [line] });
      assert.deepEqual([answer.status, (await onFetch(request)).status], [401, 401]);
      assert.deepEqual(codes, ["header_missing", "header_missing"]);
    }
  });
}

function hostSuite(name, webhook, subpaths, { MAX_DISCARD_TIME, MAX_DISCARDED_BYTES }) {
  const errors = [];
  const logged = [];
  let host;
  let outcomes;
  let told;
  /** @type {(...given: unknown[]) => unknown} */
  let handle = () => {};
  /** @type {(outcome: unknown) => unknown} */
  let onOutcome = () => {};
  let kept;
  let lateText;

  before(async () => {
    const receive = ({ webhookHandler }) =>
      webhookHandler(webhook, (...given) => handle(...given), {
        onOutcome: (outcome) => {
          outcomes.push(outcome);
          told(outcome);
          return onOutcome(outcome);
        },
      });
    host = await started(name, subpaths, receive, {
      error: (error) => errors.push(error),
      came: (read) => (kept = read),
      after: (read) => {
        lateText.resolve(read());
        return lateText.promise;
      },
    });
  });
  after(() => host.stop());
  beforeEach((context) => {
    errors.length = logged.length = 0;
    outcomes = [];
    told = () => {};
    handle = onOutcome = () => {};
    lateText = deferred();
    for (const level of ["error", "warn", "info"]) {
      context.mock?.method(console, level, (...given) => logged.push([level, ...given]));
    }
  });
  afterEach((context) => context.mock?.restoreAll());

  const post = async (headers = signed(), body = BODY) => {
    lateText = deferred();
    const { status, body: text } = await send(host.port, PATH, body, headers);
    return [status, text];
  };

  /** Lets the receivers discard for another time: 0, or `undefined` on a machine that may be busy. */
  function discardFor(context, time) {
    const { setTimeout } = globalThis;
    context.mock.method(globalThis, "setTimeout", (call, delay, ...given) => {
      if (delay !== MAX_DISCARD_TIME) return setTimeout(call, delay, ...given);
      return time === undefined ? undefined : setTimeout(call, time, ...given);
    });
  }

  test("a hook that throws or rejects is logged, and changes no answer", async () => {
    for (const failure of [new RangeError("no such meter"), undefined]) {
      for (const hook of [
        () => {
          throw failure;
        },
        () => Promise.reject(failure),
      ]) {
        onOutcome = hook;
        logged.length = 0;
        assert.deepEqual(await post(), [200, "ok"]);
        assert.deepEqual(await post([]), [401, "invalid signature"]);
        const line = ["error", "webhook onOutcome failed", failure];
        assert.deepEqual(logged, [line, line]);
      }
    }
    assert.deepEqual(errors, []);
  });

  test("any value that the handler throws is an error", async () => {
    const successes = [{ status: 200 }, { statusCode: 204 }].map((it) =>
      Object.assign(new Error("no"), it),
    );
    const others = [undefined, null, "route", "router", 0, false, new RangeError("no")];
    for (const thrown of [...others, ...successes]) {
      for (const failing of [
        () => {
          throw thrown;
        },
        () => Promise.reject(thrown),
      ]) {
        handle = failing;
        errors.length = 0;
        const [status] = await post();
        assert.equal(status, 500, `${thrown}`);
        if (name === "node:http") errors.push(...logged.splice(0).map(([, error]) => error));
        assert.equal(errors.length, 1);
        const [error] = errors;
        if (thrown instanceof RangeError) assert.equal(error, thrown);
        else {
          assert.match(
            error.message,
            /^the webhook handler threw (.* instead of an Error|an error with a status of 2xx)$/,
          );
          assert.equal(error.cause, thrown);
        }
      }
    }
  });

  if (Object.hasOwn(SETS_STATUS, name)) {
    test("a status that the handler has set stands", async () => {
      for (const status of [204, 202, 404, 503]) {
        handle = SETS_STATUS[name](status);
        assert.equal((await post())[0], status);
      }
      handle = SETS_STATUS[name](200);
      assert.deepEqual(await post(), [200, "ok"]);
    });
  }

  test("the body that was read can be read again, at once", async () => {
    handle = () => {};
    const late = async (...given) => {
      const [status] = await post(...given);
      return [status, await lateText.promise];
    };
    assert.deepEqual(await late(), [200, BODY]);
    assert.deepEqual(await late([]), [401, BODY]);
    assert.deepEqual(await late(signed("[]"), "[]"), [400, "[]"]);
    assert.deepEqual(await late([...signed(), ["content-encoding", "gzip"]]), [401, ""]);
    const large = BODY.padEnd(MAX_BODY + 1);
    assert.deepEqual(await late(signed(large), large), [413, ""]);
    handle = () => Promise.reject(new RangeError("no such customer"));
    assert.deepEqual(await late(), [500, BODY]);
  });

  test("a body that does not come is not waited for", async (context) => {
    discardFor(context, 0);
    for (const [lines, status] of [
      [["content-encoding: gzip", "transfer-encoding: chunked"], 401],
      [["content-encoding: gzip", "content-length: 1000"], 401],
      [[`content-length: ${MAX_BODY + 1}`], 413],
      [[`content-length: ${10 ** 12}`], 413],
    ]) {
      lateText = deferred();
      const [answer, ...others] = await exchange(host.port, [head(lines)]);
      assert.deepEqual([answer.status, answer.connection, others], [status, "close", []]);
      assert.equal(await lateText.promise, "");
    }
  });

  test("a connection carries the next request, unless a body was too large", async (context) => {
    discardFor(context, undefined);
    const { length } = Buffer.from(BODY);
    const lines = [...signed().map((pair) => pair.join(": ")), `content-length: ${length}`];
    const last = [head([...lines, "connection: close"]), BODY];
    const genuine = [head(lines), BODY];
    for (const [first, status] of [
      [genuine, 200],
      [[head([`content-length: ${length}`]), BODY], 401],
      [[head(["content-length: 9", "content-encoding: gzip"]), "not gzip!"], 401],
      [[head(["content-length: 2"], "PUT"), "{}"], 405],
    ]) {
      const answers = await exchange(host.port, [...first, ...genuine, ...last]);
      assert.deepEqual(
        answers.map((answer) => answer.status),
        [status, 200, 200],
      );
    }
    const large = BODY.padEnd(3 * MAX_BODY);
    const first = [head([`content-length: ${Buffer.byteLength(large)}`]), large];
    const answers = await exchange(host.port, [...first, ...last]);
    assert.deepEqual(
      answers.map(({ status, connection }) => [status, connection]),
      [[413, "close"]],
    );
  });

  test("of the rest of a body at most 4 MiB are discarded", async (context) => {
    discardFor(context, undefined);
    assert.equal(MAX_DISCARDED_BYTES, 4 * 2 ** 20);
    const ping = [head([...signed().map((pair) => pair.join(": ")), "content-length: 0"])];
    const last = [head(["connection: close", "content-length: 0"])];
    const piece = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(2 ** 16), CRLF]);
    const compressed = [head(["content-encoding: gzip", "transfer-encoding: chunked"])];
    for (const [pieces, statuses, connection] of [
      [60, [401, 401, 401], undefined],
      [70, [401], "close"],
    ]) {
      const body = [...Array(pieces).fill(piece), "0\r\n\r\n"];
      const answers = await exchange(host.port, [...compressed, ...body, ...ping, ...last]);
      assert.deepEqual(
        answers.map(({ status }) => status),
        statuses,
      );
      if (connection !== undefined) assert.equal(answers[0].connection, connection);
    }
  });

  test("a body that comes in pieces of one byte takes the memory of one body", async () => {
    const held = [];
    for (const length of [2 ** 12, 2 ** 16]) {
      const body = BODY.replace("ë", "e").padEnd(length);
      const measure = () => held.push(heldAfterGc());
      assert.equal((await trickle(host, PATH, body, signed(body), measure)).status, 200);
    }
    const [few, many] = held;
    // An array of the pieces would hold more than 100 bytes for each of them.
    assert.ok(many - few < 2 ** 22, `${many - few} bytes`);
  });

  test("a sender that disconnects is reported as aborted, and is not an error", async () => {
    const outcome = new Promise((resolve) => (told = resolve));
    await leave(host, PATH);
    const { error, event, ...facts } = await outcome;
    assert.deepEqual([error, event], [null, null]);
    assert.equal(`${await kept()}`, "{");
    assert.deepEqual(facts, {
      ...{ result: "aborted", code: null, status: 400, scheme: null, skew: null, label: null },
      bodyBytes: 1,
      storeError: null,
      deliveryId: null,
    });
    told = () => {};
    assert.deepEqual(await post(), [200, "ok"]);
    assert.deepEqual([errors, logged, outcomes.length], [[], [], 2]);
  });
}

/** Calls a function while every object inherits these properties. */
async function polluted(properties, call) {
  const given = Object.entries(properties);
  for (const [name, value] of given) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
  }
  try {
    return await call();
  } finally {
    for (const [name] of given) delete Object.prototype[name];
  }
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

/** The memory that the process holds, without garbage. */
function heldAfterGc() {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function head(lines, method = "POST") {
  return [`${method} ${PATH} HTTP/1.1`, "host: 127.0.0.1", ...lines, "", ""].join("\r\n");
}

const CRLF = Buffer.from("\r\n");

function deferred() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
