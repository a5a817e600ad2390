// The packed package in an application of Next that is built without a secret and served as in
// production: an API route of the pages router, and route handlers of the app router in Node and at
// the edge.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { WORKSPACE } from "../../../bindings-node/test/support/files.mjs";
import { SECRET, svixSignature, unixNow } from "../../../bindings-node/test/support/sender.mjs";
import { pour, send } from "../../../bindings-node/test/support/wire.mjs";
import { delivery, installed } from "./project.mjs";

const MAX_BODY = 2 ** 20;

const FILES = {
  // The workspace holds Next, and Turbopack reads nothing beyond its root.
  "next.config.mjs": `export default {
    serverExternalPackages: ["pivotal-webhooks"],
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

const project = application();
after(() => rmSync(project, { recursive: true, force: true }));

describe("Next", () => {
  let port;
  let log = "";
  let server;

  before(async () => {
    const next = createRequire(join(WORKSPACE, "package.json")).resolve("next/dist/bin/next");
    const { PIVOTAL_WEBHOOK_SECRET: _, ...others } = process.env;
    const env = { ...others, NEXT_TELEMETRY_DISABLED: "1", NODE_DEBUG: "pivotal-webhooks" };
    execFileSync(process.execPath, [next, "build"], { cwd: project, env, stdio: "pipe" });
    server = spawn(process.execPath, [next, "start", "-H", "127.0.0.1", "-p", "0"], {
      cwd: project,
      env: { ...env, PIVOTAL_WEBHOOK_SECRET: SECRET },
    });
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (log += text));
    }
    port = Number(await logged(/http:\/\/127\.0\.0\.1:(\d+)/));
    await logged(/Ready/);
  });
  after(async () => {
    if (server?.exitCode === null && server.kill()) await once(server, "close");
  });

  /** Waits until the server has written this. */
  async function logged(pattern) {
    for (let tries = 0; tries < 200; tries += 1) {
      const [, found = ""] = pattern.exec(log) ?? [undefined, undefined];
      if (pattern.test(log)) return found;
      await setTimeout(100);
    }
    throw new Error(`${pattern} is not in\n${log}`);
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
      // A server that closes the connection may take its answer along.
      assert.ok(answer === undefined || answer.status === 413);
      // At the edge Next itself reads whatever comes.
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

  test("the core is native except at the edge", async () => {
    await logged(/PIVOTAL-WEBHOOKS \d+: native/);
    assert.doesNotMatch(log, /PIVOTAL-WEBHOOKS \d+: WebAssembly/);
  });
});

/** A folder inside the workspace, where Next is found, that has installed the package itself. */
function application() {
  mkdirSync(join(WORKSPACE, "target"), { recursive: true });
  const folder = mkdtempSync(join(WORKSPACE, "target", "next-"));
  renameSync(join(installed(), "node_modules"), join(folder, "node_modules"));
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
