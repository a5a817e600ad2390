// Every kind of store, empty, with a way to let time pass for it.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Redis from "ioredis";
import Valkey from "iovalkey";
import pg from "pg";
import postgres from "postgres";
import { createClient } from "redis";
import { testClock } from "./clock.mjs";
import { needsServers, postgresServer, redisServer, valkeyServer } from "./servers.mjs";

/**
 * A second of a scenario, in milliseconds, for a store whose clock is a server's. It is so long that a
 * busy machine changes no result.
 */
const OF_SERVERS = 100_000;

const MAJOR = Number(process.versions.node.split(".")[0]);

/** The option of a test that needs the SQLite of Node. */
export const needsNodeSqlite = MAJOR >= 22 ? {} : { skip: "Node has no node:sqlite" };

/** The option of a test that needs better-sqlite3, whose addon is for Node 22 and newer. */
export const needsBetterSqlite = MAJOR >= 22 ? {} : { skip: "better-sqlite3 needs Node 22" };

/** Where no write waits for a disk. */
const IN_MEMORY = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A folder that the test removes. */
export function temporaryFolder(context) {
  const folder = mkdtempSync(join(IN_MEMORY, "pivotal-store-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The servers, each started when the first test needs it. */
export class Servers {
  #redis;
  #valkey;
  #postgres;

  get redis() {
    return (this.#redis ??= redisServer());
  }

  get valkey() {
    return (this.#valkey ??= valkeyServer());
  }

  get postgres() {
    return (this.#postgres ??= postgresServer());
  }

  async stop() {
    const servers = [this.#redis, this.#valkey, this.#postgres];
    await Promise.all(servers.map(async (server) => (await server)?.stop()));
  }
}

/**
 * By name: the options of its tests, and a function that makes an empty store. It has `wait`, which lets
 * milliseconds pass, `setClock`, which sets the store's wall clock by milliseconds, and `clear`, which
 * empties the store, unless it is as cheap to make another one. A store that a call takes long to reach
 * has `performAll`, which does calls one after the other and gives their results.
 */
export const STORES = {
  memory: [
    {},
    ({ MemoryStore }) => {
      const clock = testClock(1000);
      const store = new MemoryStore({ clock });
      return { store, wait: clock.advance, setClock() {}, second: 1000 };
    },
  ],
  "node:sqlite by path": [needsNodeSqlite, (own, _, context) => sqliteCase(own, context)],
  "node:sqlite": [
    needsNodeSqlite,
    async (own, _, context) => {
      const { DatabaseSync } = await import("node:sqlite");
      return sqliteCase(own, context, (path) => new DatabaseSync(path));
    },
  ],
  "better-sqlite3": [
    needsBetterSqlite,
    async (own, _, context) => {
      const { default: Database } = await import("better-sqlite3");
      return sqliteCase(own, context, (path) => new Database(path));
    },
  ],
  ioredis: [
    needsServers,
    async ({ RedisStore }, servers, context) => {
      const { port } = await servers.redis;
      const client = new Redis({ port });
      context.after(() => client.disconnect());
      return redisCase(new RedisStore(client), client);
    },
  ],
  "node-redis": [
    needsServers,
    async ({ RedisStore }, servers, context) => {
      const { port } = await servers.redis;
      const other = new Redis({ port });
      const client = await createClient({ socket: { port } }).connect();
      context.after(() => {
        other.disconnect();
        client.destroy();
      });
      return redisCase(new RedisStore(client), other);
    },
  ],
  iovalkey: [
    needsServers,
    async ({ RedisStore }, servers, context) => {
      const { port } = await servers.valkey;
      const client = new Valkey({ port });
      context.after(() => client.disconnect());
      return redisCase(new RedisStore(client), client);
    },
  ],
  pg: [
    needsServers,
    async (own, servers, context) => {
      const { url } = await servers.postgres;
      const pool = new pg.Pool({ connectionString: url });
      context.after(() => pool.end());
      return postgresCase(own, pool, (text) => pool.query(text));
    },
  ],
  "pg, one client": [
    needsServers,
    async (own, servers, context) => {
      const { url } = await servers.postgres;
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      context.after(() => client.end());
      return postgresCase(own, client, (text) => client.query(text));
    },
  ],
  postgres: [
    needsServers,
    async (own, servers, context) => {
      const { url } = await servers.postgres;
      const sql = postgres(url, { onnotice() {} });
      context.after(() => sql.end());
      return postgresCase(own, sql, (text) => sql.unsafe(text));
    },
  ],
};

function sqliteCase({ SqliteStore }, context, open = (path) => path) {
  const clock = testClock(1_750_000_000);
  const database = open(join(temporaryFolder(context), "webhooks.db"));
  const store = new SqliteStore(database, { clock, timeout: 60 });
  context.after(() => (typeof database === "string" ? store : database).close());
  const clear = async () => {
    await store.release("none", "none"); // makes the table
    const connection = typeof database === "string" ? await otherOn(database) : database;
    connection.exec(DELETE_ALL);
    if (connection !== database) connection.close();
  };
  return { store, wait: clock.advance, setClock: clock.advance, clear, second: 1000 };
}

async function otherOn(path) {
  const { DatabaseSync } = await import("node:sqlite");
  return new DatabaseSync(path, { timeout: 60_000 });
}

const DELETE_ALL = "DELETE FROM pivotal_webhooks_events";

async function redisCase(store, client) {
  await client.flushall();
  /** Makes every key expire so much later. */
  const shift = async (milliseconds) => {
    for (const key of await client.keys("*")) {
      const left = (await client.pttl(key)) + milliseconds;
      await (left > 0 ? client.pexpire(key, left) : client.del(key));
    }
  };
  return {
    store,
    wait: (passed) => shift(-passed),
    setClock: (setBy) => shift(-setBy),
    clear: () => client.flushall(),
    second: OF_SERVERS,
  };
}

async function postgresCase({ PostgresStore }, connection, run) {
  await run("DROP TABLE IF EXISTS pivotal_webhooks_events");
  const store = new PostgresStore(connection);
  await store.migrate();
  await store.migrate();
  const shift = (milliseconds) =>
    run(
      "UPDATE pivotal_webhooks_events " +
        `SET expires_at = expires_at + ${milliseconds} * interval '1 millisecond'`,
    );
  return {
    store,
    wait: (passed) => shift(-passed),
    setClock: (setBy) => shift(-setBy),
    clear: () => run(DELETE_ALL),
    second: OF_SERVERS,
  };
}
