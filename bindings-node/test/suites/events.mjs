import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { NOW, pivotalHeaders, pivotHeaders, SECRET, svixHeaders } from "../support/sender.mjs";

const EVENT = {
  id: "evt_1",
  type: "customer.at_risk",
  created_at: "2026-05-26T18:42:00.000Z",
  org_id: "org_1",
  livemode: true,
  api_version: "v1",
  data: {
    object: { id: "cus_1", name: "Zoë · 東京", health_score: 38 },
    previous_attributes: { at_risk: false },
  },
};
const PIVOT_EVENT = {
  event_type: "message_sent",
  subject: { type: "room", id: "r_1" },
  timestamp: "2026-05-26T18:42:00.000Z",
  organization_id: "o_1",
  space_id: "s_1",
  data: { message_id: "m_1", room_id: "r_1" },
};

/** Names that have a special meaning in JavaScript. */
const TRICKS =
  '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1,"hasOwnProperty":null';

export function eventsSuite({ Webhook, WebhookVerificationError, PIVOTAL_EVENT_TYPES }) {
  const clock = () => NOW;
  const webhook = new Webhook(SECRET, { clock });
  const pivot = Webhook.pivot(SECRET, { clock });
  const unwrap = (event) => {
    const body = typeof event === "string" ? event : JSON.stringify(event);
    return webhook.unwrap(body, svixHeaders({ body }));
  };
  const unwrapPivot = (event) => {
    const body = typeof event === "string" ? event : JSON.stringify(event);
    return pivot.unwrap(body, pivotHeaders({ body }));
  };

  describe("an event", () => {
    test("has the fields of its sender, in their order", () => {
      const { data, ...envelope } = EVENT;
      assert.deepEqual(Object.entries(unwrap(EVENT)), [
        ...Object.entries({ ...envelope, data }),
        ...Object.entries({ ...data, extra: {} }),
        ["idempotencyKey", "pivotal_fc151bb927959bdc3bacb19b6b608607"],
        ["delivery", webhook.verifySignature("", svixHeaders({ body: "" }))],
      ]);
      assert.deepEqual(Object.entries(unwrapPivot(PIVOT_EVENT)), [
        ["id", null],
        ["type", "message_sent"],
        ["subject", PIVOT_EVENT.subject],
        ["created_at", PIVOT_EVENT.timestamp],
        ["org_id", "o_1"],
        ["space_id", "s_1"],
        ["data", PIVOT_EVENT.data],
        ["object", PIVOT_EVENT.data],
        ["extra", {}],
        ["idempotencyKey", "pivot_413f77315306493e225ab2dda9037b47"],
        ["delivery", pivot.verifySignature("", pivotHeaders({ body: "" }))],
      ]);
    });

    test("is the same as bytes and as a string, in whichever order it came", () => {
      const body = Buffer.from(JSON.stringify(EVENT));
      const headers = svixHeaders({ body });
      assert.deepEqual(webhook.unwrap(body, headers), unwrap(EVENT));
      assert.deepEqual(webhook.unwrap(`${body}`, headers), unwrap(EVENT));
      const reversed = Object.fromEntries(Object.entries(EVENT).reverse());
      assert.equal(JSON.stringify(unwrap(reversed)), JSON.stringify(unwrap(EVENT)));
    });

    test("is null where the sender wrote nothing", () => {
      const event = unwrap({ id: "evt_1", type: "webhook.ping", org: null, data: {} });
      assert.equal(
        JSON.stringify({ ...event, delivery: null }),
        '{"id":"evt_1","type":"webhook.ping","created_at":null,"org_id":null,"livemode":null,' +
          '"api_version":null,"data":{},"object":{},"previous_attributes":null,"extra":{},' +
          '"idempotencyKey":"pivotal_fc151bb927959bdc3bacb19b6b608607","delivery":null}',
      );
    });

    test("is plain data: printed, cloned, serialised", () => {
      const event = unwrap(EVENT);
      assert.equal(Object.getPrototypeOf(event), Object.prototype);
      assert.deepEqual(structuredClone(event), event);
      assert.deepEqual(JSON.parse(JSON.stringify(event)), event);
      assert.match(inspect(event), /^\{\s+id: 'evt_1',\s+type: 'customer\.at_risk'/);
    });

    test("of an unlisted type and with unlisted fields is kept", () => {
      const event = unwrap({
        ...EVENT,
        type: "customer.cloned",
        data: { object: { id: "cus_1", twin: { id: "cus_2" } }, reason: "why not" },
        request: { id: "req_1" },
        0: "first",
      });
      assert.equal(PIVOTAL_EVENT_TYPES.includes(event.type), false);
      assert.deepEqual(event.object, { id: "cus_1", twin: { id: "cus_2" } });
      assert.deepEqual(event.data, { object: event.object, reason: "why not" });
      assert.equal(event.data.object, event.object, "not a copy");
      assert.deepEqual(event.extra, { 0: "first", request: { id: "req_1" } });
    });

    test("has the numbers that JSON.parse reads", () => {
      const numbers = '{"a":12345678901234567890,"b":-0,"c":1e-400,"d":0.1,"e":1E2}';
      const { object, extra } = unwrap(
        `{"id":"evt_1","type":"webhook.ping","data":${numbers},"sent":${numbers}}`,
      );
      assert.deepEqual(object, { a: 12345678901234567000, b: -0, c: 0, d: 0.1, e: 100 });
      assert.deepEqual(extra.sent, object);
    });

    test("tells how it came", () => {
      const body = JSON.stringify(EVENT);
      const labelled = new Webhook({ current: SECRET }, { clock });
      const unsigned = { "pivotal-event": EVENT.type, "pivotal-delivery-id": "msg_9" };
      assert.deepEqual(
        labelled.unwrap(body, { ...pivotalHeaders({ body }), ...unsigned }).delivery,
        {
          scheme: "pivotal",
          id: null,
          timestamp: NOW,
          skew: 0,
          label: "current",
          isRestored: false,
          unauthenticated: { eventType: EVENT.type, deliveryId: "msg_9" },
        },
      );
    });

    test("stays what it was when the body or another event changes", () => {
      const body = Buffer.from(JSON.stringify(EVENT));
      const headers = svixHeaders({ body });
      const event = webhook.unwrap(body, headers);
      Object.assign(webhook.unwrap(body, headers).object, { id: "changed" });
      Object.assign(webhook.unwrap(body, headers).extra, { changed: true });
      body.fill(0);
      assert.deepEqual(event, unwrap(EVENT));
    });
  });

  describe("names that mean something to JavaScript", () => {
    const check = (fields) => {
      assert.deepEqual(
        Object.keys(fields).filter((name) => TRICKS.includes(`"${name}":`)),
        ["__proto__", "constructor", "toString", "hasOwnProperty"],
      );
      assert.deepEqual(Object.getOwnPropertyDescriptor(fields, "__proto__").value, { polluted: 1 });
      assert.equal(Object.getPrototypeOf(fields), Object.prototype);
      assert.equal(fields.polluted, undefined);
      assert.equal({}.polluted, undefined);
    };

    test("are data in an event of Pivotal", () => {
      const event = unwrap(
        `{${TRICKS},"id":"evt_1","type":"customer.updated","data":{${TRICKS},` +
          `"object":{${TRICKS},"id":"cus_1"},"previous_attributes":{${TRICKS}}}}`,
      );
      for (const fields of [event.extra, event.data, event.object, event.previous_attributes]) {
        check(fields);
      }
      assert.equal(event.polluted, undefined);
      assert.equal(Object.getPrototypeOf(event), Object.prototype);
    });

    test("are data in an event of Pivot, renamed or not", () => {
      for (const [name, data] of [
        ["room_id", `{"room_id":"r_1",${TRICKS}}`],
        ["roomId", `{"roomId":"r_1",${TRICKS}}`],
      ]) {
        const event = unwrapPivot(
          `{"event_type":"message_sent","data":${data},${TRICKS},"subject":{"type":"room","id":"1",${TRICKS}}}`,
        );
        for (const fields of [event.extra, event.data, event.object, event.subject]) check(fields);
        assert.equal(event.object.room_id, "r_1");
        assert.equal(event.data[name], "r_1");
      }
    });

    test("are no types", () => {
      for (const type of ["__proto__", "constructor", "toString"]) {
        assert.equal(unwrap({ ...EVENT, type }).type, type);
        assert.equal(unwrapPivot({ ...PIVOT_EVENT, event_type: type }).type, type);
      }
    });
  });

  test("a polluted prototype supplies nothing", () => {
    const pollution = {
      ...{ type: "customer.churned", org_id: "org_2", livemode: false, created_at: "1970" },
      ...{ object: { id: "cus_2" }, previous_attributes: { id: "cus_3" }, timestamp: "1970" },
      ...{ renamed: { id: "name" }, extra: ["id"], path: ["id"], fields: {}, 0: "id" },
      ...{ messageId: "m_2", message_id: "m_3" },
    };
    const minimal = [
      () => unwrap({ id: "evt_1", type: "customer.at_risk", data: { id: "cus_1" } }),
      () => unwrapPivot({ event_type: "message_sent", data: { roomId: "r_1" } }),
    ];
    const expected = minimal.map((call) => JSON.stringify(call()));
    for (const [name, value] of Object.entries(pollution)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    }
    try {
      assert.deepEqual(
        minimal.map((call) => JSON.stringify(call())),
        expected,
      );
    } finally {
      for (const name of Object.keys(pollution)) delete Object.prototype[name];
    }
  });

  test("names in camelCase are renamed in place, and nothing is lost", () => {
    const data = { z: 1, messageId: "m_1", roomId: "r_1", room_id: "r_2", createdAt: null, a: 2 };
    const event = unwrapPivot({ ...PIVOT_EVENT, data });
    assert.deepEqual(Object.entries(event.object), [
      ["z", 1],
      ["message_id", "m_1"],
      ["roomId", "r_1"],
      ["room_id", "r_2"],
      ["created_at", null],
      ["a", 2],
    ]);
    assert.deepEqual(event.data, data);
    assert.equal(JSON.parse(JSON.stringify(event)).object.message_id, "m_1");
  });

  describe("a refusal", () => {
    const refused = (call, expected) => {
      assert.throws(call, (error) => {
        assert.ok(error instanceof WebhookVerificationError);
        const { message } = error;
        assert.deepEqual({ ...error, message, help: undefined }, { help: undefined, ...expected });
        return true;
      });
    };

    test("names the field, in words", () => {
      const status = 400;
      const code = "event_malformed";
      for (const [event, path, reason, words] of [
        [{ ...EVENT, id: undefined }, "id", "missing", "is missing or null"],
        [{ ...EVENT, type: 7 }, "type", "wrong_type", "has the wrong JSON type"],
        [{ ...EVENT, type: "" }, "type", "empty", "is empty"],
        [
          { ...EVENT, created_at: undefined, timestamp: "yesterday" },
          "timestamp",
          "not_rfc3339",
          "is not an RFC 3339 date-time of the years 1 to 9999",
        ],
        [
          '{"id":"evt_1","type":"t","data":{"object":{},"object":{}}}',
          "data.object",
          "duplicated",
          "appears twice",
        ],
      ]) {
        const message = `the event is authentic but its \`${path}\` ${words} (${code})`;
        refused(() => unwrap(event), { message, code, status, path, reason });
      }
      const path = "event_type";
      const message = `the event is authentic but its \`${path}\` is missing or null (${code})`;
      const expected = { message, code, status, path, reason: "missing" };
      refused(() => unwrapPivot(EVENT), expected);
    });

    test("of an event of another type than a header says names the header", () => {
      const body = JSON.stringify(EVENT);
      const headers = { ...pivotalHeaders({ body }), "pivotal-event": "customer.churned" };
      refused(() => webhook.unwrap(body, headers), {
        message:
          "the event is authentic but its type is not the one that `pivotal-event` names (event_type_mismatch)",
        code: "event_type_mismatch",
        status: 400,
        header: "pivotal-event",
      });
      assert.deepEqual(webhook.verify(body, headers), EVENT);
    });

    test("of a body that is empty, or no JSON object, is that of the payload", () => {
      for (const [body, reason] of [
        ["", "syntax"],
        ["{", "syntax"],
        ["[]", "not_an_object"],
        ['{"id":1,"id":2}', "duplicate_key"],
      ]) {
        for (const sent of [body, Buffer.from(body)]) {
          assert.throws(() => webhook.unwrap(sent, svixHeaders({ body })), {
            name: "WebhookVerificationError",
            code: "payload_malformed",
            reason,
          });
        }
      }
    });

    test("comes before the event is looked at", () => {
      assert.throws(() => webhook.unwrap("{}", svixHeaders({ body: "{} " })), {
        code: "signature_mismatch",
      });
      assert.throws(() => webhook.unwrap("{}", svixHeaders({ body: "{}", at: NOW - 301 })), {
        code: "timestamp_too_old",
      });
      assert.throws(() => webhook.unwrap("{}", {}), { code: "header_missing" });
      assert.throws(() => webhook.unwrap(EVENT, svixHeaders()), {
        name: "TypeError",
        message: /^body is a parsed object; .*express\.raw/,
      });
    });
  });

  test("what the clock or a getter does to the body is done before it is verified", () => {
    const bytes = Buffer.from(JSON.stringify(EVENT));
    const good = svixHeaders({ body: bytes });
    for (const change of [
      [{ clock: () => bytes.fill(0) && NOW }, good],
      [
        { clock },
        Object.defineProperty({ ...good }, "svix-id", { get: () => bytes.fill(0) && "msg_1" }),
      ],
    ]) {
      bytes.write(JSON.stringify(EVENT));
      const [options, headers] = change;
      assert.throws(() => new Webhook(SECRET, options).unwrap(bytes, headers), {
        code: "signature_mismatch",
      });
    }
  });
}
