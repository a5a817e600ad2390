import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { WORKSPACE } from "../../bindings-node/test/support/files.mjs";
import { SECRET, svixHeaders } from "../../bindings-node/test/support/sender.mjs";
import { run } from "./workerd/run.mjs";

test("the Worker in README.md takes what was signed and refuses the rest", async () => {
  const text = readFileSync(join(WORKSPACE, "bindings-wasm", "README.md"), "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block);
  assert.equal(blocks.length, 1);

  const worker = await run(
    { contents: blocks[0], loader: "ts" },
    { bindings: { PIVOTAL_WEBHOOK_SECRET: SECRET } },
  );
  const body = JSON.stringify({ id: "evt_1", type: "customer.at_risk", data: { name: "Acme" } });
  const post = async (sent) => {
    const headers = svixHeaders({ body });
    const response = await fetch(await worker.ready, { method: "POST", headers, body: sent });
    return [response.status, await response.text()];
  };
  try {
    assert.deepEqual(await post(body), [200, "ok"]);
    assert.deepEqual(await post(`${body} `), [401, "refused"]);
  } finally {
    await worker.dispose();
  }
});
