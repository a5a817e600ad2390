import webhooks = require("pivotal-webhooks");
import wasm = require("pivotal-webhooks-wasm");

const verified: webhooks.Verified = new webhooks.Webhook("whsec_x").verifySignature("{}", {});
const signature: string = new wasm.Webhook("whsec_x").sign("msg_1", 1, "{}");

export = { verified, signature };
