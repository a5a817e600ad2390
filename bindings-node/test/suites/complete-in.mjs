// Tests that the effect of a handler and the mark of its event are written in one transaction.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once as emitted } from "node:events";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import postgres from "postgres";
import { needsServers } from "../support/servers.mjs";
import {
  needsBetterSqlite,
  needsNodeSqlite,
  Servers,
  temporaryFolder,
} from "../support/stores.mjs";
import { NOW, SECRET, svixHeaders } from "../support/sender.mjs";

const EVENT = { id: "evt_1", type: "customer.at_risk", data: { object: { id: "cus_1" } } };
const BODY = JSON.stringify(EVENT);
const HEADERS = svixHeaders({ at: NOW, body: BODY });
const INSERT = "INSERT INTO effects VALUES ('evt_1')";
const EFFECTS = ["DROP TABLE IF EXISTS effects", "CREATE TABLE effects (id text)"];
const COUNT = "SELECT count(*) AS number FROM effects";

export function completeInSuite({ Webhook }, idempotency, { receiver }) {
  const { claimOf, DONE, LeaseLostError, MemoryStore, NotCommittedError, Once } = idempotency;
  const { PostgresStore, SqliteStore } = idempotency;
  const webhook = new Webhook(SECRET, { clock: () => NOW });
  const KEY = webhook.unwrap(BODY, HEADERS).idempotencyKey;
  const servers = new Servers();
  after(() => servers.stop());

  /** By name: the options of its tests, and a function that makes a store and a database of a handler. */
  const DATABASES = {
    "node:sqlite": [
      needsNodeSqlite,
      async (context) => {
        const { DatabaseSync } = await import("node:sqlite");
        return sqlite(context, (path) => new DatabaseSync(path));
      },
    ],
    "better-sqlite3": [
      needsBetterSqlite,
      async (context) => {
        const { default: Database } = await import("better-sqlite3");
        return sqlite(context, (path) => new Database(path));
      },
    ],
    pg: [
      needsServers,
      async (context) => {
        const { url } = await servers.postgres;
        const pool = new pg.Pool({ connectionString: url });
        context.after(() => pool.end());
        const run = async (text) => (await pool.query(text)).rows;
        const inTransaction = async (work) => {
          const client = await pool.connect();
          try {
            await client.query("BEGIN");
            await work(client, (text) => client.query(text));
            await client.query("COMMIT");
          } catch (error) {
            await client.query("ROLLBACK");
            throw error;
          } finally {
            client.release();
          }
        };
        return emptied(new PostgresStore(pool), run, inTransaction);
      },
    ],
    postgres: [
      needsServers,
      async (context) => {
        const { url } = await servers.postgres;
        const sql = postgres(url, { onnotice() {} });
        context.after(() => sql.end());
        const inTransaction = (work) => sql.begin((own) => work(own, (text) => own.unsafe(text)));
        return emptied(new PostgresStore(sql), (text) => sql.unsafe(text), inTransaction);
      },
    ],
  };

  function sqlite(context, open) {
    const path = join(temporaryFolder(context), "webhooks.db");
    const [database, own] = [open(path), open(path)];
    const store = new SqliteStore(database, { timeout: 60 });
    context.after(() => [database, own].forEach((one) => one.close()));
    const inTransaction = async (work) => {
      own.exec("BEGIN IMMEDIATE");
      try {
        await work(own, (text) => own.exec(text));
        own.exec("COMMIT");
      } catch (error) {
        own.exec("ROLLBACK");
        throw error;
      }
    };
    const run = (text) => (text === COUNT ? own.prepare(text).all() : own.exec(text));
    return emptied(store, run, inTransaction);
  }

  async function emptied(store, run, inTransaction) {
    await run("DROP TABLE IF EXISTS pivotal_webhooks_events");
    await store.migrate?.();
    for (const text of EFFECTS) await run(text);
    const effects = async () => Number((await run(COUNT))[0].number);
    const outcomes = [];
    const post = async (handle) => {
      const receive = receiver(webhook, handle, {
        onOutcome: ({ result }) => outcomes.push(result),
        // A busy machine may take its time.
        once: new Once(store, { storeTimeout: 50 }),
      });
      return (await receive({ method: "POST", headers: HEADERS, body: BODY })).answer.status;
    };
    return { store, effects, inTransaction, outcomes, post };
  }

  for (const [name, [options, make]] of Object.entries(DATABASES)) {
    describe(`a transaction of ${name}`, options, () => {
      test("writes the effect and the mark together", async (context) => {
        const { effects, inTransaction, outcomes, post } = await make(context);
        const handle = (event) =>
          inTransaction(async (connection, run) => {
            await run(INSERT);
            await claimOf(event).completeIn(connection);
          });
        assert.deepEqual([await post(handle), await post(handle)], [200, 200]);
        assert.equal(await effects(), 1);
        assert.deepEqual(outcomes, ["accepted", "accepted", "duplicate"]);
      });

      test("writes neither if it is rolled back", async (context) => {
        const { store, effects, inTransaction, post } = await make(context);
        const handle = (event) =>
          inTransaction(async (connection, run) => {
            await run(INSERT);
            await claimOf(event).completeIn(connection);
            throw new RangeError("after both");
          });
        await assert.rejects(post(handle), /after both/);
        assert.equal(await effects(), 0);
        assert.equal(await store.claim(KEY, "other", 1000), 0);
      });

      test("that the handler has caught and rolled back is not done", async (context) => {
        const { store, effects, inTransaction, post } = await make(context);
        const handle = async (event) => {
          const transaction = inTransaction(async (connection, run) => {
            await run(INSERT);
            await claimOf(event).completeIn(connection);
            throw new RangeError("after both");
          });
          await transaction.catch(() => {});
        };
        await assert.rejects(post(handle), (error) => {
          assert.ok(error instanceof NotCommittedError);
          return /commit the transaction/.test(error.message);
        });
        assert.equal(await effects(), 0);
        assert.equal(await store.claim(KEY, "other", 1000), 0);
      });

      test("writes neither if the worker has lost its lease", async (context) => {
        const { store, effects, inTransaction, outcomes, post } = await make(context);
        const handle = async (event) => {
          const claim = claimOf(event);
          assert.equal(await store.release(claim.key, claim.token), true);
          assert.equal(await store.claim(claim.key, "other", 3_000_000), 0);
          const transaction = inTransaction(async (connection, run) => {
            await run(INSERT);
            await claim.completeIn(connection);
          });
          await assert.rejects(transaction, (error) => error instanceof LeaseLostError);
          return transaction;
        };
        assert.equal(await post(handle), 409);
        assert.equal(await effects(), 0);
        assert.deepEqual(outcomes, ["accepted", "lease_lost"]);
        assert.equal(await store.claim(KEY, "other", 3_000_000), 0);
      });

      test("is done if the handler throws after its commit", async (context) => {
        const { effects, inTransaction, post } = await make(context);
        const handle = async (event) => {
          await inTransaction(async (connection, run) => {
            await run(INSERT);
            await claimOf(event).completeIn(connection);
          });
          throw new RangeError("after the commit");
        };
        await assert.rejects(post(handle), /after the commit/);
        assert.equal(await post(handle), 200);
        assert.equal(await effects(), 1);
      });
    });
  }

  test("a store without transactions says so", async () => {
    const receive = receiver(webhook, (event) => claimOf(event).completeIn({}), {
      onOutcome() {},
      once: new MemoryStore(),
    });
    await assert.rejects(
      receive({ method: "POST", headers: HEADERS, body: BODY }),
      /a MemoryStore can't take part in a transaction: use a store in SQL/,
    );
  });

  describe("a store in an SQLite file", needsNodeSqlite, () => {
    const program = fileURLToPath(new URL("../support/sqlite-worker.mjs", import.meta.url));
    const worker = (...given) =>
      spawn(process.execPath, ["--no-warnings", program, ...given], {
        stdio: ["ignore", "pipe", "inherit"],
      });
    const printed = async (child) => {
      let text = "";
      for await (const piece of child.stdout) text += piece;
      return text;
    };

    test("outlives its process, and is shared by several", async (context) => {
      const path = join(temporaryFolder(context), "webhooks.db");
      const names = ["1", "2", "3", "4"];
      const claims = await Promise.all(names.map((name) => printed(worker("claim", path, name))));
      assert.deepEqual(claims.map((left) => Number(left) === 0).sort(), [
        false,
        false,
        false,
        true,
      ]);
      const store = new SqliteStore(path);
      assert.ok((await store.claim("first", "late", 60_000)) > 0);
      store.close();
    });

    test("costs one lease, and writes neither, if the worker is killed", async (context) => {
      const path = join(temporaryFolder(context), "webhooks.db");
      const { DatabaseSync } = await import("node:sqlite");
      const database = new DatabaseSync(path);
      database.exec("CREATE TABLE effects (id text)");
      const child = worker("transaction", path, SECRET, BODY, JSON.stringify(HEADERS), `${NOW}`);
      const [line] = await emitted(child.stdout, "data");
      assert.equal(`${line}`, "in the transaction\n");
      child.kill("SIGKILL");
      await emitted(child, "exit");

      const at = (clock) => new SqliteStore(database, { clock: () => clock, timeout: 60 });
      assert.equal(await at(NOW).claim(KEY, "other", 1000), 60_000);
      assert.equal(await at(NOW + 60).claim(KEY, "other", 1000), 0);
      assert.equal(database.prepare(COUNT).get().number, 0);
      database.close();
    });

    test("waits for another writer without blocking the process", async (context) => {
      const path = join(temporaryFolder(context), "webhooks.db");
      const { DatabaseSync } = await import("node:sqlite");
      const store = new SqliteStore(path, { timeout: 60 });
      assert.equal(await store.claim("first", "a", 60_000), 0);
      const writer = new DatabaseSync(path);
      writer.exec("BEGIN IMMEDIATE");
      const claim = store.claim("second", "a", 60_000);
      // This runs while the store waits.
      setTimeout(() => writer.exec("COMMIT"), 20);
      assert.equal(await claim, 0);
      writer.exec("BEGIN IMMEDIATE");
      const impatient = new SqliteStore(path, { timeout: 0.02 });
      await assert.rejects(impatient.claim("third", "a", 60_000), /locked/);
      writer.exec("ROLLBACK");
      for (const one of [store, impatient, writer]) one.close();
    });

    test("takes no part in a transaction that is open on its own database", async (context) => {
      const path = join(temporaryFolder(context), "webhooks.db");
      const { DatabaseSync } = await import("node:sqlite");
      const database = new DatabaseSync(path);
      const store = new SqliteStore(database, { timeout: 60 });
      assert.equal(await store.complete("first", "a", 60_000), true);
      if (database.isTransaction === undefined) return; // before Node 22.16
      database.exec("BEGIN");
      const completed = store.complete("second", "a", 60_000);
      setTimeout(() => database.exec("ROLLBACK"), 20);
      assert.equal(await completed, true);
      assert.equal(await store.claim("second", "b", 60_000), DONE);
      database.close();
    });

    test("is opened again after it was closed", async (context) => {
      const store = new SqliteStore(join(temporaryFolder(context), "webhooks.db"));
      assert.equal(await store.complete("first", "a", 60_000), true);
      store.close();
      store.close();
      assert.equal(await store.claim("first", "b", 60_000), DONE);
      store.close();
    });
  });
}
