import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { NOW, SECRET, svixHeaders, svixSignature } from "../support/sender.mjs";

const anyBody = fc.uint8Array({ maxLength: 300 });
const anyId = fc.stringMatching(/^[!#-+\-/-9:-z|}~]{1,40}$/).filter((id) => !/^\d+$/.test(id));
const anyTime = fc.integer({ min: 1, max: 999_999_999_999 });

export function propertiesSuite({ Webhook, WebhookError }) {
  const webhook = new Webhook(SECRET, { clock: () => NOW });
  const isRefusal = (error) => error instanceof WebhookError;
  const outcome = (call) => {
    try {
      return { value: call() };
    } catch (error) {
      return { error };
    }
  };

  test("what Node's crypto signed is verified, and signed alike", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 140 }),
        anyId,
        anyTime,
        anyBody,
        (key, id, at, body) => {
          fc.pre(key.some((byte) => byte !== 0));
          const one = new Webhook(Buffer.from(key).toString("base64"), {
            schemes: ["svix"],
            clock: () => at,
          });
          const headers = svixHeaders({ key, id, at, body });
          const { scheme, id: verifiedId, timestamp } = one.verifySignature(body, headers);
          assert.deepEqual([scheme, verifiedId, timestamp], ["svix", id, at]);
          assert.equal(one.sign(id, at, body), svixSignature({ key, id, at, body }));
        },
      ),
    );
  });

  test("one flipped bit of the body or the signature is refused", () => {
    fc.assert(
      fc.property(
        anyBody.filter(({ length }) => length > 0),
        fc.nat(),
        (body, position) => {
          const headers = svixHeaders({ body });
          const bit = position % (body.length * 8);
          const flipped = Uint8Array.from(body);
          flipped[bit >> 3] ^= 1 << (bit & 7);
          assert.throws(() => webhook.verifySignature(flipped, headers), {
            code: "signature_mismatch",
          });

          const mac = Buffer.from(headers["svix-signature"].slice(3), "base64");
          mac[(position >> 3) % 32] ^= 1 << (position & 7);
          const tampered = { ...headers, "svix-signature": `v1,${mac.toString("base64")}` };
          assert.throws(() => webhook.verifySignature(body, tampered), {
            code: "signature_mismatch",
          });
        },
      ),
    );
  });

  test("JSON that Node parses comes back as Node parses it", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 6 })),
        (event) => {
          const text = JSON.stringify(event);
          const body = Buffer.from(text);
          assert.deepEqual(webhook.verify(body, svixHeaders({ body })), JSON.parse(text));
          assert.deepEqual(webhook.verify(text, svixHeaders({ body })), JSON.parse(text));
        },
      ),
    );
  });

  test("every value in an event is returned as Node parses it", () => {
    const fields = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 6 }));
    fc.assert(
      fc.property(fields, fields, fields, (others, object, previous_attributes) => {
        const data = { object, previous_attributes };
        const sent = { ...others, id: "evt_1", type: "webhook.ping", timestamp: null, data };
        for (const name of ["created_at", "org_id", "org", "livemode", "api_version"]) {
          delete sent[name];
        }
        const text = JSON.stringify(sent);
        const { id, type, timestamp: _, data: parsedData, ...extra } = JSON.parse(text);
        for (const body of [text, Buffer.from(text)]) {
          const event = webhook.unwrap(body, svixHeaders({ body }));
          assert.deepEqual([event.id, event.type, event.data], [id, type, parsedData]);
          assert.deepEqual(event.object, parsedData.object);
          assert.deepEqual(event.previous_attributes, parsedData.previous_attributes);
          assert.deepEqual(Object.entries(event.extra), Object.entries(extra));
        }
      }),
    );
  });

  test("other headers, their order and the letter case of names change no verdict", () => {
    const junk = fc.array(
      fc.tuple(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string({ unit: "binary" }).map((text) => `svix-id\n${text}`),
          fc.constantFrom("user-agent", "content-length", "accept-charset", "if-modified-since"),
        ),
        fc.oneof(fc.string({ unit: "binary" }), fc.constant("msg_1\nsvix-id\nmsg_2")),
      ),
      { maxLength: 6 },
    );
    const good = Object.entries(svixHeaders({ body: "{}" }));
    fc.assert(
      fc.property(junk, fc.infiniteStream(fc.boolean()), fc.nat(), (others, upper, order) => {
        const named = good.map(([name, value]) => [
          name.replace(/[a-z]/g, (letter) => (upper.next().value ? letter.toUpperCase() : letter)),
          value,
        ]);
        const pairs = [...named, ...others];
        const at = order % pairs.length;
        const rotated = [...pairs.slice(at), ...pairs.slice(0, at)];
        assert.deepEqual(webhook.verify("{}", rotated), {});
        assert.deepEqual(webhook.verify("{}", new Map(rotated)), {});
      }),
    );
  });

  test("header values of any content are refused with our error", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.constantFrom("", "v1,", "v1", "0", `${NOW}`, "msg_1", "v1,t=1,sig="),
      fc.stringMatching(/^v1[a-z]?,[A-Za-z0-9+/]{43}=$/),
      fc.array(fc.string({ unit: "binary" }), { maxLength: 3 }),
    );
    const name = fc.constantFrom(
      "svix-id",
      "svix-timestamp",
      "svix-signature",
      "webhook-id",
      "webhook-timestamp",
      "webhook-signature",
      "pivotal-signature",
      "pivotal-event",
      "x-pivot-signature",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), anyBody, (pairs, body) => {
        for (const one of [webhook, Webhook.pivot(SECRET)]) {
          assert.ok(isRefusal(outcome(() => one.unwrap(body, pairs)).error));
          assert.ok(isRefusal(outcome(() => one.verify(body, pairs)).error));
          assert.ok(isRefusal(outcome(() => one.verifySignature(body, pairs)).error));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("anything at all in any place is a refusal or a TypeError", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
      withSparseArray: true,
      withObjectString: true,
    });
    const isExpected = ({ error }) =>
      isRefusal(error) ? error.code !== "internal" : error instanceof TypeError;
    fc.assert(
      fc.property(anything, anything, (one, other) => {
        assert.ok(isExpected(outcome(() => webhook.unwrap(one, other))));
        assert.ok(isExpected(outcome(() => webhook.verify(one, other))));
        assert.ok(isExpected(outcome(() => webhook.verifySignature("{}", other))));
        assert.ok(
          isExpected(
            outcome(() => webhook.verify(one, svixHeaders({ body: "", key: Buffer.alloc(16, 1) }))),
          ),
        );
        for (const call of [
          () => new Webhook(one),
          () => new Webhook(SECRET, other),
          () => Webhook.pivot(one, other),
          () => webhook.sign(one, NOW, other),
          () => webhook.sign("msg_1", one, other),
        ]) {
          const { error } = outcome(call);
          assert.ok(error === undefined || isExpected({ error }), `${error?.stack}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("the signature is HMAC-SHA256 for bodies around block borders", () => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 2 ** 18 - 1, 2 ** 18, 2 ** 20]) {
      const body = Buffer.alloc(length, "a");
      const mac = createHmac("sha256", SECRET).update(body).digest("hex");
      assert.equal(Webhook.pivot(SECRET).sign("", 0, body), mac);
      assert.equal(
        Webhook.pivot(SECRET).verifySignature(body, [["X-Pivot-Signature", mac]]).scheme,
        "pivot",
      );
    }
  });
}
