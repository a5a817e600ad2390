// Tests a parser that reads the body before the receiver. The receiver takes a raw body that the parser
// has kept, and otherwise throws a TypeError. It never serialises a body again.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { after, describe, test } from "node:test";
import { bodyParser } from "@koa/bodyparser";
import express5 from "express";
import express4 from "express4";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { nextServer } from "../support/next.mjs";
import { NOW, SECRET, svixHeaders } from "../support/sender.mjs";

const BODY = JSON.stringify({ id: "evt_1", type: "customer.at_risk", data: { name: "Zoë" } });
const OK = [200, "ok"];

export function receiversParsersSuite({ Webhook }, from) {
  const outcomes = [];
  const errors = [];
  const webhook = new Webhook(SECRET, { clock: () => NOW });
  const receive = (framework) =>
    from[framework].webhookHandler(webhook, () => {}, {
      onOutcome: ({ code }) => outcomes.push(code),
    });

  /** What a server answers to a genuine delivery, or to another body with its headers. */
  async function post(server, { body = BODY, sent = body, type = "application/json", more } = {}) {
    errors.length = outcomes.length = 0;
    if (!server.listening) {
      await once(server.listen(0, "127.0.0.1"), "listening");
      after(() => server.close());
    }
    const response = await fetch(`http://127.0.0.1:${server.address().port}/`, {
      method: "POST",
      headers: { "content-type": type, ...svixHeaders({ at: NOW, body }), ...more },
      body: sent,
    });
    return [response.status, await response.text()];
  }
  async function consumed(server, message, options) {
    const [status] = await post(server, options);
    assert.equal(status, 500);
    assert.deepEqual(outcomes, []);
    const [error, ...others] = errors;
    assert.deepEqual(others, []);
    assert.ok(error instanceof TypeError, `${error}`);
    assert.match(error.message, message);
    assert.match(error.message, /before webhookHandler, and a signature covers the raw bytes: /);
  }

  for (const [version, express] of [
    ["4", express4],
    ["5", express5],
  ]) {
    const withParser = (...parsers) => {
      const app = express();
      app.post("/", ...parsers, receive("express"));
      app.use((error, _request, response, _next) => {
        errors.push(error);
        response.sendStatus(500);
      });
      return createServer(app);
    };

    describe(`behind a parser of Express ${version}`, () => {
      test("a parsed body is a TypeError", async () => {
        const server = withParser(express.json(), express.urlencoded({ extended: false }));
        await consumed(
          server,
          /^a parser such as express\.json\(\) has read .* verify: keepRawBody/,
        );
        const type = "application/x-www-form-urlencoded";
        await consumed(server, /^a parser such as express\.urlencoded\(\) has read/, { type });
      });

      test("a parser is not blamed for what another middleware has read", async () => {
        const eater = withParser((request, _response, next) => request.resume().on("end", next));
        for (const type of ["application/json", "text/plain"]) {
          await consumed(eater, /^a middleware has read/, { type });
        }
      });

      test("a parser of another type reads nothing", async () => {
        const server = withParser(express.json(), express.raw({ type: "application/xml" }));
        assert.deepEqual(await post(server, { type: "text/plain" }), OK);
      });

      test("raw bytes or text are taken", async () => {
        const every = { type: () => true };
        const verify = from.express.keepRawBody;
        for (const parser of [
          express.raw(every),
          express.text(every),
          express.json({ verify }),
          express.json({ verify: (request, _, bytes) => (request.rawBody = bytes.toString()) }),
        ]) {
          const server = withParser(parser);
          assert.deepEqual(await post(server), OK);
          assert.deepEqual(await post(server, { sent: `${BODY} ` }), [401, "invalid signature"]);
          assert.deepEqual(outcomes, ["signature_mismatch"]);
        }
      });

      test("no body is an empty one", async () => {
        const [status] = await post(withParser(express.raw({ type: () => true })), { body: "" });
        assert.equal(status, 400);
        assert.deepEqual(outcomes, ["payload_malformed"]);
      });

      test("what a parser has inflated is still refused", async () => {
        const { gzipSync } = await import("node:zlib");
        const more = { "content-encoding": "gzip" };
        const [status] = await post(withParser(express.raw()), { sent: gzipSync(BODY), more });
        assert.equal(status, 401);
        assert.deepEqual(outcomes, ["header_malformed"]);
      });

      test("a body over the limit is too large, also if a parser has read it", async () => {
        const body = BODY.padEnd(2 ** 20 + 1);
        for (const parser of [express.raw({ limit: "2mb" }), express.text({ limit: "2mb" })]) {
          const type = parser.name === "rawParser" ? "application/octet-stream" : "text/plain";
          const [status] = await post(withParser(parser), { body, type });
          assert.equal(status, 413);
        }
      });

      test("a stream of text is a TypeError", async () => {
        const decode = (request, _response, next) => next(void request.setEncoding("utf8"));
        await post(withParser(decode));
        assert.match(errors[0].message, /^request\.setEncoding\(\) was called before/);
      });
    });
  }

  test("behind @koa/bodyparser the text that it keeps is taken", async () => {
    const app = new Koa().use(bodyParser()).use(receive("koa"));
    const server = createServer(app.callback());
    assert.deepEqual(await post(server), OK);
    assert.deepEqual(await post(server, { type: "text/plain" }), OK);
    assert.deepEqual(await post(server, { sent: `${BODY} ` }), [401, "invalid signature"]);
  });

  test("a body that another parser of Koa has read is a TypeError", async () => {
    const app = new Koa();
    app.silent = true;
    app.on("error", (error) => errors.push(error));
    app.use(async ({ req, request }, next) => {
      const pieces = await req.toArray();
      request.body = JSON.parse(Buffer.concat(pieces));
      await next();
    });
    await consumed(createServer(app.use(receive("koa")).callback()), /^a middleware has read/);
  });

  test("a body that Next's parser has read is a TypeError with the line that switches it off", async () => {
    const route = receive("next");
    const server = nextServer({
      default: (...given) =>
        route(...given).catch((error) => {
          errors.push(error);
          throw error;
        }),
    });
    await consumed(
      server,
      /^Next has parsed .*export const config = \{ api: \{ bodyParser: false \} \}/,
    );
    assert.deepEqual(await post(server, { type: "text/plain" }), OK);
  });

  describe("Fastify", () => {
    const listening = async (app) => {
      app.setErrorHandler((error, _request, reply) => {
        errors.push(error);
        return reply.code(500).send();
      });
      await app.ready();
      return app.server;
    };

    test("does not reach its own parsers, for any type and limit", async () => {
      const app = Fastify({ bodyLimit: 10 });
      app.post("/", receive("fastify"));
      const server = await listening(app);
      for (const type of ["application/json", "text/plain", "image/png"]) {
        assert.deepEqual(await post(server, { type }), OK);
      }
    });

    test("has come to them where the handler stands alone", async () => {
      const app = Fastify();
      app.post("/", receive("fastify").handler);
      await consumed(
        await listening(app),
        /as the route's options, app\.post\(path, webhookHandler/,
      );
    });

    test("has a hook that reads first", async () => {
      const app = Fastify();
      app.addHook("onRequest", async ({ raw }) => void (await raw.toArray()));
      app.post("/", receive("fastify"));
      await consumed(await listening(app), /let no global onRequest hook read/);
    });
  });

  test("node:http has a listener that reads first", async (context) => {
    context.mock.method(console, "error", (error) => errors.push(error));
    const listener = receive("node-http");
    const eater = async (request, response) => {
      await request.toArray();
      listener(request, response);
    };
    const advice = /Object\.assign\(request, { rawBody: Buffer\.concat/;
    await consumed(createServer(eater), advice);
    context.after(() => delete Object.prototype.rawBody);
    Object.defineProperty(Object.prototype, "rawBody", { value: BODY, configurable: true });
    await consumed(createServer(eater), advice);
    delete Object.prototype.rawBody;
    const keeper = createServer(async (request, response) => {
      request.rawBody = Buffer.concat(await request.toArray());
      listener(request, response);
    });
    assert.deepEqual(await post(keeper), OK);
  });

  test("a host that only looks like Node's server may have no header lines", async () => {
    for (const sent of [BODY, `${BODY} `]) {
      const request = new IncomingMessage(new Socket());
      request.method = "POST";
      request.headers = svixHeaders({ at: NOW, body: BODY });
      request.push(sent);
      request.push(null);
      const response = new ServerResponse(request);
      await receive("next")(request, response);
      assert.equal(response.statusCode, sent === BODY ? 200 : 401);
    }
  });

  test("Fastify's inject comes to the receiver", async () => {
    const app = Fastify();
    app.post("/", receive("fastify"));
    const headers = svixHeaders({ at: NOW, body: BODY });
    const inject = async (payload) => {
      const { statusCode, body } = await app.inject({ method: "POST", url: "/", headers, payload });
      return [statusCode, body];
    };
    assert.deepEqual(await inject(BODY), OK);
    assert.deepEqual(await inject(`${BODY} `), [401, "invalid signature"]);
    assert.deepEqual(await inject(" ".repeat(2 ** 20 + 1)), [413, "payload too large"]);
  });

  describe("a Request", () => {
    const request = (headers = svixHeaders({ at: NOW, body: BODY })) =>
      new Request("http://localhost/", { method: "POST", headers, body: BODY });

    test("that was read before is a TypeError", async () => {
      const read = request();
      await read.json();
      await assert.rejects(receive("fetch")(read), {
        name: "TypeError",
        message: /^the request's body was read before webhookHandler, .*request\.clone\(\)/,
      });
      const cloned = request();
      await cloned.clone().json();
      assert.equal((await receive("fetch")(cloned)).status, 200);
    });

    test("without a body has an empty one", async () => {
      const headers = svixHeaders({ at: NOW, body: "" });
      const empty = new Request("http://localhost/", { method: "POST", headers });
      assert.equal((await receive("fetch")(empty)).status, 400);
    });

    test("that Hono read before is still there, as it came", async () => {
      for (const read of ["json", "text", "arrayBuffer", "blob"]) {
        errors.length = 0;
        const app = new Hono();
        app.onError((error, context) => {
          errors.push(error);
          return context.text("", 500);
        });
        app.use(async ({ req }, next) => {
          await req[read]();
          await req.json();
          await next();
        });
        app.post("/", receive("hono"));
        const response = await app.fetch(request());
        assert.equal(response.status, read === "blob" ? 500 : 200);
        assert.equal(errors.length, read === "blob" ? 1 : 0);
      }
    });
  });
}
