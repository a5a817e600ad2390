import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { refusedCases, WORKSPACE } from "../support/files.mjs";
import { SECRET } from "../support/sender.mjs";
import { errorOf } from "../support/vectors.mjs";

const TROUBLESHOOTING = readFileSync(join(WORKSPACE, "docs", "troubleshooting.md"), "utf8");

export function errorsSuite(pkg) {
  const { ERROR_CODES, Webhook } = pkg;
  const { WebhookConfigurationError, WebhookError, WebhookVerificationError } = pkg;

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
        "WebhookConfigurationError",
        "WebhookError",
        "WebhookVerificationError",
        "backend",
      ],
    );
  });

  test("the listed codes are the ones that happen", () => {
    const seen = new Map();
    for (const testCase of refusedCases()) {
      const error = errorOf(pkg, testCase);
      if (error !== undefined) seen.set(error.code, error);
    }
    assert.deepEqual([...seen.keys()].sort(), [...ERROR_CODES].sort());
    for (const [code, error] of seen) {
      assert.ok(error.message.endsWith(` (${code})`), error.message);
      assert.match(error.message, /^[^A-Z\n]/, "lower case, one line");
      const [help, section] = error.help.split("; see docs/troubleshooting.md#");
      assert.ok(help.length > 20 && !help.endsWith("."), error.help);
      assert.equal(section, code, "a section has the code as its title");
      assert.ok(TROUBLESHOOTING.includes(`\n### \`${section}\`\n`), section);
    }
  });

  test("the stack of an error leads to the call that it refused", () => {
    const callOf = (call) => {
      try {
        call();
      } catch (error) {
        return error.stack;
      }
    };
    for (const call of [() => new Webhook("short"), () => new Webhook(SECRET).verify("{}", {})]) {
      const stack = callOf(call);
      assert.match(stack, /^Webhook(Configuration|Verification)Error: /);
      assert.match(stack, /\n +at .*errors\.mjs:/);
    }
  });

  test("the listed schemes are the ones that the core names", () => {
    const listed = readFileSync(join(WORKSPACE, "bindings-node", "js", "schemes.ts"), "utf8");
    const schemes = [
      ...new pkg.Webhook("text-key-text-key", { key: "text" }).toJSON().schemes,
      ...pkg.Webhook.pivot("text-key-text-key").toJSON().schemes,
    ];
    const [type] = listed.split("export type Scheme")[1].split(";");
    assert.deepEqual(
      [...type.matchAll(/"(\w+)"/g)].map(([, name]) => name),
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

  test("one secret has no number, and an unknown scheme is told the valid ones", () => {
    for (const [secret, options, message] of [
      ["", {}, /^the secret is missing or empty/],
      [["", "x".repeat(24)], { key: "text" }, /^secret 1 is missing or empty/],
      [["x".repeat(24), "short"], { key: "text" }, /^secret 2 is shorter than 16 bytes/],
      ["x".repeat(24), { schemes: ["svx"] }, /`svix`, `pivotal` and `pivot`/],
      ["x".repeat(24), { schemes: ["pivot"] }, /uses `svix` and `pivotal`, Pivot uses `pivot`/],
    ]) {
      assert.throws(() => new Webhook(secret, options), {
        name: "WebhookConfigurationError",
        message,
      });
    }
  });

  test("an empty body is not blamed on the secret", () => {
    const webhook = new Webhook("text-key-text-key", { key: "text", clock: () => 1 });
    const headers = { "svix-id": "msg_1", "svix-timestamp": "1" };
    headers["svix-signature"] = webhook.sign("msg_1", 1, "{}");
    const refused = { code: "signature_mismatch", header: "svix-signature" };
    assert.throws(() => webhook.unwrap("", headers), {
      ...refused,
      message: /matches the body, which is empty/,
      help: /reads the body before the receiver/,
    });
    assert.throws(() => webhook.unwrap("{ }", headers), {
      ...refused,
      help: /check that the secret/,
    });
  });

  test("faults of the configuration and refusals of deliveries have a class each", () => {
    const classOf = (call) => {
      try {
        call();
      } catch (error) {
        assert.ok(error instanceof WebhookError && error instanceof Error);
        assert.equal(`${error}`, `${error.name}: ${error.message}`);
        assert.ok(error.stack.startsWith(`${error.name}: `), error.stack);
        return [error.constructor, error.name];
      }
    };
    const webhook = new Webhook("text-key-text-key", { key: "text" });
    const configuration = [WebhookConfigurationError, "WebhookConfigurationError"];
    for (const call of [
      () => new Webhook(""),
      () => new Webhook("whsec_*"),
      () => new Webhook("whsec_AAAA"),
      () => new Webhook("text-key-text-key", { key: "text", tolerance: -1 }),
      () => webhook.sign("msg_1", 1, "{}", { scheme: "pivot" }),
    ]) {
      assert.deepEqual(classOf(call), configuration);
    }
    const verification = [WebhookVerificationError, "WebhookVerificationError"];
    const broken = new Webhook("text-key-text-key", { key: "text", clock: () => Number.NaN });
    for (const call of [
      () => webhook.unwrap("{}", {}),
      () => webhook.sign("msg.1", 1, "{}"),
      () => broken.verify("{}", {}),
    ]) {
      assert.deepEqual(classOf(call), verification);
    }
  });

  test("a polluted prototype adds nothing to an error, and makes no error of a report", () => {
    const webhook = new Webhook("text-key-text-key", { key: "text" });
    const names = ["code", "header", "path", "reason", "skew", "tolerance"];
    for (const name of names) {
      Object.defineProperty(Object.prototype, name, {
        value: "polluted",
        configurable: true,
        writable: true,
      });
    }
    try {
      const report = { code: "internal", message: "m (internal)", help: "h", status: 500 };
      const error = new WebhookVerificationError(report);
      assert.deepEqual(Object.keys(error).sort(), ["code", "help", "status"]);
      assert.equal(typeof webhook.sign("msg_1", 1, "{}"), "string");
    } finally {
      for (const name of names) delete Object.prototype[name];
    }
  });
}
