// Checks the types of the stores with the clients of each driver. The file is not run.

import Database from "better-sqlite3";
import express from "express";
import { Cluster, Redis } from "ioredis";
import { Redis as Valkey } from "iovalkey";
import pg from "pg";
import { type PivotalEvent, Webhook } from "pivotal-webhooks";
import { webhookHandler } from "pivotal-webhooks/express";
import {
  Claim,
  claimOf,
  DurableObjectStore,
  MemoryStore,
  Once,
  PostgresStore,
  RedisStore,
  SqliteStore,
  type Store,
  WebhookEvent,
} from "pivotal-webhooks/idempotency";
import type { Outcome } from "pivotal-webhooks/receiving";
import postgres from "postgres";
import { createClient, createClientPool, createCluster } from "redis";
import * as wasm from "pivotal-webhooks-wasm";
import { webhookHandler as wasmHandler } from "pivotal-webhooks-wasm/fetch";
import * as wasmIdempotency from "pivotal-webhooks-wasm/idempotency";

const webhook = new Webhook("whsec_x");
const app = express();
const handle = (event: PivotalEvent) => console.log(event.id);

// Every store, with what its users have
const sql = postgres("postgres://localhost");
const pool = new pg.Pool();
const sqlite = new Database("webhooks.db");
const stores: Store[] = [
  new MemoryStore(),
  new MemoryStore({ capacity: 10, clock: () => 1 }),
  new SqliteStore("webhooks.db", { timeout: 1 }),
  new SqliteStore(sqlite),
  new RedisStore(new Redis(), { prefix: "crm:" }),
  new RedisStore(new Cluster([])),
  new RedisStore(new Valkey()),
  new RedisStore(createClient()),
  new RedisStore(createClientPool()),
  new RedisStore(createCluster({ rootNodes: [] })),
  new PostgresStore(pool),
  new PostgresStore(new pg.Client()),
  new PostgresStore(sql),
];
for (const once of stores) app.post("/", webhookHandler(webhook, handle, { once }));
app.post("/", webhookHandler(webhook, handle, { once: new Once(new MemoryStore()) }));
wasmHandler(new wasm.Webhook("whsec_x"), () => {}, {
  once: new wasmIdempotency.Once(new wasmIdempotency.MemoryStore(), { lease: 30 }),
});

const own: Store = {
  claim: async () => 0,
  complete: () => true,
  release: async () => true,
};
new Once(own, {
  lease: 30,
  keep: 30 * 86_400,
  storeTimeout: 0.2,
  dangerouslyRunWhenStoreFails: true,
});

// @ts-expect-error not a store
webhookHandler(webhook, handle, { once: {} });
// @ts-expect-error no such option
new Once(own, { leases: 30 });
// @ts-expect-error not an event
void new Once(own).run({ event: "evt_1", run: async () => {} });
const forged = { id: "evt_1", idempotencyKey: "pivotal_0" };
// @ts-expect-error not a whole event
void new Once(own).run({ event: forged, run: async () => {} });
// @ts-expect-error not a client
new RedisStore({});
// @ts-expect-error not a connection
new PostgresStore("postgres://localhost");

// The claim, and a transaction in each driver
webhookHandler(webhook, async (event) => {
  const claim: Claim = claimOf(event);
  if (claim.isLost) return;
  sqlite.transaction(() => claim.completeIn(sqlite))();
  const done: void = claim.completeIn(sqlite);
  console.log(done);
  await sql.begin(async (transaction) => {
    const marked: Promise<void> = claim.completeIn(transaction);
    await marked;
  });
  const client = await pool.connect();
  await claim.completeIn(client);
  // @ts-expect-error nothing to write to
  claim.completeIn();
});

// Outcomes
export function measure({ result, storeError }: Outcome): unknown {
  switch (result) {
    case "accepted":
    case "refused":
    case "aborted":
    case "duplicate":
    case "in_progress":
    case "lease_lost":
      return result;
    case "store_failed":
      return storeError;
  }
}

// Cloudflare
interface ObjectId {
  readonly name?: string;
}
declare const namespace: {
  idFromName(name: string): ObjectId;
  get(id: ObjectId): { fetch(url: string | URL, init?: RequestInit): Promise<Response> };
};
const durable: Store = new DurableObjectStore(namespace);
export class Renamed extends WebhookEvent {
  protected override now(): number {
    return durable === undefined ? 0 : 1;
  }
}
