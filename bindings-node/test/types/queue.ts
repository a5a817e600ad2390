// Checks the types of `/queue`. Code that must not compile has `@ts-expect-error`. The file is not run.

import { type PivotalEvent, type PivotEvent, Webhook } from "pivotal-webhooks";
import { dump, DumpError, type DumpErrorCode, restoreTrusted } from "pivotal-webhooks/queue";
import * as wasm from "pivotal-webhooks-wasm/queue";

const event: PivotalEvent = new Webhook("whsec_x").unwrap("{}", {});
const job: Uint8Array = dump(event);
const pivotJob: Uint8Array = wasm.dump(Webhook.pivot("whsec_x").unwrap("{}", {}));
// @ts-expect-error a body is no event
dump("{}");

const restored: PivotalEvent = restoreTrusted(job);
if (restored.type === "customer.at_risk") {
  const score: number | null | undefined = restored.object.health_score;
  void score;
}
const isRestored: boolean = restored.delivery.isRestored;
const named: PivotalEvent = restoreTrusted("text", { sender: "pivotal" });
const pivotEvent: PivotEvent = wasm.restoreTrusted(pivotJob, { sender: "pivot" });
// @ts-expect-error the senders have events of their own
const mistaken: PivotalEvent = restoreTrusted(pivotJob, { sender: "pivot" });
// @ts-expect-error there are two senders
restoreTrusted(job, { sender: "svix" });
// @ts-expect-error a parsed dump is no dump
restoreTrusted({ dump: 1 });

try {
  restoreTrusted(job);
} catch (error) {
  if (error instanceof DumpError && error.code === "dump_version") {
    const code: DumpErrorCode = error.code;
    console.log(code, error.help);
  }
}
void [isRestored, named, pivotEvent, mistaken];
