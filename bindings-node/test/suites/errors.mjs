import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { allCases, WORKSPACE } from "../support/files.mjs";
import { errorOf } from "../support/vectors.mjs";

export function errorsSuite(pkg) {
  const { ERROR_CODES, WebhookVerificationError } = pkg;

  test("the package exports the surface and nothing else", () => {
    assert.deepEqual(
      Object.keys(pkg)
        .filter((name) => name !== "default" && name !== "module.exports")
        .sort(),
      [
        "ERROR_CODES",
        "PIVOTAL_EVENT_TYPES",
        "PIVOT_EVENT_TYPES",
        "Webhook",
        "WebhookVerificationError",
      ],
    );
  });

  test("the listed codes are the ones that happen", () => {
    const seen = new Map();
    for (const testCase of allCases()) {
      const error = errorOf(pkg, testCase);
      if (error !== undefined) seen.set(error.code, error);
    }
    assert.deepEqual([...seen.keys()].sort(), [...ERROR_CODES].sort());
    for (const [code, error] of seen) {
      assert.ok(error.message.endsWith(` (${code})`), error.message);
      assert.match(error.message, /^[^A-Z\n]/, "lower case, one line");
      assert.ok(error.help.length > 20 && !error.help.endsWith("."), error.help);
    }
  });

  test("the listed schemes are the ones that the core names", () => {
    const listed = readFileSync(join(WORKSPACE, "bindings-node", "js", "schemes.ts"), "utf8");
    const schemes = [
      ...new pkg.Webhook("text-key-text-key", { key: "text" }).toJSON().schemes,
      ...pkg.Webhook.pivot("text-key-text-key").toJSON().schemes,
    ];
    assert.deepEqual(
      [...listed.matchAll(/"(\w+)"/g)].map(([, name]) => name),
      schemes,
    );
  });

  test("an error can be made for the tests of what handles it", () => {
    const report = {
      code: "header_missing",
      message: "m (header_missing)",
      help: "h",
      status: 401,
    };
    const error = new WebhookVerificationError({ ...report, header: "svix-id" });
    assert.deepEqual({ ...error, message: error.message }, { ...report, header: "svix-id" });
    assert.equal("skew" in new WebhookVerificationError(report), false);
  });
}
