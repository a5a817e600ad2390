/** Makes signed deliveries, and the commands that send them. */

import {
  PIVOT_EVENT_TYPES,
  type PivotEventType,
  type PivotalEventType,
} from "pivotal-webhooks-wasm";
import { type SignedRequest, sampleEvent, signedRequest } from "pivotal-webhooks-wasm/testing";
import { quoted } from "./shell.js";

/** The faults that can be composed, by the methods of a signed request; and none. */
export const FAULTS = [
  "genuine",
  "stale",
  "future",
  "tampered",
  "withWrongSecret",
  "reserialised",
] as const;

export type Fault = (typeof FAULTS)[number];

export interface Composition {
  readonly payload: string;
  readonly secret: string;
  readonly scheme: "svix" | "pivotal" | "pivot";
  readonly fault: Fault;
  readonly key: "auto" | "base64" | "text";
  /** Unix seconds. */
  readonly now: number;
}

/** The sample of an event as formatted JSON. */
export function samplePayload(type: string): string {
  return JSON.stringify(sampleEvent(type as PivotalEventType | PivotEventType), null, 2);
}

/** The schemes in which the sender of an event signs. */
export function schemesOf(type: string): Composition["scheme"][] {
  return (PIVOT_EVENT_TYPES as readonly string[]).includes(type) ? ["pivot"] : ["svix", "pivotal"];
}

/**
 * @throws WebhookError for a secret that can't be used.
 * @throws RangeError for a fault that a body can't have.
 */
export function compose({ payload, secret, scheme, fault, key, now }: Composition): SignedRequest {
  const signed = signedRequest(payload, secret, { at: now, scheme, key });
  return fault === "genuine" ? signed : signed[fault]();
}

/** The command by which curl sends a request. */
export function curlCommand({ headers, body }: SignedRequest, url: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  return ["curl", quoted(url), ...lines, `--data-raw ${quoted(text)}`]
    .join(" \\\n  ")
    .replace("curl \\\n  ", "curl ");
}
