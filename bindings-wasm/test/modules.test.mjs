import assert from "node:assert/strict";
import { test } from "node:test";
import * as esm from "pivotal-webhooks-wasm";
import { SECRET } from "../../bindings-node/test/support/sender.mjs";
import { modulesSuite } from "../../bindings-node/test/suites/modules.mjs";

modulesSuite(esm, "pivotal-webhooks-wasm", import.meta.url);

test("errors keep their name in the minified module", async () => {
  const { Webhook } = await import("../dist/index.mjs");
  assert.throws(
    () => new Webhook(SECRET).verify("{}", {}),
    ({ name, stack }) =>
      name === "WebhookVerificationError" && stack.startsWith("WebhookVerificationError: "),
  );
});
