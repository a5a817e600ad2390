/** A store in PostgreSQL, for many machines. */

import { kindOf } from "../given.js";
import { postgresql, settings } from "./data.js";
import type { Store } from "./store.js";

/** A `Pool`, a `Client` or a client of a pool of `pg`, as far as the store calls it. */
export interface PgConnection {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>;
}

/** The `sql` of `postgres`, or of one of its transactions, as far as the store calls it. */
export interface PostgresJsConnection {
  unsafe(text: string, values?: never[]): PromiseLike<ArrayLike<unknown>>;
}

/** What the store takes, and `completeIn` with it. */
export type PostgresConnection = PgConnection | PostgresJsConnection;

/**
 * The SQL that makes the table `pivotal_webhooks_events`, for a migration of your own. It changes
 * nothing where the table exists.
 */
export const POSTGRES_MIGRATION: string = postgresql.migration;

const COMPLETIONS_PER_PURGE = 100;

/**
 * Remembers events in PostgreSQL, by `pg` or `postgres`.
 *
 * The server's clock counts. The table `pivotal_webhooks_events` must exist: {@link migrate} makes it.
 */
export class PostgresStore implements Store {
  readonly #connection: PostgresConnection;
  #completions = 0;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param connection - A `Pool` or a connected `Client` of `pg`, or the `sql` of `postgres`. The
   *   store does not close it. Don't open transactions on a `Client` that the store has.
   * @throws TypeError for a value of the wrong type.
   */
  constructor(connection: PostgresConnection) {
    if (!isConnection(connection)) {
      throw new TypeError(
        `connection is ${kindOf(connection)}; pass a Pool or Client of pg, or the sql of postgres`,
      );
    }
    this.#connection = connection;
  }

  /** Makes the table, unless it exists. */
  async migrate(): Promise<void> {
    await this.#rows(postgresql.migration);
  }

  /** As {@link Store.claim}. */
  async claim(key: string, token: string, lease: number): Promise<number> {
    const [row] = await this.#rows(postgresql.claim, [key, token, `${lease}`]);
    return Number((row as { readonly result: unknown }).result);
  }

  /** As {@link Store.complete}. */
  async complete(key: string, token: string, keep: number): Promise<boolean> {
    const rows = await this.#rows(postgresql.complete, [key, token, `${keep}`]);
    this.#completions += 1;
    if (this.#completions % COMPLETIONS_PER_PURGE === 0) {
      await this.#rows(postgresql.purge, [`${settings.purgeLimit}`]);
    }
    return rows.length > 0;
  }

  /** As {@link Store.release}. */
  async release(key: string, token: string): Promise<boolean> {
    return (await this.#rows(postgresql.release, [key, token])).length > 0;
  }

  /** As {@link complete}, in the transaction of a connection to the same database. */
  async completeIn(
    connection: PostgresConnection,
    key: string,
    token: string,
    keep: number,
  ): Promise<boolean> {
    const values = [key, token, `${keep}`];
    return (await rowsOf(connection, postgresql.complete, values)).length > 0;
  }

  #rows(text: string, values?: string[]): Promise<readonly unknown[]> {
    const run = () => rowsOf(this.#connection, text, values);
    if ("unsafe" in this.#connection || "totalCount" in this.#connection) return run();
    // A `Client` takes one query at a time.
    const rows = this.#last.then(run);
    this.#last = rows.catch(() => {});
    return rows;
  }
}

function isConnection(value: unknown): value is PostgresConnection {
  const connection = value as (Partial<PgConnection> & Partial<PostgresJsConnection>) | undefined;
  return typeof connection?.unsafe === "function" || typeof connection?.query === "function";
}

async function rowsOf(
  connection: PostgresConnection,
  text: string,
  values?: string[],
): Promise<readonly unknown[]> {
  if ("unsafe" in connection) return Array.from(await connection.unsafe(text, values as never[]));
  return (await connection.query(text, values)).rows;
}
