// A receiver in workerd. It prints its port, and the id of the process to measure.

import { readFileSync, readdirSync } from "node:fs";
import { run } from "../../bindings-wasm/test/workerd/run.mjs";

const { SECRET, MAX_BODY, AT } = process.env;
const contents = `
import { Webhook } from "pivotal-webhooks-wasm";
import { webhookHandler } from "pivotal-webhooks-wasm/fetch";

let handler;

export default {
  fetch(request, { SECRET, MAX_BODY, AT }) {
    handler ??= webhookHandler(
      new Webhook(SECRET, { maxBody: Number(MAX_BODY), clock: () => Number(AT) }),
      () => new Response("ok"),
      { onOutcome: () => {} },
    );
    return handler(request);
  },
};`;
const worker = await run({ contents }, { bindings: { SECRET, MAX_BODY, AT } });
const { port } = await worker.ready;

/** The process of workerd, which Miniflare has started. */
function child() {
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${id}/stat`, "utf8");
      const [, name, , parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(stat);
      if (name === "workerd" && Number(parent) === process.pid) return id;
    } catch {
      // It has ended.
    }
  }
  throw new Error("workerd does not run");
}

console.log(port, child());
