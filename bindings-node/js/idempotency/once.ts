/** The flow of one event through a store: claim, run the handler, complete or release. */

import { fieldOf, kindOf, ownOptions } from "../given.js";
import type { PivotalEvent, PivotEvent, Webhook } from "../index.js";
import { Claim } from "./claim.js";
import { settings } from "./data.js";
import { DONE, LeaseLostError, NotCommittedError, type Store } from "./store.js";

/** The options of {@link Once}. All times are in seconds. */
export interface OnceOptions {
  /**
   * How long a claim lasts that is not renewed: 1 to 43200, 60 by default. After a crash the event can
   * be handled again when its lease has ended. While the handler runs, the lease is renewed each time
   * that a third of it has passed.
   */
  readonly lease?: number | undefined;

  /**
   * How long an event stays done: at most 90 days, 7 days by default. It must be at least twice the
   * tolerance of the webhook.
   */
  readonly keep?: number | undefined;

  /** How long the receiver waits for the store: 0.5 by default. */
  readonly storeTimeout?: number | undefined;

  /**
   * Runs the handler, and answers as it decides, when the store can't be reached. The same event can
   * then run several times, also at a time. By default the answer is 503, and the sender tries again.
   */
  readonly dangerouslyRunWhenStoreFails?: boolean | undefined;
}

/** Why a request did not complete its event as usual. */
export type StoreResult = "duplicate" | "in_progress" | "lease_lost" | "store_failed";

/** One event on its way through a store. */
export interface Handling<Result> {
  readonly event: PivotalEvent | PivotEvent;

  /** Calls the handler. */
  readonly run: () => Promise<Result>;

  /** Whether the event is done, by the result of the handler. By default it is. */
  readonly succeeded?: ((result: Result) => boolean) | undefined;

  /** Is called if this call does not complete the event. By default nothing is. */
  readonly report?:
    ((result: StoreResult, status: number, error?: unknown) => Promise<void>) | undefined;

  /** The lease of this event in milliseconds, which is not renewed. */
  readonly lease?: number | undefined;
}

/** What the store decided: the handler has run and its answer stands, or what to answer instead. */
export type Verdict<Result> =
  | {
      readonly status: 200;
      readonly ran: true;
      readonly result: Result;
      readonly retryAfter?: undefined;
    }
  | {
      readonly status: 200 | 409 | 503;
      readonly ran: false;
      readonly retryAfter: number | undefined;
    };

/**
 * A store, and how a receiver uses it: `{ once: new Once(store, { lease: 30 }) }`. The option
 * `{ once: store }` is the same as `{ once: new Once(store) }`.
 */
export class Once {
  /** The store. */
  readonly store: Store;

  readonly #lease: number;
  readonly #keep: number;
  readonly #timeout: number;
  readonly #runsWhenStoreFails: boolean;

  /**
   * @param store - One of `pivotal-webhooks/idempotency`, or an object with the operations of `Store`.
   * @throws TypeError if `store` has not the operations of a store, or an option has the wrong type.
   * @throws RangeError for a number that is out of its range.
   */
  constructor(store: Store, options?: OnceOptions) {
    if (!isStore(store)) {
      throw new TypeError(
        `once is ${kindOf(store)} without the functions claim, complete and release of a store`,
      );
    }
    const { lease, keep, storeTimeout, dangerouslyRunWhenStoreFails } = checkedOptions(options);
    inRange("lease", lease, 1, settings.maxLeaseSeconds);
    inRange("keep", keep, 1, settings.maxKeepSeconds);
    if (!(storeTimeout > 0 && storeTimeout < lease)) {
      throw new RangeError("storeTimeout must be more than 0 seconds, and less than the lease");
    }
    this.store = store;
    this.#lease = Math.round(lease * 1000);
    this.#keep = Math.round(keep * 1000);
    this.#timeout = storeTimeout * 1000;
    this.#runsWhenStoreFails = dangerouslyRunWhenStoreFails;
  }

  /**
   * Checks that the store fits a webhook.
   *
   * @throws RangeError if events are kept for less than twice the tolerance of the webhook.
   */
  check(webhook: Webhook<PivotalEvent | PivotEvent>): void {
    const least = 2 * (webhook.tolerance ?? 0);
    if (this.#keep < least * 1000) {
      throw new RangeError(
        `keep must be at least ${least} seconds, twice the tolerance: a delivery can be sent again ` +
          "for as long",
      );
    }
  }

  /**
   * Runs the handler unless the event is done or in progress.
   *
   * Receivers call it, and workers that get restored events from a queue can. The status is 200 if the
   * event is done, now or before. With 409 and 503 it can be tried again after `retryAfter` seconds:
   * another worker has it, or the store gave no answer.
   *
   * @returns A promise that rejects with what the handler throws.
   */
  async run<Result>(handling: Handling<Result>): Promise<Verdict<Result>> {
    const { event, run, succeeded = () => true, report = async () => {}, lease } = handling;
    const claim = new Claim(this.store, event, lease ?? this.#lease, this.#keep);
    const beganAt = performance.now();
    let left: number;
    try {
      left = await this.#claim(claim);
    } catch (error) {
      await report("store_failed", this.#runsWhenStoreFails ? 200 : 503, error);
      if (!this.#runsWhenStoreFails) return UNAVAILABLE;
      return { status: 200, ran: true, result: await run() };
    }
    if (left === DONE) {
      await report("duplicate", 200);
      return DONE_BEFORE;
    }
    if (left > 0) {
      await report("in_progress", 409);
      return inProgress(left);
    }
    claim.took(left, beganAt);

    let result: Result;
    try {
      result = await (lease === undefined ? this.#renewed(claim, run) : run());
    } catch (error) {
      await this.#release(claim);
      if (!(error instanceof LeaseLostError)) throw error;
      await report("lease_lost", 409);
      return inProgress(settings.retryAfterFailureSeconds * 1000);
    }
    const ran = { status: 200, ran: true, result } as const;
    if (!succeeded(result)) {
      await this.#release(claim);
      return ran;
    }

    try {
      left = await this.#complete(claim);
    } catch (error) {
      if (error instanceof NotCommittedError) throw error;
      const answers = this.#runsWhenStoreFails && !claim.inTransaction;
      await report("store_failed", answers ? 200 : 503, error);
      return answers ? ran : UNAVAILABLE;
    }
    if (left === 0) return ran;
    claim.wasTaken = true;
    await report("lease_lost", left === DONE ? 200 : 409);
    return left === DONE ? DONE_BEFORE : inProgress(left);
  }

  /**
   * Marks the event as done. Resolves to 0 if this worker did it, otherwise to what a claim gives.
   *
   * @throws NotCommittedError if the handler's own transaction was not committed.
   */
  async #complete(claim: Claim): Promise<number> {
    if (claim.inTransaction) {
      const left = await this.#claim(claim);
      if (left === 0) {
        await this.#release(claim);
        throw new NotCommittedError(
          "the handler called completeIn and returned, but the event is not done: commit the " +
            "transaction before the handler returns",
        );
      }
      return left === DONE && !claim.wasTaken ? 0 : left;
    }
    const { key, token, keep } = claim;
    // Twice, as the worker that has the claim may release it in between.
    for (let tries = 0; tries < 2; tries += 1) {
      if (await this.#within(() => this.store.complete(key, token, keep))) return 0;
      const left = await this.#claim(claim);
      if (left !== 0) return left;
    }
    return claim.lease;
  }

  async #release({ key, token }: Claim): Promise<void> {
    try {
      await this.#within(() => this.store.release(key, token));
    } catch (error) {
      console.warn("a webhook's claim could not be released: it ends with its lease", error);
    }
  }

  #claim({ key, token, lease }: Claim): number | Promise<number> {
    return this.#within(() => this.store.claim(key, token, lease));
  }

  /** Renews a claim while the handler runs. */
  async #renewed<Result>(claim: Claim, run: () => Promise<Result>): Promise<Result> {
    let renewal: Promise<void> | undefined;
    const timer = setInterval(() => {
      renewal ??= this.#renew(claim).finally(() => {
        renewal = undefined;
        if (claim.wasTaken) clearInterval(timer);
      });
    }, claim.lease / 3);
    try {
      return await run();
    } finally {
      clearInterval(timer);
      // Otherwise it may reach the store after a release, and then claims the event for a lease.
      await renewal;
    }
  }

  async #renew(claim: Claim): Promise<void> {
    const beganAt = performance.now();
    try {
      claim.took(await this.#claim(claim), beganAt);
    } catch (error) {
      console.warn("a webhook's claim could not be renewed", error);
    }
  }

  /** What the store gives, unless it takes longer than the timeout. A store in memory needs no promise. */
  #within<Value>(operation: () => Value | Promise<Value>): Value | Promise<Value> {
    const given = operation();
    return given instanceof Object && "then" in given ? this.#awaited(given) : given;
  }

  async #awaited<Value>(given: Promise<Value>): Promise<Value> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooSlow = new Promise<never>((_, reject) => {
      const message = `the store took more than ${this.#timeout / 1000} s`;
      timer = setTimeout(() => reject(new Error(message)), this.#timeout);
    });
    try {
      return await Promise.race([given, tooSlow]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const DONE_BEFORE = { status: 200, ran: false, retryAfter: undefined } as const;

const UNAVAILABLE = {
  status: 503,
  ran: false,
  retryAfter: settings.retryAfterFailureSeconds,
} as const;

function inProgress(left: number): Verdict<never> {
  return { status: 409, ran: false, retryAfter: Math.ceil(left / 1000) };
}

/** Whether a value has the operations of a store. */
export function isStore(value: unknown): value is Store {
  const store = Object(value) as Store;
  return (["claim", "complete", "release"] as const).every(
    (name) => typeof fieldOf(store, name) === "function",
  );
}

function checkedOptions(given: unknown) {
  const options = {
    lease: settings.leaseSeconds as number,
    keep: settings.keepSeconds as number,
    storeTimeout: settings.storeTimeoutSeconds as number,
    dangerouslyRunWhenStoreFails: false,
  };
  for (const [name, value] of ownOptions(given, Object.keys(options))) {
    const type = name.startsWith("dangerously") ? "boolean" : "number";
    if (typeof value !== type) {
      throw new TypeError(`option ${name} is ${kindOf(value)}; it takes a ${type}`);
    }
    Object.assign(options, { [name]: value });
  }
  return options;
}

function inRange(name: string, seconds: number, least: number, most: number): void {
  if (!(seconds >= least && seconds <= most)) {
    throw new RangeError(`${name} must be ${least} to ${most} seconds`);
  }
}
