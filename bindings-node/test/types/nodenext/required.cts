import webhooks = require("pivotal-webhooks");
import onLambda = require("pivotal-webhooks/lambda");
import wasm = require("pivotal-webhooks-wasm");
import testing = require("pivotal-webhooks-wasm/testing");

const verified: webhooks.Verified = new webhooks.Webhook("whsec_x").verifySignature("{}", {});
const signature: string = new wasm.Webhook("whsec_x").sign("msg_1", 1, "{}");
const handler = onLambda.webhookHandler(new webhooks.Webhook("whsec_x"), (event) => {
  console.log(event.type);
});
const clock: () => number = testing.frozenClock();

export = { clock, handler, signature, verified };
