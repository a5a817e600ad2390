// Every vector of diagnosis has its findings, and a finding accepts nothing.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { reportCount, WORKSPACE } from "../support/files.mjs";
import { bytesOf, headerShapes, secretOf, textOf } from "../support/vectors.mjs";

const FOLDER = join(WORKSPACE, "test-vectors", "diagnosis");

function diagnosisCases() {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
  return names.sort().flatMap((name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")).cases);
}

export function diagnosisSuite(pkg, { diagnose, FINDING_CODES }) {
  function codesOf(testCase, headers) {
    const { endpoint, secrets, max_body, max_event_age, ...options } = testCase.webhook;
    const findings = diagnose(secretOf(secrets), bytesOf(testCase.body), headers, {
      ...options,
      maxBody: max_body,
      maxEventAge: max_event_age,
      sender: endpoint,
      now: testCase.now,
      otherSecrets: testCase.other_secrets,
      previousSecrets: testCase.previous_secrets,
    });
    for (const finding of findings) {
      assert.deepEqual(Object.keys(finding), ["code", "message", "help"]);
      assert.ok(Object.values(finding).every((text) => typeof text === "string"));
    }
    return findings.map(({ code }) => code);
  }

  test("every delivery has the findings of its vector, in every shape of headers", async (t) => {
    const cases = diagnosisCases();
    assert.ok(cases.length >= 210);
    for (const testCase of cases) {
      await t.test(testCase.name, () => {
        const pairs = testCase.headers.map(([name, value]) => [name, textOf(value)]);
        for (const [shape, headers] of headerShapes(pairs)) {
          assert.deepEqual(codesOf(testCase, headers), testCase.expect.findings, shape);
        }
      });
    }
    reportCount(cases.length, "PIVOTAL_DIAGNOSIS_COUNT_FILE");
  });

  test("every code comes first in some vector", () => {
    const first = new Set(diagnosisCases().map(({ expect }) => expect.findings[0]));
    assert.deepEqual(
      FINDING_CODES.filter((code) => !first.has(code)),
      [],
    );
  });

  test("errors are of the classes of the package", () => {
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert.throws(
      () => diagnose(secret, "", {}, { schemes: [] }),
      (error) => error instanceof pkg.WebhookConfigurationError && error.code === "config_invalid",
    );
    assert.throws(
      () => diagnose(secret, "", {}, { now: -1 }),
      (error) => error instanceof pkg.WebhookVerificationError && error.code === "internal",
    );
    assert.throws(() => diagnose(secret, {}, {}), TypeError);
    assert.throws(() => diagnose(secret, "", 5), TypeError);
    assert.throws(() => diagnose(secret, "", {}, { sender: "svix" }), TypeError);
    assert.throws(() => diagnose(secret, "", {}, { scheme: [] }), TypeError);
    const timeless = { sender: "pivot", dangerouslyIgnoreTimestamp: true };
    assert.throws(() => diagnose(secret, "", {}, timeless), TypeError);
  });

  test("no option comes from a prototype", () => {
    const testCase = diagnosisCases().find(
      ({ webhook, expect }) => webhook.endpoint === "pivotal" && expect.findings.length === 1,
    );
    const headers = testCase.headers.map(([name, value]) => [name, textOf(value)]);
    const secrets = secretOf(testCase.webhook.secrets);
    const { now } = testCase;
    const codes = (options) =>
      diagnose(secrets, bytesOf(testCase.body), headers, options).map(({ code }) => code);
    const polluted = { sender: "pivot", now: 1, otherSecrets: 1, previousSecrets: 1, tolerance: 0 };
    const expected = codes({ now });
    for (const [name, value] of Object.entries(polluted)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    }
    try {
      assert.deepEqual(codes({ now }), expected);
    } finally {
      for (const name of Object.keys(polluted)) delete Object.prototype[name];
    }
    assert.deepEqual(expected, testCase.expect.findings);
  });
}
