// A receiver with Express over Redis, for `once.py`. It receives deliveries until it is killed.

import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import express from "express";
import { Redis } from "ioredis";
import { Webhook } from "pivotal-webhooks";
import { webhookHandler } from "pivotal-webhooks/express";
import { Once, RedisStore } from "pivotal-webhooks/idempotency";

const { JOURNAL, LEASE, LISTENER, LONGEST_RUN, PLACE, SECRET, WEBHOOK_PATH } = process.env;

const journal = openSync(JOURNAL, "a");
const write = (what, key) => writeSync(journal, `${process.pid} ${what} ${key}\n`);

/** The store, with a line in the journal for each completion. */
class RecordedStore extends RedisStore {
  async complete(key, token, keep) {
    const isDone = await super.complete(key, token, keep);
    if (isDone) write("completed", key);
    return isDone;
  }
}

const client = new Redis({ host: "127.0.0.1", port: Number(PLACE) });
client.on("error", () => {}); // The faults are wanted.

async function handle({ idempotencyKey }) {
  write("begin", idempotencyKey);
  await sleep(Math.random() * Number(LONGEST_RUN));
  write("returned", idempotencyKey);
}

const options = {
  once: new Once(new RecordedStore(client), { lease: Number(LEASE) }),
  onOutcome: ({ result, event }) => {
    if (event !== null && result !== "accepted") write(result, event.idempotencyKey);
  },
};

const app = express();
app.post(WEBHOOK_PATH, webhookHandler(new Webhook(SECRET), handle, options));
app.listen({ fd: Number(LISTENER) });
