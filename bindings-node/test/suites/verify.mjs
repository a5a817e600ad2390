import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { allCases } from "../support/files.mjs";
import { SECRET, svixHeaders, unixNow } from "../support/sender.mjs";
import { problemsOf } from "../support/vectors.mjs";

/** The cases of what this entry does. */
export function verifyingCases() {
  return allCases().filter(({ do: verb }) => verb !== "unwrap" && verb !== "sign");
}

/** `from` is a file of the package's own tests: the package is found from there by its name. */
export function verifySuite(esm, name, from) {
  test("what only verifies answers every vector of that as it says, in every shape", () => {
    const cases = verifyingCases();
    assert.ok(cases.length > 0);
    for (const testCase of cases) {
      assert.deepEqual(problemsOf(esm, testCase), [], `${testCase.name}: ${testCase.why}`);
    }
  });

  test("what only verifies has nothing else, and is one for import and require", () => {
    const cjs = createRequire(from)(name);
    assert.deepEqual({ ...esm }, { ...cjs });
    assert.deepEqual(Object.keys(cjs).sort(), [
      "Webhook",
      "WebhookConfigurationError",
      "WebhookError",
      "WebhookVerificationError",
    ]);
    const { prototype } = esm.Webhook;
    const names = [prototype, Object.getPrototypeOf(prototype)].flatMap(Object.getOwnPropertyNames);
    assert.deepEqual([...new Set(names)].sort(), [
      "constructor",
      "maxBody",
      "toJSON",
      "toString",
      "verify",
      "verifySignature",
    ]);
  });

  test("what only verifies is a Webhook by its name, its text and its errors' stacks", () => {
    const webhook = new esm.Webhook({ current: SECRET });
    assert.equal(`${webhook}`, "<Webhook schemes=svix,pivotal>");
    assert.deepEqual(esm.Webhook.pivot(SECRET).toJSON(), { schemes: ["pivot"] });
    const headers = svixHeaders({ at: unixNow(), body: "{}" });
    assert.deepEqual(webhook.verify("{}", headers), {});
    assert.equal(webhook.verifySignature("{}", headers).label, "current");
    assert.throws(
      () => webhook.verify("{ }", headers),
      (error) =>
        error instanceof esm.WebhookVerificationError &&
        error.stack.startsWith("WebhookVerificationError: ") &&
        /at Webhook\.verify /.test(error.stack),
    );
  });
}
