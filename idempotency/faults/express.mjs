// A receiver with Express over the store of `once.py`. It receives deliveries until it is killed.

import { openSync, readSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import express from "express";
import { Redis } from "ioredis";
import pg from "pg";
import { Webhook } from "pivotal-webhooks";
import { webhookHandler } from "pivotal-webhooks/express";
import {
  claimOf,
  Once,
  PostgresStore,
  RedisStore,
  SqliteStore,
} from "pivotal-webhooks/idempotency";

const { CLOCK, JOURNAL, LEASE, LISTENER, LONGEST_RUN, PLACE, SECRET, STORE, WEBHOOK_PATH } =
  process.env;

const journal = openSync(JOURNAL, "a");
/** As `Journal.write` in `journal.py`: lines of one length. */
const write = (what, key) =>
  writeSync(journal, `${process.pid} ${what} ${key}`.padEnd(127) + "\n");

// The faults are wanted.
function ignored() {}
console.warn = ignored;

const someTime = () => sleep(Math.random() * Number(LONGEST_RUN));

/** The store, with a line in the journal for each completion. */
class RecordedRedisStore extends RedisStore {
  async complete(key, token, keep) {
    const isDone = await super.complete(key, token, keep);
    if (isDone) write("completed", key);
    return isDone;
  }
}

function withRedis() {
  const client = new Redis({ host: "127.0.0.1", port: Number(PLACE) });
  client.on("error", ignored);
  return { store: new RecordedRedisStore(client), handle: someTime };
}

function withPostgres() {
  const pool = new pg.Pool({ connectionString: PLACE });
  pool.on("error", ignored);
  // A client whose backend ends emits an error beside that of its query.
  pool.on("connect", (client) => client.on("error", ignored));

  async function handle(event) {
    const client = await pool.connect();
    let failure;
    try {
      await client.query("BEGIN");
      await client.query("INSERT INTO effects VALUES ($1)", [event.idempotencyKey]);
      write("transaction", event.idempotencyKey);
      await someTime();
      await claimOf(event).completeIn(client);
      await client.query("COMMIT");
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      // One that failed is closed, and its transaction is rolled back.
      client.release(failure);
    }
    write("completed", event.idempotencyKey);
  }

  return { store: new PostgresStore(pool), handle };
}

async function withSqlite() {
  const { DatabaseSync } = await import("node:sqlite");
  const wrongBy = openSync(CLOCK, "r");
  const content = Buffer.alloc(20);
  const clock = () => {
    readSync(wrongBy, content, 0, content.length, 0);
    return Date.now() / 1000 + Number(content.toString());
  };

  async function handle(event) {
    const database = new DatabaseSync(PLACE, { timeout: 20_000 });
    try {
      database.exec("BEGIN");
      database.prepare("INSERT INTO effects VALUES (?)").run(event.idempotencyKey);
      write("transaction", event.idempotencyKey);
      await someTime();
      claimOf(event).completeIn(database);
      database.exec("COMMIT");
    } finally {
      database.close();
    }
    write("completed", event.idempotencyKey);
  }

  return { store: new SqliteStore(PLACE, { clock }), handle };
}

const STORES = { redis: withRedis, postgres: withPostgres, sqlite: withSqlite };
const { store, handle } = await STORES[STORE]();

/** A run of the handler, from its first line to its last one, in the journal. */
async function run(event) {
  write("begin", event.idempotencyKey);
  try {
    await handle(event);
  } catch (error) {
    write("raised", event.idempotencyKey);
    throw error;
  }
  write("returned", event.idempotencyKey);
}

const options = {
  once: new Once(store, { lease: Number(LEASE) }),
  onOutcome: ({ result, event }) => {
    if (event !== null && result !== "accepted") write(result, event.idempotencyKey);
  },
};

const app = express();
app.post(WEBHOOK_PATH, webhookHandler(new Webhook(SECRET), run, options));
app.use((_error, _request, response, _next) => response.sendStatus(500));
app.listen({ fd: Number(LISTENER) });
