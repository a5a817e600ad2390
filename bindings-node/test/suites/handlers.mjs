import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { NOW, SECRET, svixHeaders } from "../support/sender.mjs";

const BODY = '{"id":"evt_1","type":"customer.at_risk","data":{"object":{"name":"Zoë"}}}';

export function handlersSuite({ Webhook }, { eventHandlers, isListed }, { webhookHandler }) {
  const webhook = new Webhook(SECRET, { clock: () => NOW });
  const eventOf = (type) => {
    const body = BODY.replace("customer.at_risk", type);
    return webhook.unwrap(body, svixHeaders({ body }));
  };

  describe("handlers by type", () => {
    test("run the function of the type, with what the receiver passes", async () => {
      const handlers = eventHandlers()
        .on("customer.at_risk", (event, ...context) => [event.object.name, ...context])
        .on("customer.churned", async (event) => event.id);
      assert.deepEqual(handlers(eventOf("customer.at_risk"), "request"), ["Zoë", "request"]);
      assert.equal(await handlers(eventOf("customer.churned")), "evt_1");
      assert.equal(handlers.unhandled.size, 0);
    });

    test("count and log an event that nobody registered", (t) => {
      const info = t.mock.method(console, "info", () => {});
      const handlers = eventHandlers().on("customer.at_risk", () => assert.fail());
      for (const type of ["webhook.ping", "brand.new", "webhook.ping"]) {
        assert.equal(handlers(eventOf(type)), undefined);
      }
      assert.deepEqual(
        [...handlers.unhandled],
        [
          ["webhook.ping", 2],
          ["brand.new", 1],
        ],
      );
      assert.deepEqual(info.mock.calls[0].arguments, [
        'webhook event has no handler {"type":"webhook.ping","id":"evt_1"}',
      ]);
    });

    test("pass any other event to one function, which can tell them apart", () => {
      const told = [];
      const handlers = eventHandlers()
        .on("customer.at_risk", (event) => told.push(event.type))
        .onAny((event) => told.push([event.type, isListed(event)]));
      for (const type of ["customer.at_risk", "webhook.ping", "brand.new"]) handlers(eventOf(type));
      assert.deepEqual(told, ["customer.at_risk", ["webhook.ping", true], ["brand.new", false]]);
      assert.throws(() => handlers.onAny(() => {}), { name: "RangeError", message: /already/ });
    });

    test("refuse a type twice, a misspelt one, and what is no function", () => {
      const handlers = eventHandlers().on("customer.at_risk", () => {});
      const refused = (message, ...given) =>
        assert.throws(() => handlers.on(...given), { name: "RangeError", message });
      refused(/"customer.at_risk" is registered already/, "customer.at_risk", () => {});
      refused(/did you mean .*"customer.at_risk"/, "customer.atrisk", () => {});
      refused(/did you mean "message_sent"\?/, "message.sent", () => {});
      refused(/^"zzz" is not a listed type: for a type/, "zzz", () => {});
      assert.throws(() => handlers.on("customer.churned", 7), { name: "TypeError" });
      assert.throws(() => eventHandlers().onAny(), { name: "TypeError" });
      handlers.on("brand.new", ({ id }) => id, { unlisted: true });
      assert.equal(handlers(eventOf("brand.new")), "evt_1");
    });

    test("are the handler of a receiver", async () => {
      mock.method(console, "info", () => {});
      const handlers = eventHandlers()
        .on("customer.at_risk", (event, request) => new Response(`${event.id} ${request.method}`))
        .on("customer.churned", () => {
          throw new RangeError("no such customer");
        });
      const receive = webhookHandler(webhook, handlers, { onOutcome() {} });
      const post = async (type) => {
        const body = BODY.replace("customer.at_risk", type);
        const headers = svixHeaders({ body });
        return receive(new Request("http://localhost/", { method: "POST", headers, body }));
      };
      assert.equal(await (await post("customer.at_risk")).text(), "evt_1 POST");
      assert.equal((await post("webhook.ping")).status, 200);
      await assert.rejects(post("customer.churned"), RangeError);
      mock.restoreAll();
    });
  });
}
