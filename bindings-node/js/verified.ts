/** The facts of an authentic delivery. */

import { Fact } from "./border.js";
import type { Facts } from "./core.js";
import { type Scheme, SCHEMES } from "./schemes.js";
import type { TaggedTexts } from "./tagged-texts.js";

/** What the signature of a delivery covered, and which secret it was made with. */
export interface Verified {
  /** The header scheme that the delivery was signed in. */
  readonly scheme: Scheme;

  /** The signed id of the delivery; `null` where the scheme signs none. */
  readonly id: string | null;

  /** When the delivery was signed, in Unix seconds; `null` where the scheme signs no time. */
  readonly timestamp: number | null;

  /** Seconds from then to the clock, negative for a time that is ahead; `null` where none is signed. */
  readonly skew: number | null;

  /** The label of the secret that matched; `null` for secrets without labels. */
  readonly label: string | null;

  /** Headers that arrived beside the signature and that it did not cover. Anyone can have set them. */
  readonly unauthenticated: {
    /** The type of the event, as a header says it. */
    readonly eventType: string | null;

    /** The id of the delivery, as a header says it. */
    readonly deliveryId: string | null;
  };
}

/** What the core reports about an authentic delivery that had these headers. */
export function verifiedFrom(
  facts: Facts,
  headers: TaggedTexts,
  labels: readonly string[],
): Verified {
  const fact = (index: number): number | null => {
    const number = facts[index] as number;
    return Number.isNaN(number) ? null : number;
  };
  const textAt = (index: number | null): string | null =>
    index === null ? null : (headers[index * 2 + 1] as string);
  const secret = fact(Fact.Secret);
  return {
    scheme: SCHEMES[facts[Fact.Scheme] as number] as Scheme,
    id: textAt(fact(Fact.Id)),
    timestamp: fact(Fact.Timestamp),
    skew: fact(Fact.Skew),
    label: secret === null ? null : (labels[secret] as string),
    unauthenticated: {
      eventType: textAt(fact(Fact.EventType)),
      deliveryId: textAt(fact(Fact.DeliveryId)),
    },
  };
}
