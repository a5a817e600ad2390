// Uses the packed package in tests that jest and vitest run, with Node's globals and with jsdom's.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { application, fileOf } from "./project.mjs";

const TESTS = `
const NOW = 1_774_000_000;
const secret = newSecret();
const webhook = new Webhook(secret);

beforeEach(() => {
  runner.useFakeTimers();
  runner.setSystemTime(NOW * 1000);
});
afterEach(() => runner.useRealTimers());

test("the fake timers set the time of webhooks and signatures", () => {
  const { body, headers } = signedRequest(sampleEvent("customer.at_risk"), secret);
  expect(headers["svix-timestamp"]).toBe(String(NOW));
  runner.setSystemTime((NOW + 300) * 1000);
  expect(webhook.unwrap(body, headers).delivery.skew).toBe(300);
  runner.setSystemTime((NOW + 301) * 1000);
  expect(() => webhook.unwrap(body, headers)).toThrow(WebhookVerificationError);
  expect(() => webhook.unwrap(body, headers)).toThrow(/timestamp_too_old/);
});

test("bytes and headers of every realm are taken", () => {
  const { body, headers } = signedRequest(sampleEvent("customer.at_risk"), secret);
  const bytes = Buffer.from(body);
  const array = Uint8Array.from(bytes);
  for (const given of [bytes.toString(), bytes, array, array.buffer, new DataView(array.buffer)]) {
    for (const lines of [headers, new Headers(headers), new Map(Object.entries(headers))]) {
      expect(webhook.unwrap(given, lines).type).toBe("customer.at_risk");
    }
  }
});

test("an event compares and prints as an object", () => {
  const { body, headers } = signedRequest(sampleEvent("task.completed"), secret);
  const received = webhook.unwrap(body, headers);
  expect(received).toEqual(received);
  expect(received).toMatchObject({ type: "task.completed" });
  expect(event("task.completed").type).toBe(received.type);
});

test("a receiver answers over a socket", async () => {
  const received = [];
  const handler = webhookHandler(webhook, ({ type }) => void received.push(type), { onOutcome() {} });
  const server = createServer(handler);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  const post = ({ body, headers }) =>
    new Promise((resolve, reject) => {
      const request = send({ port, host: "127.0.0.1", method: "POST", headers });
      request.on("error", reject).on("response", (response) => {
        response.resume().on("end", () => resolve(response.statusCode));
      });
      request.end(Buffer.from(body));
    });
  const signed = signedRequest(sampleEvent("customer.at_risk"), secret);
  try {
    expect(await post(signed)).toBe(200);
    expect(await post(signed.tampered())).toBe(401);
    expect(await post(signed.oversized())).toBe(413);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  expect(received).toEqual(["customer.at_risk"]);
});
`;

const NAMES = {
  "pivotal-webhooks": "Webhook, WebhookVerificationError",
  "pivotal-webhooks/node-http": "webhookHandler",
  "pivotal-webhooks/testing": "event, newSecret, sampleEvent, signedRequest",
};

function imported(runner) {
  const lines = Object.entries(NAMES).map(([path, names]) => `import { ${names} } from "${path}";`);
  return [
    'import { createServer, request as send } from "node:http";',
    ...lines,
    `const runner = ${runner};`,
    TESTS,
  ].join("\n");
}

function required(runner) {
  const all = { "node:http": "createServer, request: send", ...NAMES };
  const lines = Object.entries(all).map(
    ([path, names]) => `const { ${names} } = require("${path}");`,
  );
  return [...lines, `const runner = ${runner};`, TESTS].join("\n");
}

const project = application("runners", {
  "package.json": '{ "private": true }',
  "jest/required.test.cjs": required("jest"),
  "jest/imported.test.mjs": imported("import.meta.jest"),
  "vitest/imported.test.mjs": imported("vi"),
});

const JEST = [
  ...["--experimental-vm-modules", "--no-warnings", fileOf("jest", "bin/jest.js")],
  ...["--ci", "--watchman=false", "--transform={}", `--cacheDirectory=${join(project, ".jest")}`],
  ...["--rootDir", join(project, "jest")],
];
const VITEST = [
  ...[fileOf("vitest", "vitest.mjs"), "run", "--root", project, "--dir", join(project, "vitest")],
  "--globals",
];

// With jsdom, jest finds the build for browsers, whose core is WebAssembly and writes no log.
const RUNS = {
  "jest in Node": [[...JEST, "--env", "node"], "native", 8],
  "jest in jsdom": [[...JEST, "--env", "jsdom"], undefined, 8],
  "vitest in processes": [[...VITEST, "--pool", "forks"], "native", 4],
  "vitest in threads": [[...VITEST, "--pool", "threads"], "native", 4],
  "vitest in contexts": [[...VITEST, "--pool", "vmThreads"], "native", 4],
  "vitest in jsdom": [[...VITEST, "--environment", "jsdom"], "native", 4],
};

for (const [name, [words, core, count]] of Object.entries(RUNS)) {
  test(`tests that ${name} runs`, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, words, {
      cwd: project,
      encoding: "utf8",
      env: { ...process.env, CI: "1", NODE_DEBUG: "pivotal-webhooks", NO_COLOR: "1" },
    });
    const log = `${stdout}\n${stderr}`;
    assert.equal(status, 0, log);
    assert.match(log, new RegExp(`Tests:? +${count} passed`), log);
    assert.equal(/PIVOTAL-WEBHOOKS \d+: (native|WebAssembly)/.exec(log)?.[1], core);
  });
}
