// Tests the packed package in a Next application with the documented routes, that is built without a secret and served as in
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
import { blocks, hosts } from "../../../bindings-node/test/support/page.mjs";
import { SECRET, svixSignature, unixNow } from "../../../bindings-node/test/support/sender.mjs";
import { pour, send } from "../../../bindings-node/test/support/wire.mjs";
import { application, delivery, fileOf } from "./project.mjs";

const MAX_BODY = 2 ** 20;

const PAGES_ROUTE = blocks.get("Next's pages router");
const APP_ROUTE = hosts.get("Next's app router");
const ROUTES = {
  pages: "/api/webhooks/pivotal",
  app: "/webhooks/pivotal",
  edge: "/edge/webhooks/pivotal",
};

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
  [`app${ROUTES.app}/route.js`]: APP_ROUTE,
  [`app${ROUTES.edge}/route.js`]: `${APP_ROUTE}export const runtime = "edge";`,
  [`pages${ROUTES.pages}.js`]: PAGES_ROUTE,
  "pages/api/parsed.js": PAGES_ROUTE.replace(/^export const config.*$/m, ""),
};

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

/**
 * A delivery that is sent at once. Next's edge runtime has a clock of its own, which a test can't set. The
 * receivers take it for 300 s, and no single request lasts as long.
 */
function deliveryNow() {
  return delivery(unixNow());
}

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

  for (const [route, path] of Object.entries(ROUTES)) {
    test(`a receiver of the ${route} route`, async () => {
      const post = async (change = (signed) => signed) => {
        const { body, headers } = change(deliveryNow());
        const answer = await send(port, path, body, headers);
        // The app router sends in chunks; such a short answer is one.
        const [, text] = /^[0-9a-f]+\r\n(.*)\r\n0\r\n\r\n$/.exec(answer.body) ?? [];
        return [answer.status, text ?? answer.body];
      };
      assert.deepEqual(await post(), [200, "ok"]);
      await logged(/customer\.at_risk evt_1/);
      const headed = (more) => (signed) => ({ ...signed, headers: { ...signed.headers, ...more } });
      const parsers = ["application/json", "text/plain", "application/x-www-form-urlencoded"];
      for (const type of parsers) {
        assert.deepEqual(await post(headed({ "content-type": type })), [200, "ok"]);
      }
      const twice = ({ headers }) => [["svix-id", "msg_9"], ...Object.entries(headers)];
      for (const change of [
        (signed) => ({ ...signed, body: `${signed.body} ` }),
        (signed) => ({ ...signed, headers: {} }),
        headed({ "svix-signature": svixSignature({ key: Buffer.alloc(24, 7) }) }),
        headed({ "content-encoding": "gzip" }),
        (signed) => ({ ...signed, headers: twice(signed) }),
      ]) {
        assert.deepEqual(await post(change), [401, "invalid signature"]);
      }
      assert.equal((await send(port, path, "", {}, { method: "GET" })).status, 405);
    });

    test(`a body without an end in the ${route} route`, async () => {
      const { answer, sent } = await pour(port, path, 64 * MAX_BODY, () => {});
      // If the server closes the connection, its answer may be lost.
      assert.ok(answer === undefined || answer.status === 413);
      // In the edge runtime, Next itself reads bodies of any length.
      assert.ok(route === "edge" || sent < 32 * MAX_BODY, `${sent} bytes were taken`);
      await logged(/webhook refused \(payload_too_large\)/);
    });
  }

  test("the parser of the pages router is an error that says what to write", async () => {
    const { body, headers } = deliveryNow();
    const given = { ...headers, "content-type": "application/json" };
    assert.equal((await send(port, "/api/parsed", body, given)).status, 500);
    await logged(/TypeError: Next has parsed the body .* bodyParser: false/);
  });

  test(`the core is ${core} except at the edge`, async () => {
    assert.equal(await logged(/PIVOTAL-WEBHOOKS \d+: (native|WebAssembly)/), core);
  });
}
