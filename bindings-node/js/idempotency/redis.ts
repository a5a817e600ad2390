/** A store in Redis or Valkey, for many machines. */

import { Encoder } from "../encoding.js";
import { kindOf, ownOptions } from "../given.js";
import { redis, settings } from "./data.js";
import type { Store } from "./store.js";

/** A client of `ioredis` or `iovalkey`, as far as the store calls it. */
export interface IoRedisClient {
  evalsha(sha1: string, keys: number, ...texts: string[]): Promise<unknown>;
  eval(script: string, keys: number, ...texts: string[]): Promise<unknown>;
}

/** A client of `redis`, also called node-redis, as far as the store calls it. */
export interface NodeRedisClient {
  evalSha(sha1: string, options: ScriptOptions): Promise<unknown>;
  eval(script: string, options: ScriptOptions): Promise<unknown>;
}

interface ScriptOptions {
  keys: string[];
  arguments: string[];
}

/** The options of a {@link RedisStore}. */
export interface RedisStoreOptions {
  /** What every key starts with. Default: `webhook:`. */
  readonly prefix?: string | undefined;
}

type Script = keyof typeof redis;

/**
 * Remembers events in Redis or Valkey, by a client of `ioredis`, `iovalkey` or `redis`.
 *
 * An operation is one round trip. The server's clock counts, and a key expires by itself. Redis must
 * keep its data: a server that evicts keys (`maxmemory-policy`), or a failover to a replica that lags
 * behind, forgets events, and a forgotten event is handled again.
 */
export class RedisStore implements Store {
  readonly #client: IoRedisClient | NodeRedisClient;
  readonly #prefix: string;

  /**
   * @param client - A connected client. The store does not close it.
   * @throws TypeError for an argument of the wrong type.
   */
  constructor(client: IoRedisClient | NodeRedisClient, options?: RedisStoreOptions) {
    if (typeof client?.eval !== "function" || !("evalSha" in client || "evalsha" in client)) {
      throw new TypeError(
        `client is ${kindOf(client)}; pass a client of ioredis, iovalkey or redis`,
      );
    }
    const given = new Map(ownOptions(options, ["prefix"]));
    const prefix = given.get("prefix") ?? settings.redisPrefix;
    if (typeof prefix !== "string") {
      throw new TypeError(`option prefix is ${kindOf(prefix)}; it takes a string`);
    }
    this.#client = client;
    this.#prefix = prefix;
  }

  /** As {@link Store.claim}. */
  async claim(key: string, token: string, lease: number): Promise<number> {
    return Number(await this.#run("claim", key, token, `${lease}`));
  }

  /** As {@link Store.complete}. */
  async complete(key: string, token: string, keep: number): Promise<boolean> {
    return Number(await this.#run("complete", key, token, `${keep}`)) === 1;
  }

  /** As {@link Store.release}. */
  async release(key: string, token: string): Promise<boolean> {
    return Number(await this.#run("release", key, token)) === 1;
  }

  /** Calls a script by its hash, and sends its text if the server doesn't have it. */
  async #run(script: Script, key: string, ...texts: string[]): Promise<unknown> {
    const client = this.#client;
    const keys = [this.#prefix + key];
    const call = (how: "eval" | "hash", text: string) => {
      if ("evalSha" in client) {
        const options = { keys, arguments: texts };
        return how === "eval" ? client.eval(text, options) : client.evalSha(text, options);
      }
      const all = [...keys, ...texts];
      return how === "eval" ? client.eval(text, 1, ...all) : client.evalsha(text, 1, ...all);
    };
    try {
      return await call("hash", await hashOf(script));
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return call("eval", redis[script]);
    }
  }
}

const hashes = new Map<Script, Promise<string>>();

/** The SHA-1 of a script in hex digits, by which Redis names it. */
function hashOf(script: Script): Promise<string> {
  let hash = hashes.get(script);
  if (hash === undefined) {
    hash = crypto.subtle
      .digest("SHA-1", new Encoder().encode(redis[script]))
      .then((digest) =>
        Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(""),
      );
    hashes.set(script, hash);
  }
  return hash;
}
