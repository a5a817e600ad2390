// The table of docs/troubleshooting.md: in each framework, what loses the bytes and what keeps them.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { Webhook } from "pivotal-webhooks";
import { WORKSPACE } from "./support/files.mjs";
import { NOW, SECRET, svixHeaders } from "./support/sender.mjs";

// A serialiser of JavaScript writes the number without its fraction.
const BODY = '{"id":"evt_1","type":"customer.at_risk","data":{"object":{"health_score":38.0}}}';
const HEADERS = { "content-type": "application/json", ...svixHeaders({ body: BODY }) };
const webhook = new Webhook(SECRET, { clock: () => NOW });

function verify(body, headers) {
  try {
    return webhook.unwrap(body, headers).type;
  } catch (error) {
    return error.code ?? error.name;
  }
}

async function post(url) {
  const response = await fetch(url, { method: "POST", headers: HEADERS, body: BODY });
  return response.text();
}

async function byExpress(...handlers) {
  const app = express();
  for (const handler of handlers) app.use(handler);
  app.use((request, response) => {
    const body = Buffer.isBuffer(request.body) ? request.body : JSON.stringify(request.body);
    response.send(verify(body, request.headers));
  });
  const server = createServer(app);
  await once(server.listen(0, "127.0.0.1"), "listening");
  after(() => server.close());
  return post(`http://127.0.0.1:${server.address().port}/`);
}

async function byFastify(change) {
  const app = Fastify();
  change(app);
  app.post("/", (request) => {
    const body = Buffer.isBuffer(request.body) ? request.body : JSON.stringify(request.body);
    return verify(body, request.headers);
  });
  const options = { method: "POST", url: "/", headers: HEADERS, payload: BODY };
  return (await app.inject(options)).payload;
}

async function byHono(read) {
  const app = new Hono();
  app.post(
    "/",
    async ({ req: { raw: request } }) => new Response(verify(await read(request), request.headers)),
  );
  return (await app.request("/", { method: "POST", headers: HEADERS, body: BODY })).text();
}

/** What the page tells to write for a framework, if this is in it. */
function written(framework, code) {
  const page = readFileSync(join(WORKSPACE, "docs", "troubleshooting.md"), "utf8");
  const row = page.split("\n").find((line) => line.startsWith(`| ${framework}`));
  assert.ok(row.split(" | ").at(-1).includes(`\`${code}\``), row);
  return code;
}

/** A function of the code on the page. */
// oxlint-disable-next-line typescript/no-implied-eval -- the page's code is what is tested
const evaluated = (names, code) => new Function(...names, `return ${code}`);

test("Express", async () => {
  const raw = written("Express", 'express.raw({ type: "application/json" })');
  const keeps = evaluated(["express"], raw)(express);
  assert.equal(await byExpress(keeps, express.json()), "customer.at_risk");
  assert.equal(await byExpress(express.json(), keeps), "signature_mismatch");
});

test("Fastify", async () => {
  const parser =
    'app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body))';
  const keeps = evaluated(["app"], written("Fastify", parser));
  assert.equal(await byFastify(keeps), "customer.at_risk");
  assert.equal(await byFastify(() => {}), "signature_mismatch");
});

test("Hono, and every host that passes a Request", async () => {
  const text = written("Hono", "await request.text()");
  const keeps = evaluated(["request"], `(async () => ${text})()`);
  assert.equal(await byHono(keeps), "customer.at_risk");
  const loses = async (request) => JSON.stringify(await request.json());
  assert.equal(await byHono(loses), "signature_mismatch");
});
