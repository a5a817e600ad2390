import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { NOW, SECRET, svixHeaders } from "../support/sender.mjs";

const WORKERS = 8;
const CALLS = 20_000;
const ROUNDS = 12;

export function threadsSuite({ Webhook }, packageUrl) {
  const body = JSON.stringify({ id: "evt_1", filler: "x".repeat(1000) });
  const workerData = { packageUrl, secret: SECRET, now: NOW, body, headers: svixHeaders({ body }) };
  const start = async () => {
    const worker = new Worker(new URL("../support/worker.mjs", import.meta.url), { workerData });
    assert.deepEqual(await once(worker, "message"), ["ready"]);
    return worker;
  };

  test(`${WORKERS} threads verify at once, each to its end`, async () => {
    const counts = await Promise.all(
      Array.from({ length: WORKERS }, async () => {
        const worker = await start();
        worker.postMessage(CALLS);
        const [count] = await once(worker, "message");
        await worker.terminate();
        return count;
      }),
    );
    assert.deepEqual(counts, Array(WORKERS).fill(CALLS));
  });

  test("threads that are terminated while they verify do not affect others", async () => {
    const webhook = new Webhook(SECRET, { clock: () => NOW });
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all(
        Array.from({ length: WORKERS }, async (_, index) => {
          const worker = await start();
          worker.postMessage(Number.POSITIVE_INFINITY);
          await new Promise((resolve) => setTimeout(resolve, (index * 7 + round * 3) % 40));
          await worker.terminate();
        }),
      );
      assert.deepEqual(webhook.verify(body, workerData.headers), JSON.parse(body));
    }
  });
}
