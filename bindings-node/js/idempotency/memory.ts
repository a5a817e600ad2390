/** A store in the memory of one process. */

import { kindOf, ownOptions } from "../given.js";
import { settings } from "./data.js";
import { DONE, type Store, StoreFullError } from "./store.js";

/** The options of a {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * How many events it remembers: at most 8388608, 1000000 by default. At 1 event per second and 7
   * days, 604800 are needed.
   */
  readonly capacity?: number | undefined;

  /** Returns seconds and never goes back, for tests. Default: `performance.now() / 1000`. */
  readonly clock?: (() => number) | undefined;
}

/** The size at which a `Map` of V8 may refuse another entry, as it counts those that were deleted. */
const MAX_CAPACITY = 2 ** 23;

/**
 * Remembers events until its process ends; for one process, and for tests.
 *
 * Several processes, such as the workers of a cluster, have a store each, so that each of them handles
 * an event once: use another store there. It has no room for more than `capacity` events; a further one
 * is refused until others have expired, and no event is forgotten before its time. An event needs about
 * 100 bytes.
 */
export class MemoryStore implements Store {
  readonly #capacity: number;
  readonly #clock: () => number;
  readonly #inProgress = new Map<string, Held>();
  /** In seconds, so that V8 stores them as small integers. */
  readonly #done = new Map<string, number>();
  /** The tokens of the last completions, which are remembered for one to two default leases. */
  #completedBy = new Map<string, string>();
  #completedByBefore = new Map<string, string>();
  #forgetsAt = 0;
  #cleansAt = 0;

  /**
   * @throws TypeError for an option of the wrong type.
   * @throws RangeError for a capacity that is out of its range.
   */
  constructor(options?: MemoryStoreOptions) {
    const given = new Map(ownOptions(options, ["capacity", "clock"]));
    const capacity = given.get("capacity") ?? settings.memoryCapacity;
    const clock = given.get("clock") ?? monotonicSeconds;
    if (typeof capacity !== "number") {
      throw new TypeError(`option capacity is ${kindOf(capacity)}; it takes a number of events`);
    }
    if (typeof clock !== "function") {
      throw new TypeError(`option clock is ${kindOf(clock)}; it takes a function`);
    }
    if (!(Number.isInteger(capacity) && capacity >= 1 && capacity <= MAX_CAPACITY)) {
      throw new RangeError(`capacity must be a whole number from 1 to ${MAX_CAPACITY}`);
    }
    this.#capacity = capacity;
    this.#clock = clock as () => number;
  }

  /** How many events it remembers, expired ones included. */
  get size(): number {
    return this.#inProgress.size + this.#done.size;
  }

  /**
   * As {@link Store.claim}.
   *
   * @throws {@link StoreFullError} if it remembers `capacity` events.
   */
  claim(key: string, token: string, lease: number): number {
    const now = this.#now();
    if (this.#isDone(key, now)) return DONE;
    const held = this.#inProgress.get(key);
    if (held === undefined) {
      this.#makeRoom(key, now);
      const ownKey = ownCopy(key);
      this.#inProgress.set(ownKey, { key: ownKey, token, expiresAt: now + lease });
      return 0;
    }
    if (held.token !== token && held.expiresAt > now) return Math.ceil(held.expiresAt - now);
    held.token = token;
    held.expiresAt = now + lease;
    return 0;
  }

  /**
   * As {@link Store.complete}.
   *
   * @throws {@link StoreFullError} as {@link claim}, for an event that is not claimed.
   */
  complete(key: string, token: string, keep: number): boolean {
    const now = this.#now();
    const held = this.#inProgress.get(key);
    if (this.#isDone(key, now)) {
      if (!this.#wasCompletedBy(key, token)) return false;
    } else if (held === undefined) {
      this.#makeRoom(key, now);
    } else if (held.token !== token && held.expiresAt > now) {
      return false;
    }
    this.#inProgress.delete(key);
    const ownKey = held?.key ?? ownCopy(key);
    this.#done.set(ownKey, Math.ceil((now + keep) / 1000));
    if (now >= this.#forgetsAt) {
      this.#completedByBefore = this.#completedBy;
      this.#completedBy = new Map();
      this.#forgetsAt = now + settings.leaseSeconds * 1000;
    }
    this.#completedBy.set(ownKey, token);
    return true;
  }

  /** As {@link Store.release}. */
  release(key: string, token: string): boolean {
    const held = this.#inProgress.get(key);
    if (held === undefined || held.token !== token || held.expiresAt <= this.#now()) return false;
    return this.#inProgress.delete(key);
  }

  #now(): number {
    return this.#clock() * 1000;
  }

  #isDone(key: string, now: number): boolean {
    const expiresAt = this.#done.get(key);
    return expiresAt !== undefined && expiresAt * 1000 > now;
  }

  #wasCompletedBy(key: string, token: string): boolean {
    return (this.#completedBy.get(key) ?? this.#completedByBefore.get(key)) === token;
  }

  /** Makes room for a key that is absent, or was done until its time ended. */
  #makeRoom(key: string, now: number): void {
    this.#done.delete(key);
    if (this.size < this.#capacity) return;
    // Not more than once per second, as it looks at every event.
    if (now >= this.#cleansAt) {
      this.#cleansAt = now + 1000;
      for (const [name, expiresAt] of this.#done) {
        if (expiresAt * 1000 <= now) this.#done.delete(name);
      }
      for (const [name, { expiresAt }] of this.#inProgress) {
        if (expiresAt <= now) this.#inProgress.delete(name);
      }
    }
    if (this.size >= this.#capacity) {
      throw new StoreFullError(`the store remembers ${this.#capacity} events: its capacity`);
    }
  }
}

interface Held {
  readonly key: string;
  token: string;
  expiresAt: number;
}

function monotonicSeconds(): number {
  return performance.now() / 1000;
}

/** A copy of a key: V8 would otherwise keep the whole text of which the key is a part. */
function ownCopy(key: string): string {
  const codes: number[] = [];
  for (let index = 0; index < key.length; index += 1) codes.push(key.charCodeAt(index));
  return String.fromCharCode(...codes);
}
