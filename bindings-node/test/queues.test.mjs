// Runs the receivers and workers of docs/queues.md with real queues, while receivers are killed.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once as emitted } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Queue } from "bullmq";
import { transform } from "esbuild";
import pg from "pg";
import { Webhook } from "pivotal-webhooks";
import { sampleEvent, signedRequest } from "pivotal-webhooks/testing";
import { WORKSPACE } from "./support/files.mjs";
import { SECRET } from "./support/sender.mjs";
import { needsServers, postgresServer, redisServer } from "./support/servers.mjs";

const PROGRAM = fileURLToPath(new URL("support/jobs.mjs", import.meta.url));

const page = readFileSync(join(WORKSPACE, "docs", "queues.md"), "utf8");
/** The TypeScript block of each section. */
const blocks = new Map(
  [...page.matchAll(/^## (.*)\n(?:(?!^## )[^])*?^```ts\n([^]*?)^```$/gm)].map(
    ([, title, block]) => [title, block],
  ),
);

const EVENTS = ["evt_0", "evt_1", "evt_2", "evt_3", "evt_4"];
/** The events at which a receiver is killed, after it has written their jobs. */
const KILLED = ["evt_1", "evt_3"];

// The folder is inside the workspace, so that the packages are found, and is ignored by git.
const folder = mkdtempSync(join(WORKSPACE, "bindings-node", "dist", "queues-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const requests = new Map(
  EVENTS.map((id) => [id, signedRequest(sampleEvent("customer.at_risk", { id }), SECRET)]),
);
const webhook = new Webhook(SECRET);
const KEYS = [...requests.values()].map(
  ({ body, headers }) => webhook.unwrap(body, headers).idempotencyKey,
);

/** A documented receiver and worker, with what their processes need in their environment. */
class Jobs {
  #file;
  #environment;
  #children = new Set();

  constructor(title, environment, context) {
    this.#file = join(folder, `${title}.mjs`);
    this.#environment = { ...process.env, PIVOTAL_WEBHOOK_SECRET: SECRET, ...environment };
    context.after(() => this.#children.forEach((child) => child.kill("SIGKILL")));
  }

  static async of(title, environment, context) {
    const jobs = new Jobs(title, environment, context);
    const { code } = await transform(blocks.get(title), { loader: "ts", target: "es2022" });
    writeFileSync(jobs.#file, code);
    return jobs;
  }

  /** Starts a process; it has the lines that it prints, one after the other and all of them. */
  start(task) {
    const child = spawn(process.execPath, [PROGRAM, task, this.#file], {
      env: this.#environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#children.add(child);
    const printed = [];
    const reader = createInterface({ input: child.stdout });
    reader.on("line", (line) => printed.push(line));
    const kill = async () => {
      child.kill("SIGKILL");
      await emitted(child, "exit");
    };
    return { printed, kill };
  }

  async #receiver() {
    const { printed, kill } = this.start("serve");
    await until(() => printed.length > 0);
    const post = (id, headers = {}) => {
      const { method, body, headers: signed } = requests.get(id).init();
      const url = `http://127.0.0.1:${printed[0]}/`;
      return fetch(url, {
        method,
        body,
        headers: { ...Object.fromEntries(new Headers(signed)), ...headers },
      });
    };
    return { printed, kill, post };
  }

  /** Delivers every event until it is acknowledged, and kills receivers meanwhile. */
  async deliver() {
    let receiver = await this.#receiver();
    for (const id of EVENTS) {
      if (KILLED.includes(id)) {
        const answer = receiver.post(id, { "x-never-answer": "1" });
        const failed = assert.rejects(answer, TypeError);
        await until(() => receiver.printed.includes("the job is written"));
        await receiver.kill();
        await failed;
        receiver = await this.#receiver();
      } else {
        assert.equal((await receiver.post(id)).status, 200);
      }
    }
    await this.deliverAgain(receiver);
  }

  /** Delivers the events again at which receivers were killed. */
  async deliverAgain(receiver) {
    receiver ??= await this.#receiver();
    for (const id of KILLED) assert.equal((await receiver.post(id)).status, 200);
    await receiver.kill();
  }
}

async function until(isSo) {
  for (let tries = 0; tries < 1200; tries += 1) {
    if (await isSo()) return;
    await sleep(50);
  }
  assert.fail("it took too long");
}

/** What the documented handler prints, if each event is handled once. */
const HANDLED = EVENTS.map((id) => `${id} sam@example.com`);

test("every block is strict TypeScript", () => {
  for (const [title, block] of blocks) writeFileSync(join(folder, `${title}.mts`), block);
  writeFileSync(
    join(folder, "worker.d.ts"),
    `declare module "cloudflare:workers" {
      import type { DurableNamespace } from "pivotal-webhooks-wasm/idempotency";
      export const env: {
        PIVOTAL_WEBHOOK_SECRET: string;
        WEBHOOK_EVENTS: DurableNamespace;
        JOBS: { send(message: unknown, options?: { contentType?: "text" }): Promise<unknown> };
      };
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
  // bindings-wasm/test/queues-workerd.test.mjs runs the Worker.
  assert.deepEqual([...blocks.keys()], ["BullMQ", "pg-boss", "Cloudflare Queues", "Another queue"]);
});

test("BullMQ loses no event, and completes none twice", needsServers, async (context) => {
  const server = await redisServer();
  const connection = { url: `redis://127.0.0.1:${server.port}` };
  const queue = new Queue("webhooks", { connection });
  context.after(async () => {
    await queue.close();
    await server.stop();
  });
  const jobs = await Jobs.of("BullMQ", { REDIS_URL: connection.url }, context);
  await jobs.deliver();
  const waiting = await queue.getWaiting();
  assert.deepEqual(waiting.map(({ id }) => id).sort(), KEYS.toSorted());

  const worker = jobs.start("work");
  const isDone = async () => (await queue.getCompletedCount()) === EVENTS.length;
  await until(isDone);
  // A job that is done is not written again either.
  await jobs.deliverAgain();
  assert.ok(await isDone());
  assert.equal(await queue.count(), 0);
  await worker.kill();
  assert.deepEqual(worker.printed.sort(), HANDLED);
});

const [MAJOR, MINOR] = process.versions.node.split(".").map(Number);
const needsPgBoss =
  MAJOR > 22 || (MAJOR === 22 && MINOR >= 12) ? needsServers : { skip: "pg-boss needs Node 22.12" };

test("pg-boss loses no event, and completes none twice", needsPgBoss, async (context) => {
  const server = await postgresServer();
  const pool = new pg.Pool({ connectionString: server.url });
  context.after(async () => {
    await pool.end();
    await server.stop();
  });
  const jobs = await Jobs.of("pg-boss", { DATABASE_URL: server.url }, context);
  await jobs.deliver();
  const states = async () => {
    const text = "SELECT id, state::text FROM pgboss.job WHERE name = 'webhooks'";
    const { rows } = await pool.query(text);
    return Object.fromEntries(rows.map(({ id, state }) => [id.replaceAll("-", ""), state]));
  };
  const all = (state) => Object.fromEntries(KEYS.map((key) => [key.slice(-32), state]));
  assert.deepEqual(await states(), all("created"));

  const worker = jobs.start("work");
  await until(async () => Object.values(await states()).every((state) => state === "completed"));
  // A job that is done is not written again either.
  await jobs.deliverAgain();
  assert.deepEqual(await states(), all("completed"));
  await worker.kill();
  assert.deepEqual(worker.printed.sort(), HANDLED);
});
