// How many bytes a Durable Object needs to remember an event that is done:
// `node bindings-wasm/bench/durable-objects.mjs`, after a build of the package.
//
// Each object has a database of its own, whose size it tells, in workerd.

import { createHash, randomUUID } from "node:crypto";
import { run } from "../test/workerd/run.mjs";

const EVENTS = 100;

const worker = await run(
  {
    contents: `
      import { env } from "cloudflare:workers";
      import { DurableObjectStore, WebhookEvent } from "pivotal-webhooks-wasm/idempotency";

      export class Event extends WebhookEvent {
        constructor(state, environment) {
          super(state, environment);
          this.storage = state.storage;
        }

        async fetch(request) {
          if (request.method === "GET") return Response.json(this.storage.sql.databaseSize);
          return super.fetch(request);
        }
      }

      const store = new DurableObjectStore(env.EVENTS);

      export default {
        async fetch(request) {
          const [key, token] = await request.json();
          const left = await store.claim(key, token, 60_000);
          const isDone = await store.complete(key, token, 604_800_000);
          const object = env.EVENTS.get(env.EVENTS.idFromName(key));
          const size = await (await object.fetch("https://webhook-event/")).json();
          return Response.json({ isDone: left === 0 && isDone, size });
        },
      };`,
  },
  { durableObjects: { EVENTS: { className: "Event", useSQLite: true } } },
);

try {
  let bytes = 0;
  for (let number = 0; number < EVENTS; number += 1) {
    const key = `pivotal_${createHash("sha256").update(`${number}`).digest("hex").slice(0, 32)}`;
    const init = { method: "POST", body: JSON.stringify([key, randomUUID()]) };
    const response = await worker.dispatchFetch("http://localhost/", init);
    const { isDone, size } = await response.json();
    if (!isDone) throw new Error("the event was not done");
    bytes += size;
  }
  console.log(`${bytes / EVENTS} B for each event in a Durable Object with storage in SQLite`);
} finally {
  await worker.dispose();
}
