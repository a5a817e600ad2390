// Runs the receiver of docs/queues.md in a workerd of its own, for a test that kills it, and prints its
// port. `jobs.mjs MODULE SECRET URL`: its binding `JOBS` sends each job to the queue behind the URL.

import { run } from "./run.mjs";

const [module, secret, url] = process.argv.slice(2);

const contents = `
  import { WorkerEntrypoint } from "cloudflare:workers";
  export { default, WebhookEvent } from ${JSON.stringify(module)};

  export class Jobs extends WorkerEntrypoint {
    async send(message, { contentType }) {
      await fetch(this.env.QUEUE, { method: "POST", body: message, headers: { contentType } });
    }
  }`;

const worker = await run(
  { contents },
  {
    bindings: { PIVOTAL_WEBHOOK_SECRET: secret, QUEUE: url },
    durableObjects: { WEBHOOK_EVENTS: "WebhookEvent" },
    name: "receiver",
    serviceBindings: { JOBS: { name: "receiver", entrypoint: "Jobs" } },
  },
);
console.log((await worker.ready).port);
