// A receiver with a diagnosis logs the accident, and answers as it does without.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, mock, test } from "node:test";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { HOSTS, PATH, started } from "../support/hosts.mjs";
import { KEY, NOW, pivotHeaders, SECRET, svixHeaders } from "../support/sender.mjs";
import { send } from "../support/wire.mjs";

const BODY = JSON.stringify({ id: "evt_1", type: "customer.at_risk", data: { name: "Zoë" } });
const SPACED = JSON.stringify(JSON.parse(BODY), null, 2);
const OTHER = Buffer.from("the secret of another endpoint");
const HEADERS = svixHeaders({ body: BODY });
const { "svix-id": _, ...WITHOUT_ID } = HEADERS;

/**
 * By name: a delivery, and the code of the finding that is logged. It is empty if none fits, and
 * `undefined` if nothing is logged.
 */
const DELIVERIES = {
  genuine: [BODY, HEADERS],
  "written again": [SPACED, HEADERS, "body_json_spacing"],
  "a header dropped": [BODY, WITHOUT_ID, "header_dropped"],
  "no headers": [BODY, {}, "headers_absent"],
  old: [BODY, svixHeaders({ body: BODY, at: NOW - 90_061 }), "delivery_replayed"],
  forged: [BODY, svixHeaders({ body: BODY, key: OTHER }), ""],
  "no event": ["[]", svixHeaders({ body: "[]" })],
  compressed: [gzipSync(BODY), { ...HEADERS, "content-encoding": "gzip" }],
  "too large": [" ".repeat(2 ** 20 + 1), HEADERS],
};

const VARIABLES = ["APP_ENV", "ENV", "ENVIRONMENT", "FLASK_ENV", "NODE_ENV", "VERCEL_ENV"];

/** `from` has the receivers by the names of their subpaths. */
export function onFailureSuite({ Webhook, WebhookConfigurationError }, diagnosis, from) {
  const { Diagnosis, ENVIRONMENT_VARIABLES } = diagnosis;
  const clock = () => NOW;
  const webhook = new Webhook(SECRET, { clock });
  const diagnosed = () => new Diagnosis(SECRET, { clock });
  const codes = (given, body, headers) => given.diagnose(body, headers).map(({ code }) => code);

  let lines;
  const saved = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  const restore = () => {
    for (const name of VARIABLES) {
      if (saved[name] === undefined) delete process.env[name];
      else process.env[name] = saved[name];
    }
  };
  beforeEach(() => {
    for (const name of VARIABLES) delete process.env[name];
    lines = [];
    for (const level of ["error", "warn", "info"]) {
      mock.method(console, level, (line, ...others) => lines.push([level, line, ...others]));
    }
  });
  afterEach(() => {
    mock.restoreAll();
    restore();
  });
  const linesOfDiagnosis = () => lines.filter(([, line]) => line.includes("diagnos"));

  function checkLines(code, headers) {
    const found = linesOfDiagnosis();
    assert.equal(found.length, code === undefined ? 0 : 1);
    for (const [level, line, ...others] of found) {
      assert.deepEqual([level, others], ["warn", []]);
      const title = code === "" ? "diagnosed: no known accident fits" : `diagnosed (${code})`;
      assert.ok(line.startsWith(`webhook ${title} {`), line);
      const fields = JSON.parse(line.slice(line.indexOf("{")));
      assert.deepEqual(Object.keys(fields), code === "" ? ["help"] : ["message", "help"]);
      for (const secret of [SECRET, "Zoë", "evt_1", ...Object.values(headers)]) {
        assert.ok(!line.includes(secret), secret);
      }
    }
  }

  for (const name of Object.keys(HOSTS)) {
    describe(`a receiver with ${name}`, () => {
      let sites;
      before(async () => {
        const start = (onFailure) =>
          started(name, from, ({ webhookHandler }) =>
            webhookHandler(webhook, () => {}, { onFailure }),
          );
        sites = [await start(undefined), await start(diagnosed())];
      });
      after(() => sites.forEach((site) => site.stop()));

      for (const [delivery, [body, headers, code]] of Object.entries(DELIVERIES)) {
        test(`${delivery}: the accident is logged, and the answer stays the same`, async () => {
          const answers = [];
          for (const { port } of sites) {
            assert.deepEqual(linesOfDiagnosis(), []);
            answers.push(await answerTo(port, body, headers));
          }
          assert.deepEqual(answers[1], answers[0]);
          checkLines(code, headers);
        });
      }
    });
  }

  async function answerTo(port, body, headers) {
    const answer = await send(port, PATH, body, headers);
    const ofClock = ([name]) => name.toLowerCase() === "date";
    return { ...answer, headers: answer.headers.filter((pair) => !ofClock(pair)) };
  }

  describe("an AWS Lambda function", () => {
    for (const [delivery, [body, headers, code]] of Object.entries(DELIVERIES)) {
      test(`${delivery}: the accident is logged, and the answer stays the same`, async () => {
        const request = {
          version: "2.0",
          headers,
          requestContext: { http: { method: "POST" } },
          body: Buffer.from(body).toString("base64"),
          isBase64Encoded: true,
        };
        const call = (onFailure) =>
          from.lambda.webhookHandler(webhook, () => {}, { onFailure })(request, {});
        const expected = await call(undefined);
        assert.deepEqual(linesOfDiagnosis(), []);
        assert.deepEqual(await call(diagnosed()), expected);
        checkLines(code, headers);
      });
    }
  });

  const post = (onFailure, body, headers) =>
    from.fetch.webhookHandler(webhook, () => {}, { onFailure })(
      new Request("http://localhost/", { method: "POST", body, headers }),
    );

  test("the line has the code, the sentence and the advice, and follows that of the outcome", async () => {
    await post(diagnosed(), SPACED, HEADERS);
    assert.match(lines[0][1], /^webhook refused \(signature_mismatch\) /);
    assert.deepEqual(lines.slice(1), [
      [
        "warn",
        "webhook diagnosed (body_json_spacing) " +
          '{"message":"the body has been parsed and written again, with other white space",' +
          '"help":"pass the raw bytes of the request, from in front of every JSON parser"}',
      ],
    ]);
  });

  test("a diagnosis has the options of the webhook", () => {
    const pivot = pivotHeaders({ body: BODY });
    assert.deepEqual(codes(diagnosed(), BODY, pivot), ["scheme_of_other_sender"]);
    assert.deepEqual(codes(new Diagnosis(SECRET, { sender: "pivot" }), BODY, pivot), []);
    const old = svixHeaders({ body: BODY, at: NOW - 400 });
    assert.equal(codes(diagnosed(), BODY, old)[0], "clock_fast");
    assert.deepEqual(codes(new Diagnosis(SECRET, { clock, tolerance: 500 }), BODY, old), []);
    const other = `whsec_${OTHER.toString("base64")}`;
    const informed = new Diagnosis(SECRET, { clock, otherSecrets: { test: other } });
    const foreign = svixHeaders({ body: BODY, key: OTHER });
    assert.deepEqual(codes(informed, BODY, foreign), ["secret_of_other_endpoint"]);
  });

  test("the secret of a function is read at each diagnosis", () => {
    let calls = 0;
    const given = new Diagnosis(() => ((calls += 1), SECRET), { clock });
    assert.equal(calls, 0);
    assert.deepEqual(codes(given, SPACED, HEADERS), ["body_json_spacing"]);
    assert.equal(calls, 1);
  });

  test("a failure of the diagnosis changes no answer", async () => {
    const failure = new Error("the secret store is down");
    const failing = new Diagnosis(
      () => {
        throw failure;
      },
      { clock },
    );
    const response = await post(failing, SPACED, HEADERS);
    assert.deepEqual([response.status, await response.text()], [401, "invalid signature"]);
    assert.deepEqual(lines.at(-1), ["error", "webhook diagnosis failed", failure]);
  });

  test("a diagnosis is refused in production", () => {
    assert.deepEqual(ENVIRONMENT_VARIABLES, VARIABLES);
    for (const name of VARIABLES) {
      for (const value of ["production", "PROD", " Production "]) {
        process.env[name] = value;
        assert.throws(diagnosed, (error) => {
          assert.ok(error instanceof WebhookConfigurationError);
          assert.equal(error.code, "config_invalid");
          assert.equal(
            error.message,
            `a receiver has a diagnosis, and ${name} says that this is production (config_invalid)`,
          );
          assert.match(error.help, /pass `onFailure` in development only/);
          return true;
        });
      }
      for (const value of ["development", "staging", "", "productions"]) {
        process.env[name] = value;
        diagnosed();
      }
    }
  });

  test("a diagnosis is made where a program may not read the environment, or has none", () => {
    const real = Object.getOwnPropertyDescriptor(globalThis, "process");
    const denied = () => {
      throw new Error("denied");
    };
    try {
      for (const env of [new Proxy({}, { get: denied }), undefined]) {
        Object.defineProperty(globalThis, "process", { value: { env }, configurable: true });
        assert.deepEqual(codes(diagnosed(), BODY, HEADERS), []);
      }
      delete globalThis.process;
      assert.deepEqual(codes(diagnosed(), BODY, HEADERS), []);
    } finally {
      Object.defineProperty(globalThis, "process", real);
    }
  });

  test("a diagnosis shows no secret", () => {
    const given = diagnosed();
    const shown = [
      inspect(given, { depth: 9, showHidden: true }),
      JSON.stringify(given),
      `${given}`,
    ];
    for (const text of shown) {
      assert.ok(!text.includes(KEY.toString("base64")), text);
    }
    assert.throws(() => structuredClone({ diagnose: given.diagnose }));
  });

  test("wrong arguments are refused when a receiver is made", () => {
    for (const given of ["diagnose", SECRET, true, {}, () => []]) {
      assert.throws(
        () => from.fetch.webhookHandler(webhook, () => {}, { onFailure: given }),
        ({ name, message }) => {
          assert.equal(name, "TypeError");
          assert.match(message, /^onFailure is .*; pass a new Diagnosis\(secret\)/);
          return !message.includes(SECRET);
        },
      );
    }
    assert.throws(() => new Diagnosis(SECRET, { schemes: [] }), WebhookConfigurationError);
    for (const options of [{ scheme: [] }, { clock: 5 }, { now: 5 }, { sender: "svix" }]) {
      assert.throws(() => new Diagnosis(SECRET, options), TypeError);
    }
    assert.throws(() => new Diagnosis(5), TypeError);
  });
}
