// The time and the memory of a webhook that is made, used once and dropped, as edge handlers do for
// each request: `node bindings-wasm/bench/webhooks.mjs [count]`, after a build of the package. It prints
// one line for each tenth of the count, by default 1,000,000, in Node and in workerd. The time is that
// of the clock, as the time of workerd's process is not known.

import { createRequire } from "node:module";
import { NOW, SECRET, svixHeaders } from "../../bindings-node/test/support/sender.mjs";
import { heap } from "../test/heap.mjs";
import { run } from "../test/workerd/run.mjs";

const { Webhook } = createRequire(import.meta.url)("pivotal-webhooks-wasm");

const count = Number(process.argv[2] ?? 1_000_000);
const body = "{}";
const headers = svixHeaders({ body });

/** Prints one line for each tenth. `make` makes a number of webhooks and returns what `heap` counts. */
async function measure(runtime, make) {
  console.log(`\n${runtime}`);
  for (const head of ["webhooks", "us each", "pages", "allocated", "free"]) {
    process.stdout.write(head.padStart(10));
  }
  console.log();
  for (let tenth = 1; tenth <= 10; tenth += 1) {
    const start = performance.now();
    const { pages, allocated, free } = await make(count / 10);
    const each = ((performance.now() - start) * 1000) / (count / 10);
    const cells = [(count / 10) * tenth, each.toFixed(1), pages, allocated, free];
    console.log(cells.map((cell) => `${cell}`.padStart(10)).join(""));
  }
}

await measure("Node", (tenth) => {
  for (let made = 0; made < tenth; made += 1) {
    new Webhook(SECRET, { clock: () => NOW }).verify(body, headers);
  }
  return heap();
});

const worker = await run("webhooks.worker.mjs", { bindings: { SECRET } });
await measure("workerd", async (tenth) => {
  const request = { method: "POST", body: JSON.stringify({ count: tenth, body, headers }) };
  return (await worker.dispatchFetch("http://localhost/", request)).json();
});
await worker.dispose();
