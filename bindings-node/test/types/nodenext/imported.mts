import { Webhook, type Verified } from "pivotal-webhooks";
import { webhookHandler } from "pivotal-webhooks/fetch";
import { signedRequest } from "pivotal-webhooks/testing";
import { Webhook as WasmWebhook } from "pivotal-webhooks-wasm";

export const verified: Verified = new Webhook("whsec_x").verifySignature("{}", {});
export const wasm: string = new WasmWebhook("whsec_x").sign("msg_1", 1, "{}");

export const POST: (request: Request) => Promise<Response> = webhookHandler(
  new Webhook("whsec_x"),
  (event) => console.log(event.type),
);
export const request: Request = signedRequest("{}", "whsec_x").request("https://example.com/");
