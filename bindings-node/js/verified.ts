/** The facts of an authentic delivery. */

import { Fact } from "./border.js";
import type { Facts } from "./core.js";
import { type Scheme, SCHEMES } from "./schemes.js";
import type { TaggedTexts } from "./tagged-texts.js";

/** The facts that the signature of a delivery covers, and the secret that it was made with. */
export interface Verified {
  /** The header scheme that the delivery was signed in. */
  readonly scheme: Scheme;

  /** The signed id of the delivery; `null` where the scheme signs none. */
  readonly id: string | null;

  /** When the delivery was signed, in Unix seconds; `null` where the scheme signs no time. */
  readonly timestamp: number | null;

  /** The receiver's time minus the signed time, in seconds; `null` if the scheme signs no time. */
  readonly skew: number | null;

  /** The label of the secret that matched; `null` for secrets without labels. */
  readonly label: string | null;

  /**
   * Whether the event was made by `restoreTrusted`. Another process has then verified the delivery,
   * and this one trusts the queue that the dump came through.
   */
  readonly isRestored: boolean;

  /** The values of headers that the signature does not cover. Anyone can have set them. */
  readonly unauthenticated: {
    /** The type of the event that a header names. */
    readonly eventType: string | null;

    /** The id of the delivery that a header names. */
    readonly deliveryId: string | null;
  };
}

/** Reads the facts of an authentic delivery that had these headers. */
export function verifiedFrom(
  facts: Facts,
  headers: TaggedTexts,
  labels: readonly string[],
): Verified {
  const secret = numberOrNull(facts[Fact.Secret]);
  return {
    scheme: SCHEMES[facts[Fact.Scheme] as number] as Scheme,
    id: textAt(headers, facts[Fact.Id]),
    timestamp: numberOrNull(facts[Fact.Timestamp]),
    skew: numberOrNull(facts[Fact.Skew]),
    label: secret === null ? null : (labels[secret] as string),
    isRestored: false,
    unauthenticated: {
      eventType: textAt(headers, facts[Fact.EventType]),
      deliveryId: textAt(headers, facts[Fact.DeliveryId]),
    },
  };
}

function numberOrNull(number: number | undefined): number | null {
  return Number.isNaN(number) ? null : (number as number);
}

function textAt(headers: TaggedTexts, index: number | undefined): string | null {
  return Number.isNaN(index) ? null : (headers[(index as number) * 2 + 1] as string);
}
