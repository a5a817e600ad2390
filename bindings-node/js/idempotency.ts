/**
 * Stores of handled events, so that a receiver runs its handler once per event.
 *
 * For each event, at most one handler runs at a time, at least one run happens, and exactly one run
 * completes. A run that fails or is killed is repeated.
 *
 * | store | for | made of |
 * | --- | --- | --- |
 * | {@link MemoryStore} | one process | nothing |
 * | {@link SqliteStore} | processes on one machine | a path, or a database |
 * | {@link RedisStore} | many machines | a client of `ioredis` or `redis` |
 * | {@link PostgresStore} | many machines | a connection of `pg` or `postgres` |
 * | {@link DurableObjectStore} | Cloudflare Workers | a namespace of Durable Objects |
 *
 * @example
 * ```ts
 * const store = new SqliteStore("webhooks.db");
 *
 * app.post("/webhooks/pivotal", webhookHandler(webhook, handle, { once: store }));
 * ```
 */

export { Claim, claimOf } from "./idempotency/claim.js";
export {
  type DurableNamespace,
  DurableObjectStore,
  type DurableState,
  WebhookEvent,
} from "./idempotency/durable-object.js";
export { MemoryStore, type MemoryStoreOptions } from "./idempotency/memory.js";
export { Once, type OnceOptions } from "./idempotency/once.js";
export {
  type PgConnection,
  POSTGRES_MIGRATION,
  type PostgresConnection,
  type PostgresJsConnection,
  PostgresStore,
} from "./idempotency/postgres.js";
export {
  type IoRedisClient,
  type NodeRedisClient,
  RedisStore,
  type RedisStoreOptions,
} from "./idempotency/redis.js";
export {
  type SqliteDatabase,
  type SqliteStatement,
  SqliteStore,
  type SqliteStoreOptions,
} from "./idempotency/sqlite.js";
export {
  DONE,
  LeaseLostError,
  NotCommittedError,
  type Store,
  StoreFullError,
} from "./idempotency/store.js";
