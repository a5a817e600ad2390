/** What a signature vouches for. */

import type { Scheme } from "./schemes.js";

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
