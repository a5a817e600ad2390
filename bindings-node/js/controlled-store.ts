/** The store of `pivotal-webhooks/testing`, with a clock to set and faults to switch on. */

import { kindOf, ownOptions } from "./given.js";
import { MemoryStore } from "./idempotency/memory.js";
import type { Store } from "./idempotency/store.js";

/** What a {@link ControlledStore} can be made to do. */
export type StoreFault = "down" | "slow" | "lease_lost";

/** The options of a {@link ControlledStore}. */
export interface ControlledStoreOptions {
  /** Returns seconds: the clock of leases and of the time to keep, such as a `frozenClock()`. */
  readonly clock: () => number;
}

/** How long an operation of a slow store takes at most: longer than receivers wait by default. */
const SLOW_MILLISECONDS = 2_000;

const FAULTS: readonly unknown[] = ["down", "slow", "lease_lost", null];

/**
 * A memory store for the tests of a receiver with the option `once`.
 *
 * `store.fault = "down"` makes every operation reject; `"slow"` makes it wait until the fault is switched
 * off, 2 seconds at most, and then reject; `"lease_lost"` gives the claim of a running handler to another
 * worker when it is renewed or completed. `null` is no fault.
 *
 * @example
 * ```ts
 * const clock = frozenClock();
 * const store = new ControlledStore({ clock });
 * const POST = webhookHandler(new Webhook(secret, { clock }), handle, { once: store });
 *
 * store.fault = "down";
 * assert.equal((await POST(signed.request(url))).status, 503);
 * ```
 */
export class ControlledStore implements Store {
  readonly #memory: MemoryStore;
  #fault: StoreFault | null = null;
  /** What the operations of a slow store wait for. */
  readonly #waiting = new Set<() => void>();

  /** @throws TypeError for an option of the wrong type, or without a clock. */
  constructor(options: ControlledStoreOptions) {
    const clock = new Map(ownOptions(options, ["clock"])).get("clock");
    if (typeof clock !== "function") {
      throw new TypeError(`option clock is ${kindOf(clock)}; it takes a function`);
    }
    this.#memory = new MemoryStore({ clock: clock as () => number });
  }

  /** The fault that is switched on. */
  get fault(): StoreFault | null {
    return this.#fault;
  }

  set fault(fault: StoreFault | null) {
    if (!FAULTS.includes(fault)) {
      throw new TypeError('fault must be "down", "slow", "lease_lost" or null');
    }
    this.#fault = fault;
    for (const changed of this.#waiting) changed();
    this.#waiting.clear();
  }

  /** As {@link Store.claim}. */
  async claim(key: string, token: string, lease: number): Promise<number> {
    await this.#fail(key, token);
    return this.#memory.claim(key, token, lease);
  }

  /** As {@link Store.complete}. */
  async complete(key: string, token: string, keep: number): Promise<boolean> {
    await this.#fail(key, token);
    return this.#memory.complete(key, token, keep);
  }

  /** As {@link Store.release}. */
  async release(key: string, token: string): Promise<boolean> {
    await this.#fail(key, token);
    return this.#memory.release(key, token);
  }

  async #fail(key: string, token: string): Promise<void> {
    if (this.#fault === "down") throw new Error("the store is down");
    if (this.#fault === "slow") {
      await this.#change();
      throw new Error("the store was slow");
    }
    // Only a worker that has the claim can lose it.
    if (this.#fault === "lease_lost" && this.#memory.release(key, token)) {
      this.#memory.claim(key, "another worker", 60_000);
    }
  }

  /** Resolves when the fault is set, or after {@link SLOW_MILLISECONDS}. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, SLOW_MILLISECONDS);
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
