/**
 * The one door to the core: what the addon and the wasm module both do, and the few facts that the
 * surface asks once. The other side of the door is `core/src/binding/javascript.rs`.
 *
 * A report is JSON text. Only an error report has a `code`.
 */

import type { ErrorCode, EventReason, PayloadReason } from "./codes.js";
import type { Scheme } from "./schemes.js";
import type { Texts } from "./texts.js";

/** What a verifier can be asked. */
export const Ask = {
  /** Of headers. No report for an authentic delivery whose body is a JSON object, or empty. */
  verify: 0,
  /** Of headers. No report for an authentic delivery; its facts are in the numbers. */
  verifySignature: 1,
  /** Of headers. An {@link EventReport}; the delivery's facts are in the numbers. */
  unwrap: 2,
  /** Of an id and perhaps a scheme. A report with `signature`. */
  sign: 3,
  /** Of an id and a scheme. A report with `headers`. */
  sent: 4,
  /** A report with `schemes` and `maxBody`. */
  description: 5,
} as const;

/** What the texts are that {@link Core.open} takes. */
export const OpenText = { secret: 0, label: 1, scheme: 2, schemes: 3, key: 4 } as const;

/** What the texts are that {@link Ask.sign} and {@link Ask.sent} take. */
export const SignText = { id: 0, scheme: 1 } as const;

/** One verifier inside the core; it answers a report or nothing, and throws only if it is at fault. */
export type Verifier = (asked: number, body: Uint8Array, texts: Texts) => string | null | undefined;

/** The core, as each package binds it. */
export interface Core {
  /** Those of whatever is asked next, and then of its answer. */
  readonly numbers: Numbers;

  /** A {@link Surface} as JSON. */
  surface(): string;

  /**
   * A verifier, or an error report. A label stands before its secret; the numbers are the tolerance,
   * the longest body and the oldest event.
   */
  open(pivot: boolean, ignoreTimestamp: boolean, texts: Texts): Verifier | string;
}

/**
 * Seven that go in and come out; NaN for none.
 *
 * In, the first is the time. Out, they are the facts of an authentic delivery: the places of its
 * scheme in {@link schemes} and of its id among the headers, its time and skew, the place of the
 * label, those of the unsigned event type and delivery id among the headers.
 */
export type Numbers = Float64Array;

/** What is known about one error. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly help: string;
  readonly status: number;
  readonly header?: string;
  readonly path?: string;
  readonly reason?: PayloadReason | EventReason;
  readonly skew?: number;
  readonly tolerance?: number;
}

/** How an event is made of its body. */
export interface EventReport {
  /** For each field of the event the names that lead to it; none where the event lacks it. */
  readonly fields: { readonly [field: string]: readonly string[] | null };

  /** Names in the event's record that stand for others. */
  readonly renamed?: { readonly [alias: string]: string };

  /** The names in the body that lead to no field. */
  readonly extra?: readonly string[];
}

interface Surface {
  readonly headerNames: readonly string[];
  readonly schemes: readonly Scheme[];
  readonly faults: Faults;
}

/** The reports of what is found before there is anything to verify, and of a core at fault. */
export interface Faults {
  readonly internal: ErrorReport;
  readonly bodyNotText: ErrorReport;
  readonly bodyTooLarge: ErrorReport;
  readonly bodyCompressed: ErrorReport;
}

/** The bound core; set by {@link bind} before the first webhook exists. */
export let core: Core;

/** Its numbers. */
export let numbers: Numbers;

export let faults: Faults;

/** Every scheme, in the core's order. */
export let schemes: readonly Scheme[];

/** The headers that some scheme reads: their places in the core's list by their names in lower case. */
export let headerPlaces: ReadonlyMap<string, number>;

/** Makes `bound` the core of this package. Each package calls it once, while it loads. */
export function bind(bound: Core): void {
  const surface = JSON.parse(bound.surface()) as Surface;
  core = bound;
  ({ numbers } = bound);
  ({ faults, schemes } = surface);
  headerPlaces = new Map(surface.headerNames.map((name, place) => [name, place]));
}
