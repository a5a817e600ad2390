// Tests the packed package in a Next application that is built without a secret and served as in
// production: an API route of the pages router, and route handlers of the app router in Node and in
// the edge runtime.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, test } from "node:test";
import { WORKSPACE } from "../../../bindings-node/test/support/files.mjs";
import { SECRET, svixSignature, unixNow } from "../../../bindings-node/test/support/sender.mjs";
import { pour, send } from "../../../bindings-node/test/support/wire.mjs";
import { application, delivery, fileOf } from "./project.mjs";

const MAX_BODY = 2 ** 20;

const FILES = {
  // The workspace holds Next, and Turbopack reads nothing beyond its root.
  "next.config.mjs": `export default {
    serverExternalPackages: ["pivotal-webhooks"],
    output: "standalone",
    outputFileTracingIncludes: { "/**": ["./node_modules/pivotal-webhooks-*/**"] },
    outputFileTracingRoot: ${JSON.stringify(WORKSPACE)},
    turbopack: { root: ${JSON.stringify(WORKSPACE)} },
  };`,
  "app/layout.js": "export default ({ children }) => <html><body>{children}</body></html>;",
  "app/api/app/route.js": routeHandler(),
  "app/api/edge/route.js": `${routeHandler()} export const runtime = "edge";`,
  "pages/api/pages.js": `${apiRoute()} export const config = { api: { bodyParser: false } };`,
  "pages/api/parsed.js": apiRoute(),
};

function routeHandler() {
  return `
    import { Webhook } from "pivotal-webhooks";
    import { webhookHandler } from "pivotal-webhooks/fetch";
    const webhook = new Webhook(() => process.env.PIVOTAL_WEBHOOK_SECRET);
    export const POST = webhookHandler(webhook, ({ object }) => new Response(object.name));
    export { POST as GET };`;
}

function apiRoute() {
  return `
    import { Webhook } from "pivotal-webhooks";
    import { webhookHandler } from "pivotal-webhooks/next";
    const webhook = new Webhook(() => process.env.PIVOTAL_WEBHOOK_SECRET);
    export default webhookHandler(webhook, ({ object }, _request, response) =>
      response.status(200).send(object.name));`;
}

const { PIVOTAL_WEBHOOK_SECRET: _, ...others } = process.env;
const env = { ...others, NEXT_TELEMETRY_DISABLED: "1", NODE_DEBUG: "pivotal-webhooks" };
const next = fileOf("next", "dist/bin/next");
const project = application("next", FILES);
execFileSync(process.execPath, [next, "build"], { cwd: project, env, stdio: "pipe" });

// Another folder, in which only the modules that the build has copied are found.
const copied = mkdtempSync(join(tmpdir(), "pivotal-webhooks-standalone-"));
after(() => rmSync(copied, { recursive: true, force: true }));
cpSync(join(project, ".next/standalone"), copied, { recursive: true, verbatimSymlinks: true });
const standalone = join(copied, relative(WORKSPACE, project));

describe("Next", () =>
  serverSuite("native", project, [next, "start", "-H", "127.0.0.1", "-p", "0"]));

describe("the standalone output of Next", () => serverSuite("native", standalone, ["server.js"]));

describe("the standalone output of Next without the addon", () => {
  before(() => {
    const modules = join(standalone, "node_modules");
    for (const name of readdirSync(modules).filter((name) =>
      name.startsWith("pivotal-webhooks-"),
    )) {
      rmSync(join(modules, name), { recursive: true });
    }
  });
  serverSuite("WebAssembly", standalone, ["server.js"]);
});

/** Tests of a server that Node starts in a folder with these words. */
function serverSuite(core, cwd, words) {
  let port;
  let server;
  const log = { text: "", changed: new EventEmitter() };

  before(async () => {
    server = spawn(process.execPath, words, {
      cwd,
      env: { ...env, PIVOTAL_WEBHOOK_SECRET: SECRET, HOSTNAME: "127.0.0.1", PORT: "0" },
    });
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        log.text += text;
        log.changed.emit("text");
      });
    }
    server.once("close", () => log.changed.emit("error", new Error(`it ended\n${log.text}`)));
    port = Number(await logged(/http:\/\/127\.0\.0\.1:(\d+)/));
    await logged(/Ready/);
  });
  after(async () => {
    log.changed.on("error", () => {});
    if (server.exitCode === null && server.kill()) await once(server, "close");
  });

  /** Waits until the server has written this; the first group of it. */
  async function logged(pattern) {
    for (;;) {
      const found = pattern.exec(log.text);
      if (found !== null) return found[1];
      await once(log.changed, "text");
    }
  }

  for (const route of ["pages", "app", "edge"]) {
    test(`a receiver of the ${route} route`, async () => {
      const { body, headers } = delivery();
      const post = async (sent, given, options) => {
        const answer = await send(port, `/api/${route}`, sent, given, options);
        // The app router sends in chunks; such a short answer is one.
        const [, text] = /^[0-9a-f]+\r\n(.*)\r\n0\r\n\r\n$/.exec(answer.body) ?? [];
        return [answer.status, text ?? answer.body];
      };
      assert.deepEqual(await post(body, headers), [200, "Zoë · 東京"]);
      const parsers = ["application/json", "text/plain", "application/x-www-form-urlencoded"];
      for (const type of parsers) {
        assert.equal((await post(body, { ...headers, "content-type": type }))[0], 200);
      }
      const forged = svixSignature({ at: unixNow(), body, key: Buffer.alloc(24, 7) });
      for (const [sent, given] of [
        [`${body} `, headers],
        [body, {}],
        [body, { ...headers, "svix-signature": forged }],
        [body, { ...headers, "content-encoding": "gzip" }],
        [body, [["svix-id", "msg_9"], ...Object.entries(headers)]],
      ]) {
        assert.deepEqual(await post(sent, given), [401, "invalid signature"]);
      }
      assert.deepEqual(await post("", {}, { method: "GET" }), [405, "method not allowed"]);
    });

    test(`a body without an end in the ${route} route`, async () => {
      const { answer, sent } = await pour(port, `/api/${route}`, 64 * MAX_BODY, () => {});
      // If the server closes the connection, its answer may be lost.
      assert.ok(answer === undefined || answer.status === 413);
      // In the edge runtime, Next itself reads bodies of any length.
      assert.ok(route === "edge" || sent < 32 * MAX_BODY, `${sent} bytes were taken`);
      await logged(/webhook refused \(payload_too_large\)/);
    });
  }

  test("the parser of the pages router is an error that says what to write", async () => {
    const { body, headers } = delivery();
    const given = { ...headers, "content-type": "application/json" };
    assert.equal((await send(port, "/api/parsed", body, given)).status, 500);
    await logged(/TypeError: Next has parsed the body .* bodyParser: false/);
  });

  test(`the core is ${core} except at the edge`, async () => {
    assert.equal(await logged(/PIVOTAL-WEBHOOKS \d+: (native|WebAssembly)/), core);
  });
}
