import { Webhook, type Verified } from "pivotal-webhooks";
import { Webhook as WasmWebhook } from "pivotal-webhooks-wasm";

export const verified: Verified = new Webhook("whsec_x").verifySignature("{}", {});
export const wasm: string = new WasmWebhook("whsec_x").sign("msg_1", 1, "{}");
