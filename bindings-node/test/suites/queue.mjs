import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NOW, pivotHeaders, SECRET, svixHeaders } from "../support/sender.mjs";

const BODY = '{"id":"evt_1","type":"customer.at_risk","data":{"object":{"name":"Zoë","mrr":1e2}}}';
const PIVOT_BODY = '{"eventType":"message_sent","data":{"messageId":"m1"}}';

export function queueSuite({ Webhook, WebhookError }, { dump, restoreTrusted, DumpError }) {
  const options = { clock: () => NOW + 2, source: "crm" };
  const webhook = new Webhook({ "the new one": SECRET }, options);
  const event = webhook.unwrap(BODY, svixHeaders({ body: BODY }));
  const pivotEvent = Webhook.pivot(SECRET).unwrap(PIVOT_BODY, pivotHeaders({ body: PIVOT_BODY }));
  const text = (bytes) => new TextDecoder().decode(bytes);

  describe("an event that crosses a queue", () => {
    test("is the same, and says that it was restored", () => {
      const { delivery, ...fields } = event;
      const restored = { ...event, delivery: { ...delivery, isRestored: true } };
      assert.deepEqual(restoreTrusted(dump(event)), restored);
      assert.deepEqual(restoreTrusted(text(dump(event))), restored);
      assert.deepEqual(restoreTrusted(Buffer.from(dump(event))), restored);
      assert.equal(JSON.stringify(restoreTrusted(dump(event))), JSON.stringify(restored));
      assert.equal(delivery.isRestored, false);
      assert.equal(delivery.label, "the new one");
      assert.match(fields.idempotencyKey, /^crm_/);
      const again = restoreTrusted(dump(pivotEvent), { sender: "pivot" });
      assert.deepEqual(again.object, { message_id: "m1" });
    });

    test("has the dump that it was restored from", () => {
      for (const [one, sender] of [
        [event, "pivotal"],
        [pivotEvent, "pivot"],
      ]) {
        assert.equal(text(dump(restoreTrusted(dump(one), { sender }))), text(dump(one)));
      }
      assert.equal(text(dump(event)).split("\n")[1], BODY);
    });

    test("keeps the verified bytes, whatever becomes of the event and of the body", () => {
      const bytes = new TextEncoder().encode(BODY);
      const changed = webhook.unwrap(bytes, svixHeaders({ body: BODY }));
      const before = text(dump(changed));
      changed.object.name = "Eve";
      bytes.fill(0x20);
      assert.equal(text(dump(changed)), before);
    });

    test("is no copy, and nobody else's object", () => {
      for (const other of [{ ...event }, structuredClone(event), JSON.parse(BODY), {}]) {
        assert.throws(() => dump(other), { name: "TypeError", message: /^dump takes an event/ });
      }
    });
  });

  describe("bytes that are no dump", () => {
    test("are refused with a code and help", () => {
      for (const [bytes, code] of [
        [BODY, "dump_unreadable"],
        [text(dump(event)).replace('"dump":1', '"dump":2'), "dump_version"],
        [text(dump(event)).replace('"skew"', '"screw"'), "dump_facts"],
        [dump(pivotEvent), "dump_sender"],
        [dump(event).subarray(0, -1), "dump_length"],
        [text(dump(event)).replace('"type"', '"kind"'), "dump_event"],
      ]) {
        assert.throws(
          () => restoreTrusted(bytes),
          (error) =>
            error instanceof DumpError &&
            !(error instanceof WebhookError) &&
            error.name === "DumpError" &&
            error.code === code &&
            error.message.endsWith(` (${code})`) &&
            error.help.length > 20,
          code,
        );
      }
    });

    test("are a TypeError if they are neither bytes nor text", () => {
      for (const bytes of [undefined, null, event, JSON.parse(BODY), [1]]) {
        assert.throws(() => restoreTrusted(bytes), { name: "TypeError" });
      }
    });

    test("don't reach a handler, signed or not", () => {
      const body = text(dump(event));
      assert.throws(() => webhook.unwrap(body, svixHeaders({ body })), {
        code: "payload_malformed",
      });
    });
  });
}
