// Checks that every JavaScript block of docs/idempotency.md is strict TypeScript, and runs them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once as emitted } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, before, mock, test } from "node:test";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";
import pg from "pg";
import { DONE, MemoryStore, PostgresStore } from "pivotal-webhooks/idempotency";
import { sampleEvent, signedRequest } from "pivotal-webhooks/testing";
import { WORKSPACE } from "./support/files.mjs";
import { SECRET } from "./support/sender.mjs";
import { needsServers, postgresServer } from "./support/servers.mjs";
import { needsNodeSqlite } from "./support/stores.mjs";

process.env.PIVOTAL_WEBHOOK_SECRET = SECRET;

const page = readFileSync(join(WORKSPACE, "docs", "idempotency.md"), "utf8");
const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block);
assert.equal(blocks.length, 5);
// `javascript-docs.test.mjs` runs the fourth block.
const [FIRST, WORKER, TRANSACTION, , OWN_STORE] = blocks;

// The folder is inside the workspace, so that the packages are found, and is ignored by git.
const folder = mkdtempSync(join(WORKSPACE, "bindings-node", "dist", "once-docs-"));
const start = process.cwd();
before(() => {
  process.chdir(folder);
  for (const level of ["log", "info"]) mock.method(console, level, () => {});
});
after(() => {
  process.chdir(start);
  rmSync(folder, { recursive: true, force: true });
});

async function moduleOf(block) {
  const file = join(folder, `block-${blocks.indexOf(block)}.mjs`);
  const { code } = await transform(block, { loader: "ts", target: "es2022" });
  writeFileSync(file, code);
  return import(pathToFileURL(file));
}

/** The statuses of two deliveries of one event. */
async function twice(listener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await emitted(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}/webhooks/pivotal`;
  const request = signedRequest(sampleEvent("customer.at_risk"), SECRET);
  const statuses = [];
  for (let sent = 0; sent < 2; sent += 1) {
    statuses.push((await fetch(url, request.init())).status);
  }
  server.closeAllConnections();
  server.close();
  return statuses;
}

test("every block is strict TypeScript", () => {
  for (const [index, block] of blocks.entries()) {
    writeFileSync(join(folder, `block-${index}.mts`), block);
  }
  writeFileSync(
    join(folder, "worker.d.ts"),
    `declare module "cloudflare:workers" {
      import type { DurableNamespace } from "pivotal-webhooks-wasm/idempotency";
      export const env: { PIVOTAL_WEBHOOK_SECRET: string; WEBHOOK_EVENTS: DurableNamespace };
    }`,
  );
  const compilerOptions = {
    ...{ strict: true, module: "nodenext", target: "es2022", types: ["node"], noEmit: true },
    skipLibCheck: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
  const tsc = join(dirname(typescript), "bin", "tsc");
  try {
    execFileSync(process.execPath, [tsc, "--project", folder], { encoding: "utf8" });
  } catch (error) {
    assert.fail(error.stdout);
  }
  // bindings-wasm/test/stores-workerd.test.mjs runs such a Worker.
  assert.match(WORKER, /export \{ WebhookEvent \}/);
});

test("the first receiver handles an event once", needsNodeSqlite, async () => {
  const { app } = await moduleOf(FIRST);
  assert.deepEqual(await twice(app), [200, 200]);
  assert.equal(console.log.mock.callCount(), 1);
});

test("the transaction writes the effect once", needsServers, async (context) => {
  const server = await postgresServer();
  const { hostname, port, username } = new URL(server.url);
  Object.assign(process.env, {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGDATABASE: "postgres",
  });
  const own = new pg.Pool();
  const { Pool } = pg;
  let pool;
  pg.Pool = class extends Pool {
    constructor(...given) {
      super(...given);
      pool = this;
    }
  };
  context.after(async () => {
    pg.Pool = Pool;
    await Promise.all([own.end(), pool?.end()]);
    await server.stop();
  });
  await new PostgresStore(own).migrate();
  await own.query("CREATE TABLE calls (event text)");
  const { listener } = await moduleOf(TRANSACTION);
  assert.deepEqual(await twice(listener), [200, 200]);
  assert.equal((await own.query("SELECT * FROM calls")).rowCount, 1);
});

test("the store of one's own counts", async () => {
  const { CountingStore } = await moduleOf(OWN_STORE);
  const store = new CountingStore(new MemoryStore());
  assert.equal(store.claim("key", "a", 1000), 0);
  assert.equal(store.complete("key", "a", 1000), true);
  assert.equal(store.claim("key", "b", 1000), DONE);
  assert.equal(store.claims, 2);
});
