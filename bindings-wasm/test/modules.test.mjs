import assert from "node:assert/strict";
import { test } from "node:test";
import * as esm from "pivotal-webhooks-wasm";
import { SECRET } from "../../bindings-node/test/support/sender.mjs";
import { modulesSuite } from "../../bindings-node/test/suites/modules.mjs";

modulesSuite(esm, "pivotal-webhooks-wasm", import.meta.url);

test("what is downloaded keeps the names that a stack trace shows", async () => {
  for (const file of ["index.mjs", "verify.mjs"]) {
    const { Webhook, WebhookVerificationError } = await import(`../dist/${file}`);
    const names = [Webhook.name, WebhookVerificationError.name];
    assert.deepEqual(names, ["Webhook", "WebhookVerificationError"]);
    assert.throws(
      () => new Webhook(SECRET).verify("{}", {}),
      ({ stack }) => /^WebhookVerificationError: .*\n[^]* at Webhook\.verify /.test(stack),
    );
  }
});
