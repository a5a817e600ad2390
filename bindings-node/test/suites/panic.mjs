import assert from "node:assert/strict";
import { test } from "node:test";
import { NOW, pivotalHeaders, pivotHeaders, SECRET, svixHeaders } from "../support/sender.mjs";

/** The body at which a probe build panics. */
export const PROBE = "pivotal-webhooks panic probe";

/** What only a probe build contains. */
export const MARKS = [PROBE, "armPanic"];

const BODY = '{"id":"evt_1","type":"webhook.ping","data":{}}';

/** Each way into the core that takes a body, on a webhook of its own. */
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

/** Each way into the core, also those that take no body. */
function allEntriesOf({ Webhook, queue, testing, diagnosis }) {
  const webhook = new Webhook(SECRET, { clock: () => NOW });
  const headers = svixHeaders({ body: BODY });
  const dump = queue.dump(webhook.unwrap(BODY, headers));
  const options = { at: NOW, id: "msg_1", scheme: "svix" };
  return {
    "new Webhook": () => `${new Webhook(SECRET)}`,
    "Webhook.pivot": () => `${Webhook.pivot(SECRET)}`,
    "the first use of a secret from a function": () =>
      new Webhook(() => SECRET).sign("msg_1", NOW, BODY),
    verify: () => webhook.verify(BODY, headers),
    unwrap: () => webhook.unwrap(BODY, headers).id,
    verifySignature: () => webhook.verifySignature(BODY, headers).id,
    sign: () => webhook.sign("msg_1", NOW, BODY),
    restoreTrusted: () => queue.restoreTrusted(dump).id,
    signedRequest: () => testing.signedRequest(BODY, SECRET, options).headers,
    diagnose: () => diagnosis.diagnose(SECRET, BODY, headers, { now: NOW }),
  };
}

const isInternal = (WebhookVerificationError) => (error) => {
  assert.ok(error instanceof WebhookVerificationError);
  assert.equal(error.code, "internal");
  assert.equal(error.status, 500);
  assert.equal(error.cause, undefined);
  return true;
};

/**
 * @param pkg - The package.
 * @param subpaths - Its subpaths `queue`, `testing`, `diagnosis` and `fetch`.
 * @param armPanic - Makes the next call of the core panic; its argument says whether of the core of
 *   `diagnosis`.
 */
export function panicSuite(pkg, subpaths, armPanic, afterPanic = () => {}) {
  const { Webhook, WebhookVerificationError } = pkg;
  const bystander = new Webhook(SECRET, { clock: () => NOW });

  const nextCallsAreRight = () => {
    for (let call = 0; call < 1000; call += 1) {
      assert.deepEqual(bystander.verify(BODY, svixHeaders({ body: BODY })), JSON.parse(BODY));
      assert.throws(() => bystander.verify(`${BODY} `, svixHeaders({ body: BODY })), {
        code: "signature_mismatch",
      });
    }
  };

  for (const [name, entry] of Object.entries(entriesOf(pkg))) {
    test(`a panic in ${name} is an error, and the next 1000 calls are right`, () => {
      for (const probe of [PROBE, Buffer.from(PROBE)]) {
        assert.throws(() => entry(probe), isInternal(WebhookVerificationError));
        afterPanic();
      }
      const before = entry(BODY);
      nextCallsAreRight();
      assert.deepEqual(entry(BODY), before);
      const late = new Webhook({ late: SECRET }, { clock: () => NOW });
      assert.equal(late.verifySignature(BODY, svixHeaders({ body: BODY })).label, "late");
    });
  }

  for (const [name, entry] of Object.entries(allEntriesOf({ ...pkg, ...subpaths }))) {
    test(`a panic at the entry of ${name} is an error, and the next 1000 calls are right`, () => {
      const before = entry();
      armPanic(name === "diagnose");
      assert.throws(entry, isInternal(WebhookVerificationError));
      afterPanic();
      nextCallsAreRight();
      assert.deepEqual(entry(), before);
    });
  }

  test("a receiver answers 500 to a panic, and receives the next 1000 deliveries", async () => {
    const outcomes = [];
    const handled = [];
    const webhook = new Webhook(SECRET, { clock: () => NOW });
    const receive = subpaths.fetch.webhookHandler(webhook, ({ id }) => void handled.push(id), {
      onOutcome: ({ code, status }) => outcomes.push([code, status]),
    });
    const send = async (body, headers) => {
      const request = new Request("http://localhost/", { method: "POST", body, headers });
      const response = await receive(request);
      return [response.status, await response.text()];
    };
    const genuine = svixHeaders({ body: BODY });
    assert.deepEqual(await send(PROBE, svixHeaders({ body: PROBE })), [500, "internal error"]);
    afterPanic();
    assert.deepEqual(await send(BODY, genuine), [200, "ok"]);
    // The first call is that of the announced length.
    armPanic(false);
    assert.deepEqual(await send(BODY, genuine), [500, "internal error"]);
    afterPanic();
    assert.deepEqual(outcomes, [
      ["internal", 500],
      [null, 200],
      ["internal", 500],
    ]);
    for (let delivery = 0; delivery < 1000; delivery += 1) {
      assert.deepEqual(await send(BODY, genuine), [200, "ok"]);
    }
    assert.equal(handled.length, 1001);
  });
}
