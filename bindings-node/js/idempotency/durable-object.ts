/** A store in Durable Objects of Cloudflare, for Workers: one object for each event. */

import { kindOf } from "../given.js";
import { DONE, type Store } from "./store.js";

/** The state of a Durable Object, as far as {@link WebhookEvent} uses it. */
export interface DurableState {
  readonly storage: {
    get<Value>(name: string): Promise<Value | undefined>;
    put(name: string, value: unknown): Promise<void>;
    deleteAll(): Promise<void>;
    setAlarm(time: number): Promise<void>;
  };
  blockConcurrencyWhile<Value>(callback: () => Promise<Value>): Promise<Value>;
}

/** A namespace of Durable Objects, as far as the store uses it. */
export interface DurableNamespace<Id = unknown> {
  idFromName(name: string): Id;
  get(id: Id): { fetch(url: string, init: { method: string; body: string }): Promise<Response> };
}

/** What an object stores. `lease` is 0 when the event is done. */
interface Stored {
  readonly token: string;
  readonly lease: number;
  readonly expiresAt: number;
}

type Operation = "claim" | "complete" | "release";

/** The shortest time, in milliseconds, until an object looks whether it has expired. */
const SHORTEST_ALARM = 60_000;

/**
 * The Durable Object of one event. Export the class from the Worker, and name it in the Worker's
 * configuration as the class of a namespace, with storage in SQLite or not. An object deletes what it
 * stores when that has expired.
 */
export class WebhookEvent {
  readonly #state: DurableState;

  constructor(state: DurableState, _environment?: unknown) {
    this.#state = state;
  }

  /** Does one operation of the {@link DurableObjectStore}. */
  async fetch(request: Request): Promise<Response> {
    const [operation, token, time] = (await request.json()) as [Operation, string, number];
    // Nothing else runs in this object meanwhile.
    const result = await this.#state.blockConcurrencyWhile<number | boolean>(() => {
      if (operation === "claim") return this.#claim(token, time);
      return operation === "complete" ? this.#complete(token, time) : this.#release(token);
    });
    return Response.json(result);
  }

  /** Deletes what has expired. */
  async alarm(): Promise<void> {
    const stored = await this.#stored();
    if (stored === undefined) return;
    if (stored.expiresAt <= this.now()) await this.#state.storage.deleteAll();
    else await this.#setAlarm(stored);
  }

  /** The time in milliseconds since 1970. A subclass of a test may return another one. */
  protected now(): number {
    return Date.now();
  }

  async #claim(token: string, lease: number): Promise<number> {
    const now = this.now();
    const stored = await this.#stored();
    const isStored = stored !== undefined && stored.expiresAt > now;
    if (isStored && stored.lease === 0) return DONE;
    if (isStored && stored.token !== token) {
      // More than the lease is left only if the clock was set back.
      if (stored.expiresAt > now + stored.lease) {
        await this.#put({ ...stored, expiresAt: now + stored.lease });
      }
      return Math.min(stored.expiresAt - now, stored.lease);
    }
    await this.#put({ token, lease, expiresAt: now + lease });
    return 0;
  }

  async #complete(token: string, keep: number): Promise<boolean> {
    const now = this.now();
    const stored = await this.#stored();
    if (stored !== undefined && stored.expiresAt > now && stored.token !== token) return false;
    await this.#put({ token, lease: 0, expiresAt: now + keep });
    return true;
  }

  async #release(token: string): Promise<boolean> {
    const stored = await this.#stored();
    if (stored?.token !== token || stored.lease === 0 || stored.expiresAt <= this.now()) {
      return false;
    }
    await this.#state.storage.deleteAll();
    return true;
  }

  #stored(): Promise<Stored | undefined> {
    return this.#state.storage.get<Stored>("event");
  }

  async #put(stored: Stored): Promise<void> {
    await this.#state.storage.put("event", stored);
    await this.#setAlarm(stored);
  }

  #setAlarm({ expiresAt }: Stored): Promise<void> {
    return this.#state.storage.setAlarm(Math.max(expiresAt, Date.now() + SHORTEST_ALARM));
  }
}

/**
 * Remembers events in Durable Objects of the class {@link WebhookEvent}, one object for each event.
 *
 * @example
 * ```ts
 * export { WebhookEvent } from "pivotal-webhooks/idempotency";
 *
 * const once = new DurableObjectStore(env.WEBHOOK_EVENTS);
 * ```
 */
export class DurableObjectStore<Id> implements Store {
  readonly #namespace: DurableNamespace<Id>;

  /**
   * @param namespace - The binding of the namespace.
   * @throws TypeError for a value that is not a namespace.
   */
  constructor(namespace: DurableNamespace<Id>) {
    if (typeof namespace?.idFromName !== "function") {
      throw new TypeError(
        `namespace is ${kindOf(namespace)}; pass the binding of a Durable Object namespace`,
      );
    }
    this.#namespace = namespace;
  }

  /** As {@link Store.claim}. */
  claim(key: string, token: string, lease: number): Promise<number> {
    return this.#ask(key, "claim", token, lease);
  }

  /** As {@link Store.complete}. */
  complete(key: string, token: string, keep: number): Promise<boolean> {
    return this.#ask(key, "complete", token, keep);
  }

  /** As {@link Store.release}. */
  release(key: string, token: string): Promise<boolean> {
    return this.#ask(key, "release", token);
  }

  async #ask<Result>(key: string, ...request: [Operation, string, number?]): Promise<Result> {
    const event = this.#namespace.get(this.#namespace.idFromName(key));
    const init = { method: "POST", body: JSON.stringify(request) };
    const response = await event.fetch("https://webhook-event/", init);
    if (!response.ok) throw new Error(`the Durable Object answered ${response.status}`);
    return (await response.json()) as Result;
  }
}
