import assert from "node:assert/strict";
import { test } from "node:test";
import { NOW, pivotalHeaders, pivotHeaders, SECRET, svixHeaders } from "../support/sender.mjs";

/** The body at which a probe build panics. */
export const PROBE = "pivotal-webhooks panic probe";

/** Each way into the core, on a webhook of its own. */
export function entriesOf({ Webhook }) {
  const webhook = new Webhook(SECRET, { clock: () => NOW });
  const pivot = Webhook.pivot(SECRET);
  return {
    verify: (body) => webhook.verify(body, svixHeaders({ body })),
    "verify, with another scheme": (body) => webhook.verify(body, pivotalHeaders({ body })),
    "verify, of a Pivot endpoint": (body) => pivot.verify(body, pivotHeaders({ body })),
    unwrap: (body) => webhook.unwrap(body, svixHeaders({ body })),
    verifySignature: (body) => webhook.verifySignature(body, svixHeaders({ body })),
    sign: (body) => webhook.sign("msg_1", NOW, body),
  };
}

export function panicSuite(pkg, afterPanic = () => {}) {
  const { Webhook, WebhookVerificationError } = pkg;
  const bystander = new Webhook(SECRET, { clock: () => NOW });
  const body = '{"id":"evt_1","type":"webhook.ping","data":{}}';

  for (const [name, entry] of Object.entries(entriesOf(pkg))) {
    test(`a panic in ${name} is an error, and the next 1000 calls are right`, () => {
      for (const probe of [PROBE, Buffer.from(PROBE)]) {
        assert.throws(
          () => entry(probe),
          (error) => {
            assert.ok(error instanceof WebhookVerificationError);
            assert.equal(error.code, "internal");
            assert.equal(error.status, 500);
            assert.equal(error.cause, undefined);
            return true;
          },
        );
        afterPanic();
      }
      const before = entry(body);
      for (let call = 0; call < 1000; call += 1) {
        assert.deepEqual(entry(body), before);
        assert.deepEqual(bystander.verify(body, svixHeaders({ body })), JSON.parse(body));
        assert.throws(() => bystander.verify(`${body} `, svixHeaders({ body })), {
          code: "signature_mismatch",
        });
      }
      const late = new Webhook({ late: SECRET }, { clock: () => NOW });
      assert.equal(late.verifySignature(body, svixHeaders({ body })).label, "late");
    });
  }
}
