// Runs the Worker of docs/queues.md with a queue of Cloudflare, as Miniflare simulates it, while receivers
// are killed. A receiver has a workerd of its own, as the simulated queue is in memory.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, once as emitted } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { sampleEvent, signedRequest } from "pivotal-webhooks-wasm/testing";
import { WORKSPACE } from "../../bindings-node/test/support/files.mjs";
import { SECRET } from "../../bindings-node/test/support/sender.mjs";
import { run } from "./workerd/run.mjs";

const PROGRAM = fileURLToPath(new URL("workerd/jobs.mjs", import.meta.url));

const EVENTS = ["evt_0", "evt_1", "evt_2", "evt_3", "evt_4"];
/** The events at which a receiver is killed, after it has written their jobs. */
const KILLED = ["evt_1", "evt_3"];

/** The module of the page's block, in a folder that the test removes. */
async function documented(context) {
  const page = readFileSync(join(WORKSPACE, "docs", "queues.md"), "utf8");
  const [, block] = /^## Cloudflare Queues\n\n```ts\n([^]*?)^```$/m.exec(page);
  const { code } = await transform(block, { loader: "ts", target: "es2022" });
  // In the package's folder, so that its name is found.
  const folder = mkdtempSync(join(WORKSPACE, "bindings-wasm", "dist", "queues-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "worker.mjs");
  writeFileSync(file, code);
  return file;
}

/** The Worker as the consumer of the queue. Its `fetch` tells what was consumed and printed. */
async function consumer(module, context) {
  const contents = `
    import documented from ${JSON.stringify(module)};
    export { WebhookEvent } from ${JSON.stringify(module)};

    let consumed = 0;
    const printed = [];
    console.log = (...given) => printed.push(given.join(" "));

    export default {
      fetch: () => Response.json({ consumed, printed }),
      async queue(batch) {
        await documented.queue(batch);
        consumed += batch.messages.length;
      },
    };`;
  const worker = await run(
    { contents },
    {
      bindings: { PIVOTAL_WEBHOOK_SECRET: SECRET },
      durableObjects: { WEBHOOK_EVENTS: "WebhookEvent" },
      queueProducers: { JOBS: "jobs" },
      queueConsumers: { jobs: { maxBatchTimeout: 0, maxRetries: 100 } },
    },
  );
  context.after(() => worker.dispose());
  await worker.ready;
  const told = async () => (await worker.dispatchFetch("http://localhost/")).json();
  return { queue: await worker.getQueueProducer("JOBS"), told };
}

/** A server that puts jobs into the queue. While `answers` is false, it says so and does not answer. */
async function bridge(queue, context) {
  const jobs = new EventEmitter();
  jobs.answers = true;
  const server = createServer(async (request, response) => {
    const job = Buffer.concat(await request.toArray());
    await queue.send(job.toString(), { contentType: request.headers.contenttype });
    if (jobs.answers) response.end();
    else jobs.emit("written");
  }).listen(0, "127.0.0.1");
  await emitted(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  jobs.url = `http://127.0.0.1:${server.address().port}/`;
  return jobs;
}

/** A receiver in a workerd of its own. */
async function receiver(module, url, context) {
  // Its workerd is killed with it, as they are one group of processes.
  const child = spawn(process.execPath, [PROGRAM, module, SECRET, url], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = emitted(child, "exit");
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null)
      process.kill(-Number(child.pid), "SIGKILL");
    await ended;
  };
  context.after(kill);
  const [port] = await emitted(child.stdout, "data");
  const post = async (id) => {
    const request = signedRequest(sampleEvent("customer.at_risk", { id }), SECRET);
    return (await fetch(`http://127.0.0.1:${Number(port)}/`, request.init())).status;
  };
  return { kill, post };
}

const onUnix = process.platform === "win32" ? { skip: "no groups of processes" } : {};

test("a queue of Cloudflare loses no event, and completes none twice", onUnix, async (context) => {
  const module = await documented(context);
  const { queue, told } = await consumer(module, context);
  const jobs = await bridge(queue, context);
  let worker = await receiver(module, jobs.url, context);
  for (const id of EVENTS) {
    jobs.answers = !KILLED.includes(id);
    if (jobs.answers) {
      assert.equal(await worker.post(id), 200);
    } else {
      const failed = assert.rejects(worker.post(id), TypeError);
      await emitted(jobs, "written");
      await worker.kill();
      await failed;
      worker = await receiver(module, jobs.url, context);
    }
  }
  jobs.answers = true;
  for (const id of KILLED) assert.equal(await worker.post(id), 200);

  const all = EVENTS.length + KILLED.length;
  let now = await told();
  for (let tries = 0; tries < 1200 && now.consumed < all; tries += 1) {
    await sleep(50);
    now = await told();
  }
  assert.equal(now.consumed, all);
  assert.deepEqual(
    now.printed.sort(),
    EVENTS.map((id) => `${id} sam@example.com`),
  );
});
