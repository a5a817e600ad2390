/** What a signature vouches for. */

import { numbers, schemes } from "./core.js";
import type { Scheme } from "./schemes.js";
import type { Texts } from "./texts.js";

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

/** The facts of the delivery that was verified last, which had these headers. */
export function verifiedLast(headers: Texts, labels: readonly string[]): Verified {
  return {
    scheme: schemes[fact(0)] as Scheme,
    id: headerAt(fact(1), headers),
    timestamp: numberOrNull(fact(2)),
    skew: numberOrNull(fact(3)),
    label: Number.isNaN(fact(4)) ? null : (labels[fact(4)] as string),
    unauthenticated: {
      eventType: headerAt(fact(5), headers),
      deliveryId: headerAt(fact(6), headers),
    },
  };
}

function fact(place: number): number {
  return numbers[place] as number;
}

function numberOrNull(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}

/** A text stands behind what it is. */
function headerAt(place: number, headers: Texts): string | null {
  return Number.isNaN(place) ? null : (headers[place * 2 + 1] as string);
}
