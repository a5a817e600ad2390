/** The claim that a running handler has on its event. */

import type { PivotalEvent, PivotEvent } from "../index.js";
import type { PostgresConnection } from "./postgres.js";
import type { SqliteDatabase } from "./sqlite.js";
import { LeaseLostError, type Store } from "./store.js";

// Registered, as each receiver is bundled with its own copy of this module.
const CLAIM = Symbol.for("pivotal-webhooks.claim");

/** The claim of one worker on one event. {@link claimOf} returns it in a handler. */
export class Claim {
  /** The event's `idempotencyKey`. */
  readonly key: string;

  /** The text by which the store knows this worker. */
  readonly token: string = crypto.randomUUID();

  /** How long the claim lasts after it was made or renewed, in milliseconds. */
  readonly lease: number;

  /** How long the event stays done, in milliseconds. */
  readonly keep: number;

  /** Whether the store said that another worker has claimed or completed the event. */
  wasTaken = false;

  /** Whether {@link completeIn} was called. */
  inTransaction = false;

  readonly #store: Store;
  #endsAt: number | undefined;

  /** @internal */
  constructor(store: Store, event: PivotalEvent | PivotEvent, lease: number, keep: number) {
    this.#store = store;
    this.key = event.idempotencyKey;
    this.lease = lease;
    this.keep = keep;
    Object.defineProperty(event, CLAIM, { value: this, configurable: true });
  }

  /**
   * Whether another worker has claimed or completed the event, or can claim it by now.
   *
   * That is so when a renewal has found it, or when the lease has ended by this machine's clock without
   * a renewal. A long handler can look at it and stop.
   */
  get isLost(): boolean {
    return this.wasTaken || (this.#endsAt !== undefined && performance.now() >= this.#endsAt);
  }

  /**
   * Notes what the store said to a claim or a renewal.
   *
   * @param left - The result of {@link Store.claim}.
   * @param beganAt - When it was asked, by `performance.now()`. The lease ends by this time.
   * @internal
   */
  took(left: number, beganAt: number): void {
    this.wasTaken = left !== 0;
    if (left === 0) this.#endsAt = beganAt + this.lease;
  }

  /**
   * Marks the event as done in the transaction of a connection of your own.
   *
   * The effect of the handler and the mark are then written together or not at all. Commit before the
   * handler returns: the receiver answers 200 only if the store says by then that the event is done.
   *
   * @param connection - A database with the file of the `SqliteStore`, or a connection to the database
   *   of the `PostgresStore`, with a transaction open. Await the result for PostgreSQL.
   * @throws {@link LeaseLostError} if another worker has claimed or completed the event. Let the error
   *   leave the transaction, so that it is rolled back.
   * @throws TypeError if the store can't take part in a transaction.
   */
  completeIn(connection: SqliteDatabase): void;
  completeIn(connection: PostgresConnection): Promise<void>;
  completeIn(connection: SqliteDatabase | PostgresConnection): void | Promise<void> {
    const store = this.#store as Store & { completeIn?: Store["complete"] };
    if (typeof store.completeIn !== "function") {
      const kind = store.constructor.name;
      throw new TypeError(`a ${kind} can't take part in a transaction: use a store in SQL`);
    }
    const complete = store.completeIn as unknown as CompleteIn;
    const isDone = complete.call(store, connection, this.key, this.token, this.keep);
    return typeof isDone === "boolean" ? this.#check(isDone) : isDone.then((it) => this.#check(it));
  }

  #check(isDone: boolean): void {
    this.inTransaction = true;
    if (!isDone) {
      this.wasTaken = true;
      throw new LeaseLostError("another worker has claimed or completed this event");
    }
  }
}

type CompleteIn = (
  connection: unknown,
  key: string,
  token: string,
  keep: number,
) => boolean | Promise<boolean>;

/**
 * The claim of the handler that was called with this event.
 *
 * @throws Error if the receiver has no store.
 */
export function claimOf(event: PivotalEvent | PivotEvent): Claim {
  const claim = (event as { readonly [CLAIM]?: Claim })[CLAIM];
  if (claim === undefined) {
    throw new Error("the event has no claim: it comes from no receiver with the option `once`");
  }
  return claim;
}
