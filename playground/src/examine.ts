/** Judges a delivery as a receiver would, and explains a refusal. */

import { type PivotalEvent, type PivotEvent, Webhook, WebhookError } from "pivotal-webhooks-wasm";
import { diagnose, type Finding } from "pivotal-webhooks-wasm/diagnosis";
import type { Delivery } from "./delivery.js";

export interface Endpoint {
  readonly sender: "pivotal" | "pivot";
  readonly secrets: readonly string[];
  readonly otherSecrets: readonly string[];
  readonly previousSecrets: readonly string[];
  readonly tolerance: number;
  readonly key: "auto" | "base64" | "text";
}

export interface Examined {
  /** The event of an accepted delivery. */
  readonly event?: PivotalEvent | PivotEvent;
  /** Why it was refused. */
  readonly error?: WebhookError;
  /** The accidents behind a refusal, the most likely one first. */
  readonly findings: readonly Finding[];
}

/** @param now - Unix seconds. */
export function examine({ headers, body }: Delivery, endpoint: Endpoint, now: number): Examined {
  const { sender, secrets, otherSecrets, previousSecrets, tolerance, key } = endpoint;
  const lines = headers.map(([name, value]): [string, string] => [name, value]);
  try {
    const options = { tolerance, key, clock: () => now };
    const webhook =
      sender === "pivot" ? Webhook.pivot(secrets, options) : new Webhook(secrets, options);
    return { event: webhook.unwrap(body, lines), findings: [] };
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    return { error, findings: found() };
  }

  function found(): Finding[] {
    try {
      const options = { sender, tolerance, key, now, otherSecrets, previousSecrets };
      return diagnose(secrets, body, lines, options);
    } catch (error) {
      // Options that no webhook can have: the error of the webhook says so already.
      if (error instanceof WebhookError) return [];
      throw error;
    }
  }
}
