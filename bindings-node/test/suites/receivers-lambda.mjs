// Tests the receiver as a Lambda function, with the events of all services that call one for HTTP.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import {
  NOW,
  pivotalHeaders,
  pivotHeaders,
  SECRET,
  svixHeaders,
  svixSignature,
} from "../support/sender.mjs";

const BODY = JSON.stringify({ id: "evt_1", type: "customer.at_risk", data: { name: "Zoë" } });

/** Each makes the event of a method and of header lines; the body is added. */
const CALLERS = {
  // A REST API: letter case kept, every line in `multiValueHeaders` alone.
  rest: (method, lines) => {
    const titled = lines.map(([name, value]) => [name.replace(/^./, upper), value]);
    return {
      resource: "/webhooks/pivotal",
      path: "/webhooks/pivotal",
      httpMethod: method,
      headers: lines.length === 0 ? null : Object.fromEntries(titled),
      multiValueHeaders: lines.length === 0 ? null : several(titled),
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
      requestContext: {
        resourceId: "2gxmpl",
        resourcePath: "/webhooks/pivotal",
        httpMethod: method,
        protocol: "HTTP/1.1",
        identity: { sourceIp: "192.0.2.1", userAgent: "Svix-Webhooks/1.0" },
        stage: "prod",
        apiId: "70ixmpl4fl",
      },
    };
  },
  // An HTTP API with version 1.0 of the payload.
  http1: (...given) => ({ version: "1.0", ...CALLERS.rest(...given) }),
  // An HTTP API with version 2.0 of the payload: names in lower case, lines joined.
  http2: (method, lines) => ({
    version: "2.0",
    routeKey: "ANY /webhooks/pivotal",
    rawPath: "/webhooks/pivotal",
    rawQueryString: "",
    headers: Object.fromEntries(
      Object.entries(several(lines)).map(([name, all]) => [name.toLowerCase(), all.join(",")]),
    ),
    requestContext: {
      accountId: "123456789012",
      apiId: "api-id",
      http: {
        method,
        path: "/webhooks/pivotal",
        protocol: "HTTP/1.1",
        sourceIp: "192.0.2.1",
        userAgent: "Svix-Webhooks/1.0",
      },
      stage: "$default",
      timeEpoch: 1583348638390,
    },
  }),
  // The URL of the function itself.
  functionUrl: (...given) => ({ ...CALLERS.http2(...given), routeKey: "$default" }),
  // A load balancer: the last line of each name.
  balancer: (method, lines) => ({
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:us-east-2:1:x/y/z" } },
    httpMethod: method,
    path: "/webhooks/pivotal",
    queryStringParameters: {},
    headers: Object.fromEntries(lines),
  }),
  // A load balancer that is set to send multi-value headers: it has no others.
  multiValueBalancer: (method, lines) => {
    const { headers: _, ...event } = CALLERS.balancer(method, lines);
    return { ...event, multiValueHeaders: several(lines) };
  },
  // VPC Lattice with version 1 of the event: names in snake case, lines joined.
  lattice1: (method, lines) => ({
    raw_path: "/webhooks/pivotal",
    method,
    headers: CALLERS.http2(method, lines).headers,
    query_string_parameters: {},
  }),
  // VPC Lattice with version 2 of the event: every value is a list.
  lattice2: (method, lines) => ({
    version: "2.0",
    path: "/webhooks/pivotal",
    method,
    headers: several(lines),
    queryStringParameters: {},
    requestContext: {
      serviceNetworkArn: "arn:aws:vpc-lattice:us-east-2:123456789012:servicenetwork/sn-x",
      serviceArn: "arn:aws:vpc-lattice:us-east-2:123456789012:service/svc-x",
      targetGroupArn: "arn:aws:vpc-lattice:us-east-2:123456789012:targetgroup/tg-x",
      region: "us-east-2",
      timeEpoch: "1690497599177430",
    },
  }),
};

/** These take one value for each header of an answer. */
const SINGLE = ["http2", "functionUrl", "balancer", "lattice1", "lattice2"];

const ANSWERS = {
  200: ["ok", "OK"],
  400: ["invalid payload", "Bad Request"],
  401: ["invalid signature", "Unauthorized"],
  405: ["method not allowed", "Method Not Allowed"],
  413: ["payload too large", "Payload Too Large"],
};

const upper = (letter) => letter.toUpperCase();

function several(lines) {
  const values = {};
  for (const [name, value] of lines) (values[name] ??= []).push(value);
  return values;
}

function expected(caller, status, more = {}) {
  const [body, phrase] = ANSWERS[status];
  const headers = { "content-type": "text/plain; charset=utf-8", ...more };
  const answer = { statusCode: status, body, isBase64Encoded: false };
  if (/balancer|lattice/i.test(caller)) answer.statusDescription = `${status} ${phrase}`;
  if (SINGLE.includes(caller)) return { ...answer, headers };
  return { ...answer, multiValueHeaders: several(Object.entries(headers)) };
}

function request(caller, lines, body = BODY, method = "POST") {
  const base64 = Buffer.from(body).toString("base64");
  const flag = caller === "lattice1" ? "is_base64_encoded" : "isBase64Encoded";
  return { ...CALLERS[caller](method, lines), body: base64, [flag]: true };
}

/** The events that the tests of Python have too. */
const SHARED = JSON.parse(
  readFileSync(new URL("../../../test-vectors/lambda.json", import.meta.url), "utf8"),
);

const REFUSED_EVENTS = {
  request: /^the Lambda event is not of an HTTP request/,
  body: /^body is not the text/,
};

function sharedEvent(change) {
  const { body, headers } = SHARED;
  const values = {
    $body: body,
    $headers: headers,
    $base64: Buffer.from(body).toString("base64"),
    $lines: several(Object.entries(headers)),
  };
  const members = Object.entries({ ...SHARED.event, ...change });
  return Object.fromEntries(members.map(([name, value]) => [name, values[value] ?? value]));
}

const fresh = (body = BODY) => Object.entries(svixHeaders({ at: NOW, body }));

export function receiversLambdaSuite({ Webhook }, { webhookHandler }) {
  const webhook = new Webhook(SECRET, { clock: () => NOW });
  const outcomes = [];
  const handled = [];
  const options = { onOutcome: (outcome) => outcomes.push(outcome) };
  const handler = webhookHandler(
    webhook,
    (event) => {
      if (event.type === "customer.churned") throw new RangeError("no such customer");
      handled.push(event.id);
    },
    options,
  );
  const answerTo = async (event) => {
    outcomes.length = handled.length = 0;
    // The event arrives as JSON.
    return handler(JSON.parse(JSON.stringify(event)), {});
  };

  for (const caller of Object.keys(CALLERS)) {
    describe(`a Lambda function called by ${caller}`, () => {
      test("hands an event on, as text or in base64", async () => {
        const event = request(caller, fresh());
        assert.deepEqual(await answerTo(event), expected(caller, 200));
        assert.deepEqual(handled, ["evt_1"]);
        assert.equal(outcomes[0].bodyBytes, Buffer.byteLength(BODY));
        const { is_base64_encoded: _, ...others } = event;
        const asText = { ...others, body: BODY, isBase64Encoded: false };
        assert.deepEqual(await answerTo(asText), expected(caller, 200));
        assert.equal(outcomes[0].bodyBytes, Buffer.byteLength(BODY));
      });

      test("refuses what is not authentic, and what is no event", async () => {
        const compressed = [...fresh(), ["content-encoding", "gzip"]];
        for (const [lines, code] of [
          [[], "header_missing"],
          [fresh().slice(1), "header_missing"],
          [fresh("{}"), "signature_mismatch"],
          [compressed, "header_malformed"],
          [Object.entries(pivotHeaders({ body: BODY })), "header_missing"],
        ]) {
          assert.deepEqual(await answerTo(request(caller, lines)), expected(caller, 401));
          assert.deepEqual([outcomes[0].code, handled], [code, []]);
        }
        if (caller !== "balancer") {
          const twice = [...compressed, ["content-encoding", "identity"]];
          assert.deepEqual(await answerTo(request(caller, twice)), expected(caller, 401));
        }
        for (const [body, code] of [
          ["[]", "payload_malformed"],
          ["", "payload_malformed"],
          ["{}", "event_malformed"],
        ]) {
          const answer = await answerTo(request(caller, fresh(body), body));
          assert.deepEqual(answer, expected(caller, 400));
          assert.equal(outcomes[0].code, code);
        }
      });

      test("refuses a second line of a header", async () => {
        const [[, id]] = fresh();
        for (const second of ["msg_evil", id]) {
          const twice = [...fresh(), ["svix-id", second]];
          const answer = await answerTo(request(caller, twice));
          // A load balancer passes the last line alone.
          const isSeen = caller !== "balancer" || second !== id;
          assert.deepEqual(answer, expected(caller, isSeen ? 401 : 200));
          const codes = {
            http2: "header_malformed",
            functionUrl: "header_malformed",
            lattice1: "header_malformed",
            balancer: isSeen ? "signature_mismatch" : null,
          };
          const code = Object.hasOwn(codes, caller) ? codes[caller] : "header_duplicated";
          assert.equal(outcomes[0].code, code);
        }
      });

      test("takes either signature while a secret is rotated, on one line or two", async () => {
        const old = svixSignature({ at: NOW, body: BODY, key: Buffer.alloc(24, 9) });
        const [idLine, timeLine, [header, signature]] = fresh();
        for (const [values, status] of [
          [[`${old} ${signature}`], 200],
          [[old, signature], 200],
          [[signature, signature], 200],
          [[old, old], 401],
          // A load balancer passes the last line alone.
          [[signature, old], caller === "balancer" ? 401 : 200],
        ]) {
          const lines = values.map((value) => [header, value]);
          const answer = await answerTo(request(caller, [idLine, timeLine, ...lines]));
          assert.deepEqual(answer, expected(caller, status));
        }
      });

      test("answers other methods with 405", async () => {
        for (const method of ["GET", "HEAD", "PUT", "OPTIONS"]) {
          const event = { ...request(caller, fresh(), "", method), body: null };
          assert.deepEqual(await answerTo(event), expected(caller, 405, { allow: "POST" }));
        }
        assert.deepEqual([handled, outcomes], [[], []]);
      });

      test("reads no body as an empty one", async () => {
        const event = CALLERS[caller]("POST", fresh(""));
        for (const given of [{}, { body: null, isBase64Encoded: true }, { body: "" }]) {
          assert.deepEqual(await answerTo({ ...event, ...given }), expected(caller, 400));
          assert.equal(outcomes[0].code, "payload_malformed");
        }
      });

      test("takes Pivotal's own scheme", async () => {
        const lines = Object.entries(pivotalHeaders({ at: NOW, body: BODY }));
        const more = [...lines, ["pivotal-event", "customer.at_risk"]];
        assert.deepEqual(await answerTo(request(caller, more)), expected(caller, 200));
        assert.equal(outcomes[0].scheme, "pivotal");
      });
    });
  }

  test("a body beyond the limit is too large, as text or in base64", async () => {
    const body = `${BODY}${" ".repeat(2 ** 20)}`;
    const event = request("http2", fresh(body), body);
    for (const given of [event, { ...event, body, isBase64Encoded: false }]) {
      assert.deepEqual(await answerTo(given), expected("http2", 413));
    }
  });

  test("what local emulators send is read", async () => {
    const { multiValueHeaders: _, ...event } = request("rest", fresh());
    for (const multiValueHeaders of [null, {}]) {
      const { statusCode } = await answerTo({ ...event, multiValueHeaders });
      assert.equal(statusCode, 200);
    }
    const strings = { ...event, headers: null, multiValueHeaders: event.headers };
    assert.equal((await answerTo(strings)).statusCode, 200);
    for (const flag of ["true", "True"]) {
      assert.equal((await answerTo({ ...event, isBase64Encoded: flag })).statusCode, 200);
    }
    for (const flag of ["false", "", null]) {
      const asText = { ...event, body: BODY, isBase64Encoded: flag };
      assert.equal((await answerTo(asText)).statusCode, 200);
    }
    for (const spaces of ["", " ", "  "]) {
      const body = BODY + spaces;
      const padded = request("http2", fresh(body), body);
      const unpadded = { ...padded, body: padded.body.replace(/=+$/, "") };
      assert.equal((await answerTo(unpadded)).statusCode, 200);
    }
  });

  test("text that is not UTF-16 is refused", async () => {
    const body = '{"id":"\ud800"}';
    const event = { ...CALLERS.http2("POST", fresh(body.toWellFormed?.() ?? '{"id":"\ufffd"}')) };
    assert.equal((await answerTo({ ...event, body, isBase64Encoded: false })).statusCode, 401);
    assert.equal(outcomes[0].code, "signature_mismatch");
  });

  test("a body that was parsed is a TypeError", async () => {
    for (const [body, isBase64Encoded] of [
      [{ id: "evt_1" }, false],
      [{ id: "evt_1" }, true],
      [BODY, true],
      ["e31=", true],
      ["e30==", true],
      ["e30=\n", true],
      ["e-0_", true],
    ]) {
      const event = { ...CALLERS.rest("POST", fresh()), body, isBase64Encoded };
      await assert.rejects(answerTo(event), {
        name: "TypeError",
        message: /^body is not the text/,
      });
      assert.deepEqual([handled, outcomes], [[], []]);
    }
  });

  test("an event that is not of an HTTP request is a TypeError", async () => {
    for (const event of [
      {},
      { Records: [{ eventSource: "aws:sqs", body: BODY }] },
      { source: "aws.events", "detail-type": "Scheduled Event", detail: {} },
      { requestContext: { routeKey: "$connect", eventType: "CONNECT" }, headers: {} },
      { httpMethod: null, requestContext: null },
      ...[null, [], [CALLERS.rest("POST", fresh())], "{}", 1],
    ]) {
      await assert.rejects(answerTo(event), {
        name: "TypeError",
        message: /^the Lambda event is not of an HTTP request/,
      });
    }
  });

  test("a hook that throws or rejects is logged, and changes no answer", async (context) => {
    const { mock } = context.mock.method(console, "error", () => {});
    const failure = new RangeError("no such meter");
    for (const onOutcome of [
      () => {
        throw failure;
      },
      () => Promise.reject(failure),
    ]) {
      const watched = webhookHandler(webhook, ({ id }) => void handled.push(id), { onOutcome });
      handled.length = 0;
      assert.deepEqual(await watched(request("http2", fresh()), {}), expected("http2", 200));
      assert.deepEqual(await watched(request("http2", []), {}), expected("http2", 401));
      assert.deepEqual(handled, ["evt_1"]);
    }
    assert.deepEqual(
      mock.calls.map((call) => call.arguments),
      Array(4).fill(["webhook onOutcome failed", failure]),
    );
  });

  for (const { name, change, expected } of SHARED.cases) {
    test(`${name}: the answer is the same as in Python`, async () => {
      const shared = new Webhook(SHARED.secret, { clock: () => SHARED.now });
      const handle = webhookHandler(shared, () => {}, { onOutcome() {} });
      const event = sharedEvent(change);
      if (expected.error !== undefined) {
        const message = REFUSED_EVENTS[expected.error];
        await assert.rejects(handle(event, {}), { name: "TypeError", message });
        return;
      }
      const answer = await handle(event, {});
      assert.equal(answer.statusCode, expected.status);
      const members = ["headers", "multiValueHeaders"].filter((member) => member in answer);
      assert.deepEqual(members, [expected.headers]);
      assert.equal(answer.statusDescription, expected.statusDescription);
    });
  }

  test("what the handler throws is AWS's to answer", async () => {
    const body = BODY.replace("at_risk", "churned");
    await assert.rejects(answerTo(request("http2", fresh(body), body)), RangeError);
  });

  test("a handler may answer, and sees what Lambda passes", async () => {
    const passed = [];
    const answering = webhookHandler(
      webhook,
      (event, request, context) => {
        passed.push(request.version, context);
        return { statusCode: 202, body: event.type };
      },
      options,
    );
    const answer = await answering(request("http2", fresh()), { awsRequestId: "1" });
    assert.deepEqual(answer, { statusCode: 202, body: "customer.at_risk" });
    assert.deepEqual(passed, ["2.0", { awsRequestId: "1" }]);
  });
}
