/** A store in an SQLite file, for the processes of one machine. */

import { kindOf, ownOptions } from "../given.js";
import { settings, sqlite } from "./data.js";
import type { Store } from "./store.js";

/** A statement of `node:sqlite`, `better-sqlite3` or `bun:sqlite`. */
export interface SqliteStatement {
  all(...parameters: never[]): unknown[];
  run(...parameters: never[]): unknown;
}

/** A database of `node:sqlite`, `better-sqlite3` or `bun:sqlite`. */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
  close(): unknown;
}

/** The options of a {@link SqliteStore}. */
export interface SqliteStoreOptions {
  /** How long an operation waits for other connections, in seconds. Default: 0.5. */
  readonly timeout?: number | undefined;

  /** Returns Unix seconds, for tests. Default: `Date.now() / 1000`. */
  readonly clock?: (() => number) | undefined;
}

const COMPLETIONS_PER_PURGE = 100;

/** How long an operation waits, in milliseconds, before it tries a database again that is locked. */
const PAUSE = 5;

type Statement = Exclude<keyof typeof sqlite, "migration">;
type Parameters = Record<string, string | number>;

/**
 * Remembers events in a file, which all processes of one machine can share.
 *
 * The table `pivotal_webhooks_events` is made when the store is first used. A file that is given by its
 * path is opened then, by `node:sqlite` or `bun:sqlite`, in WAL mode; it must be on a local disk. SQLite
 * must be of version 3.35 or later.
 *
 * No operation blocks the process while another connection writes: it tries again until the timeout. A
 * database that was opened with a busy timeout of its own blocks for that time. While the database that
 * was passed in has a transaction open, the operations wait for its end.
 */
export class SqliteStore implements Store {
  readonly #path: string | undefined;
  readonly #timeout: number;
  readonly #clock: () => number;
  readonly #statements = new Map<Statement, SqliteStatement>();
  #database: SqliteDatabase | undefined;
  #isReady = false;
  #completions = 0;

  /**
   * @param database - The path of a file; or a database of `node:sqlite`, `better-sqlite3` or
   *   `bun:sqlite`.
   * @throws TypeError for an argument of the wrong type.
   * @throws RangeError for a path that names no file.
   */
  constructor(database: string | SqliteDatabase, options?: SqliteStoreOptions) {
    const given = new Map(ownOptions(options, ["timeout", "clock"]));
    const timeout = given.get("timeout") ?? settings.storeTimeoutSeconds;
    const clock = given.get("clock") ?? unixSeconds;
    if (typeof timeout !== "number" || typeof clock !== "function") {
      throw new TypeError("option timeout takes a number of seconds, and option clock a function");
    }
    this.#timeout = timeout * 1000;
    this.#clock = clock as () => number;
    if (typeof database === "string") {
      if (database === "" || database === ":memory:") {
        throw new RangeError("the path must name a file; MemoryStore needs none");
      }
      this.#path = database;
    } else if (isDatabase(database)) {
      this.#database = database;
    } else {
      throw new TypeError(
        `database is ${kindOf(database)}; pass the path of a file, or a database of node:sqlite, ` +
          "better-sqlite3 or bun:sqlite",
      );
    }
  }

  /** As {@link Store.claim}. */
  async claim(key: string, token: string, lease: number): Promise<number> {
    const [row] = await this.#run("claim", { key, token, lease, now: this.#now() });
    return Number(firstColumn(row));
  }

  /** As {@link Store.complete}. */
  async complete(key: string, token: string, keep: number): Promise<boolean> {
    const rows = await this.#run("complete", { key, token, keep, now: this.#now() });
    this.#completions += 1;
    if (this.#completions % COMPLETIONS_PER_PURGE === 0) {
      await this.#run("purge", { now: this.#now(), limit: settings.purgeLimit });
    }
    return rows.length > 0;
  }

  /** As {@link Store.release}. */
  async release(key: string, token: string): Promise<boolean> {
    return (await this.#run("release", { key, token, now: this.#now() })).length > 0;
  }

  /** As {@link complete}, in the transaction of a database with the same file. */
  completeIn(database: SqliteDatabase, key: string, token: string, keep: number): boolean {
    const parameters = { key, token, keep, now: this.#now() };
    return execute(database.prepare(sqlite.complete), parameters, database).length > 0;
  }

  /** Closes the file that was given by its path. The next operation opens it again. */
  close(): void {
    if (this.#path === undefined) return;
    this.#database?.close();
    this.#database = undefined;
    this.#isReady = false;
    this.#statements.clear();
  }

  #now(): number {
    return Math.trunc(this.#clock() * 1000);
  }

  /** All rows of a statement. */
  async #run(name: Statement, parameters: Parameters): Promise<unknown[]> {
    const end = performance.now() + this.#timeout;
    for (;;) {
      try {
        const database = await this.#open();
        if (!inTransaction(database)) {
          return execute(this.#statement(database, name), parameters, database, name === "purge");
        }
        if (performance.now() >= end) throw new Error("the database has a transaction open");
      } catch (error) {
        if (!isBusy(error) || performance.now() >= end) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  #statement(database: SqliteDatabase, name: Statement): SqliteStatement {
    let statement = this.#statements.get(name);
    if (statement === undefined) {
      statement = database.prepare(sqlite[name]);
      this.#statements.set(name, statement);
    }
    return statement;
  }

  async #open(): Promise<SqliteDatabase> {
    if (this.#database === undefined) {
      const opened = await opener();
      // Another operation may have opened it meanwhile.
      this.#database ??= opened(this.#path as string);
    }
    if (!this.#isReady && !inTransaction(this.#database)) {
      if (this.#path !== undefined) this.#database.exec("PRAGMA journal_mode = WAL");
      this.#database.exec(sqlite.migration);
      this.#isReady = true;
    }
    return this.#database;
  }
}

function unixSeconds(): number {
  return Date.now() / 1000;
}

function isDatabase(value: unknown): value is SqliteDatabase {
  const database = value as Partial<SqliteDatabase> | null | undefined;
  return typeof database?.prepare === "function" && typeof database.exec === "function";
}

/** A function that opens a file with the SQLite of this runtime. */
async function opener(): Promise<(path: string) => SqliteDatabase> {
  // The names are variables, so that no bundler looks for the modules.
  const [ofBun, ofNode] = ["bun:sqlite", "node:sqlite"];
  if ("Bun" in globalThis) {
    const { Database } = (await import(ofBun)) as {
      Database: new (path: string) => SqliteDatabase;
    };
    return (path) => new Database(path);
  }
  let module: { DatabaseSync: new (path: string) => SqliteDatabase };
  try {
    module = (await import(ofNode)) as typeof module;
  } catch (cause) {
    throw new Error(
      "this runtime has no node:sqlite, which Node has since version 22.13: pass a database of " +
        "better-sqlite3 instead of a path",
      { cause },
    );
  }
  return (path) => new module.DatabaseSync(path);
}

/**
 * All rows of a statement. It is stepped to its end, as a statement with more rows to give has not
 * committed.
 *
 * @param hasNoRows - The statement returns no rows by its kind.
 */
function execute(
  statement: SqliteStatement,
  parameters: Parameters,
  database: SqliteDatabase,
  hasNoRows = false,
): unknown[] {
  const { all, run } = statement as { [name in "all" | "run"]: (given: Parameters) => unknown };
  const given = namesIn(database, parameters);
  if (!hasNoRows) return all.call(statement, given) as unknown[];
  run.call(statement, given);
  return [];
}

/** Bun expects the colon in the names of parameters, unless its database is strict. */
function namesIn(database: SqliteDatabase, parameters: Parameters): Parameters {
  if (!("Bun" in globalThis) || !("query" in database)) return parameters;
  const prefixed = Object.entries(parameters).map(([name, value]) => [`:${name}`, value]);
  return { ...parameters, ...Object.fromEntries(prefixed) };
}

/** The value of the only column, in a row that is an object or an array. */
function firstColumn(row: unknown): unknown {
  return Object.values(row as object)[0];
}

function inTransaction(database: SqliteDatabase): boolean {
  const { inTransaction, isTransaction } = database as {
    readonly inTransaction?: boolean;
    readonly isTransaction?: boolean;
  };
  return inTransaction ?? isTransaction ?? false;
}

/** The primary code of SQLITE_BUSY, which the drivers give as a number or as a name. */
const BUSY = 5;

function isBusy(error: unknown): boolean {
  const { code, errcode, errno } = error as {
    readonly code?: unknown;
    readonly errcode?: number;
    readonly errno?: number;
  };
  const number = errcode ?? errno;
  if (typeof code === "string" && code.startsWith("SQLITE_BUSY")) return true;
  return number !== undefined && (number & 0xff) === BUSY;
}
