// Checks the types of the public interface. Code that must not compile has `@ts-expect-error`. The file
// is not run.

import type { IncomingHttpHeaders } from "node:http";
import {
  type ConfigurationCode,
  backend,
  ERROR_CODES,
  type ErrorCode,
  type EventReason,
  type PayloadReason,
  type PivotEvent,
  type PivotWebhookOptions,
  type Scheme,
  type Verified,
  type VerificationCode,
  Webhook,
  type WebhookBody,
  type WebhookHeaders,
  type WebhookOptions,
  type WebhookSecret,
  WebhookConfigurationError,
  WebhookError,
  WebhookVerificationError,
} from "pivotal-webhooks";
import type { WebhookRequiredHeaders, WebhookUnbrandedRequiredHeaders } from "svix";
import * as wasm from "pivotal-webhooks-wasm";

type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
const same = <_Yes extends true>(): void => {};

same<Same<typeof backend, "native" | "wasm">>();

declare const headers: IncomingHttpHeaders;
declare const fetched: Headers;
declare const svixHeaders: WebhookRequiredHeaders;
declare const unbrandedHeaders: WebhookUnbrandedRequiredHeaders;
interface OwnHeaders {
  readonly host: string;
  readonly "pivotal-signature": string;
}
declare const ownHeaders: OwnHeaders;
declare const maybe: string | undefined;

// Secrets, in every form.
const webhook = new Webhook("whsec_x");
new Webhook(process.env["PIVOTAL_WEBHOOK_SECRET"]);
new Webhook(["whsec_x", maybe]);
new Webhook({ current: "whsec_x", previous: maybe });
const secret: WebhookSecret = ["a", "b"] as const;
Webhook.pivot(secret);
// @ts-expect-error a secret is text
new Webhook(new Uint8Array(24));
// @ts-expect-error a secret is text
new Webhook(7);
// @ts-expect-error the secret comes first
new Webhook();
new Webhook(() => maybe);
new Webhook(() => [maybe, "whsec_x"]);
new Webhook(() => ({ current: maybe, previous: null }));
Webhook.pivot(() => process.env["PIVOT_SECRET"]);
// @ts-expect-error a secret is not promised
new Webhook(async () => "whsec_x");
// @ts-expect-error a function of one secret is one of all
new Webhook([() => "whsec_x"]);
// @ts-expect-error there is no third argument
new Webhook("whsec_x", {}, Symbol());

// The options of each endpoint.
const options: WebhookOptions = {
  schemes: ["svix", "pivotal"],
  tolerance: 60,
  dangerouslyIgnoreTimestamp: false,
  maxBody: 1024,
  key: "base64",
  source: "crm-eu",
  clock: () => Date.now() / 1000,
};
new Webhook("whsec_x", options);
new Webhook("whsec_x", { tolerance: undefined, schemes: undefined });
const pivotOptions: PivotWebhookOptions = { maxEventAge: 60, tolerance: 60, key: "text" };
const pivot: Webhook<PivotEvent> = Webhook.pivot("whsec_x", pivotOptions);
// @ts-expect-error no such option
new Webhook("whsec_x", { tolerence: 60 });
// @ts-expect-error a number of seconds
new Webhook("whsec_x", { tolerance: "60" });
// @ts-expect-error no such scheme
new Webhook("whsec_x", { schemes: ["unknown"] });
// @ts-expect-error a Pivot endpoint is asked for with `Webhook.pivot`
new Webhook("whsec_x", { schemes: ["pivot"] });
// @ts-expect-error no such key format
new Webhook("whsec_x", { key: "hex" });
// @ts-expect-error only a Pivot endpoint has one
new Webhook("whsec_x", { maxEventAge: 60 });
// @ts-expect-error a Pivot endpoint has one scheme
Webhook.pivot("whsec_x", { schemes: ["pivot"] });
// @ts-expect-error a Pivot endpoint signs no time
Webhook.pivot("whsec_x", { dangerouslyIgnoreTimestamp: true });

// Bodies and headers, in every form.
const bodies: WebhookBody[] = [
  "{}",
  Buffer.from("{}"),
  new Uint8Array(2),
  new ArrayBuffer(2),
  new SharedArrayBuffer(2),
  new DataView(new ArrayBuffer(2)),
];
const shapes: WebhookHeaders[] = [
  headers,
  fetched,
  new Map([["svix-id", "msg_1"]]),
  [["svix-id", "msg_1"]],
  [["svix-id", ["msg_1"]]],
  { "svix-id": "msg_1", "svix-timestamp": undefined, "svix-signature": null },
  { "svix-id": maybe },
  { "svix-id": ["msg_1"] as const },
  new URLSearchParams(),
  ["svix-id", "msg_1"],
  svixHeaders,
  unbrandedHeaders,
  ownHeaders,
];
for (const body of bodies) {
  for (const shape of shapes) {
    same<Same<ReturnType<typeof webhook.verify>, unknown>>();
    webhook.verify(body, shape);
    pivot.verifySignature(body, shape);
  }
}
// @ts-expect-error a parsed body
webhook.verify({ id: "evt_1" }, headers);
// @ts-expect-error no body
webhook.verify(undefined, headers);
// @ts-expect-error the body is read before
webhook.verify(new Request("http://localhost"), headers);
// @ts-expect-error the body is awaited before
webhook.verify(new Request("http://localhost").text(), headers);
// @ts-expect-error headers are needed
webhook.verify("{}");
// @ts-expect-error a value is text
webhook.verify("{}", { "svix-timestamp": 1614265330 });
// @ts-expect-error the headers of a request, not the request
webhook.verify("{}", new Request("http://localhost"));
// @ts-expect-error headers are awaited
webhook.verify("{}", Promise.resolve(headers));
// @ts-expect-error JSON is unknown until it was looked at
webhook.verify("{}", headers).id;

// Results.
const verified: Verified = webhook.verifySignature("{}", headers);
same<Same<typeof verified.scheme, Scheme>>();
same<Same<typeof verified.id, string | null>>();
same<Same<typeof verified.timestamp, number | null>>();
same<Same<typeof verified.label, string | null>>();
same<Same<typeof verified.unauthenticated.eventType, string | null>>();
// @ts-expect-error unsigned facts are under `unauthenticated`
verified.eventType;
// @ts-expect-error facts are read
verified.id = "msg_2";

// Signing.
same<Same<ReturnType<typeof webhook.sign>, string>>();
webhook.sign("msg_1", 1614265330, "{}");
webhook.sign("msg_1", new Date(), Buffer.from("{}"), { scheme: "pivotal" });
// @ts-expect-error no such scheme
webhook.sign("msg_1", 1, "{}", { scheme: "unknown" });
// @ts-expect-error a time is a number or a Date
webhook.sign("msg_1", "1614265330", "{}");

// Errors.
try {
  webhook.verify("{}", headers);
} catch (error) {
  if (error instanceof WebhookVerificationError) {
    const { code, help, status, header, path, reason, skew, tolerance } = error;
    same<Same<typeof code, VerificationCode>>();
    same<Same<typeof help, string>>();
    same<Same<typeof status, number>>();
    same<Same<typeof header, string | undefined>>();
    same<Same<typeof path, string | undefined>>();
    same<Same<typeof reason, PayloadReason | EventReason | undefined>>();
    same<Same<typeof skew, number | undefined>>();
    same<Same<typeof tolerance, number | undefined>>();
    // @ts-expect-error no such code
    if (code === "signature_missmatch") throw error;
  }
}
function codeOf(error: WebhookError): VerificationCode | "configuration" {
  if (error instanceof WebhookConfigurationError) {
    same<Same<typeof error.code, ConfigurationCode>>();
    return "configuration";
  }
  // @ts-expect-error the base has every code
  const code: VerificationCode = error.code;
  return error instanceof WebhookVerificationError ? error.code : code;
}
same<Same<ConfigurationCode | VerificationCode, ErrorCode>>();
const codes: readonly ErrorCode[] = ERROR_CODES;
same<Same<(typeof codes)[number], (typeof ERROR_CODES)[number]>>();
new WebhookVerificationError({ code: "internal", message: "m", help: "h", status: 500 });
// @ts-expect-error an error is made from a report
new WebhookVerificationError("internal");

// Both packages have the same types.
const other: typeof import("pivotal-webhooks") = {
  ...wasm,
  Webhook,
  WebhookConfigurationError,
  WebhookError,
  WebhookVerificationError,
};
same<Same<wasm.WebhookOptions, WebhookOptions>>();
same<Same<wasm.Verified, Verified>>();
same<Same<wasm.ErrorCode, ErrorCode>>();
same<Same<keyof typeof wasm, keyof typeof other>>();
