// The time and the memory of a webhook that is made, used once and dropped, as edge handlers do for
// each request: `node bindings-wasm/bench/webhooks.mjs [count]`, after a build of the package. Prints
// one line for each tenth of the count, by default 1,000,000.

import { createRequire } from "node:module";
import { SECRET, svixHeaders, unixNow } from "../../bindings-node/test/support/sender.mjs";

let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given);
    ({ memory } = this.exports);
  }
};
const { Webhook } = createRequire(import.meta.url)("pivotal-webhooks-wasm");

const count = Number(process.argv[2] ?? 1_000_000);
const body = "{}";
const headers = svixHeaders({ at: unixNow(), body });

console.log("webhooks".padStart(10), "us each".padStart(10), "KiB of the module".padStart(18));
for (let tenth = 1; tenth <= 10; tenth += 1) {
  const start = process.cpuUsage();
  for (let made = 0; made < count / 10; made += 1) {
    new Webhook(SECRET, { tolerance: 3600 }).verify(body, headers);
  }
  const { user, system } = process.cpuUsage(start);
  const each = ((user + system) / (count / 10)).toFixed(1);
  const pages = memory.buffer.byteLength / 1024;
  console.log(`${(count / 10) * tenth}`.padStart(10), each.padStart(10), `${pages}`.padStart(18));
}
