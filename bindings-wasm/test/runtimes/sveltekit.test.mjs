// Tests the packed package in a SvelteKit application with the documented route, built without a
// secret. The test calls the server in the same way as its adapters.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { freezeDate } from "../../../bindings-node/test/support/clock.mjs";
import { hosts } from "../../../bindings-node/test/support/page.mjs";
import { SECRET } from "../../../bindings-node/test/support/sender.mjs";
import { application, delivery, fileOf } from "./project.mjs";

const URL_OF_ALL = "http://localhost/webhooks/pivotal";

freezeDate();

const FILES = {
  "package.json": '{ "private": true, "type": "module" }',
  "vite.config.js": `
    import { sveltekit } from "@sveltejs/kit/vite";
    export default { plugins: [sveltekit()] };`,
  "svelte.config.js": "export default {};",
  "src/app.html": "<html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>",
  "src/routes/webhooks/pivotal/+server.ts": hosts.get("SvelteKit"),
};

test("SvelteKit builds without a secret, and receives with one", async (context) => {
  const project = application("sveltekit", FILES);
  const { PIVOTAL_WEBHOOK_SECRET: _, ...env } = process.env;
  execFileSync(process.execPath, [fileOf("vite", "bin/vite.js"), "build"], {
    ...{ cwd: project, env, stdio: "pipe" },
  });

  const output = (name) => import(pathToFileURL(join(project, ".svelte-kit/output/server", name)));
  const { Server } = await output("index.js");
  const { manifest } = await output("manifest.js");
  const server = new Server(manifest);
  await server.init({ env: {} });
  process.env.PIVOTAL_WEBHOOK_SECRET = SECRET;
  context.after(() => delete process.env.PIVOTAL_WEBHOOK_SECRET);
  const log = context.mock.method(console, "log", () => {});
  context.mock.method(console, "info", () => {});
  context.mock.method(console, "warn", () => {});
  const { body, headers } = delivery();
  const post = async (sent) => {
    // SvelteKit takes a text for a form of another site.
    const json = { ...headers, "content-type": "application/json" };
    const request = new Request(URL_OF_ALL, { method: "POST", headers: json, body: sent });
    const response = await server.respond(request, { getClientAddress: () => "127.0.0.1" });
    return [response.status, await response.text()];
  };
  assert.deepEqual(await post(body), [200, "ok"]);
  assert.deepEqual(log.mock.calls[0].arguments, ["customer.at_risk", "evt_1"]);
  assert.deepEqual(await post(`${body} `), [401, "invalid signature"]);
});
