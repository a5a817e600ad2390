/**
 * The one door to the native: what the addon and the wasm module both export, and the few facts
 * that the surface asks of it once.
 *
 * A report is JSON text. Only an error report has a `code`.
 */

import type { ErrorCode, EventReason, PayloadReason } from "./codes.js";
import type { Verified } from "./verified.js";

/** One verifier inside the native; opaque. */
export type Handle = object;

/** The native's exports. All of them answer at once, and none of them throws unless it is at fault. */
export interface Core {
  /** A {@link Catalogue} as JSON. */
  catalogue(): string;

  /** A verifier, or an error report. */
  open(
    pivot: boolean,
    secrets: string[],
    labels: string[] | undefined,
    schemes: string[] | undefined,
    tolerance: number | undefined,
    ignoreTimestamp: boolean,
    maxBody: number | undefined,
    key: string | undefined,
    maxEventAge: number | undefined,
  ): Handle | string;

  /** The names of the schemes that the verifier accepts. */
  schemes(handle: Handle): string[];

  /** The longest body that is looked at, in bytes. */
  maxBody(handle: Handle): number;

  /** Nothing for an authentic delivery whose body is a usable event; otherwise an error report. */
  verify(handle: Handle, body: Uint8Array, headers: string, now: number): string | null | undefined;

  /** An {@link EventReport} of an authentic delivery, or an error report. */
  unwrap(handle: Handle, body: Uint8Array, headers: string, now: number): string;

  /** A report of the delivery's facts, or an error report. */
  verifySignature(handle: Handle, body: Uint8Array, headers: string, now: number): string;

  /** A report with `signature`, or an error report. */
  sign(
    handle: Handle,
    scheme: string | undefined,
    id: string,
    timestamp: number,
    body: Uint8Array,
  ): string;

  /** A report with `headers`, those that a sender would add by name, or an error report. */
  sent(handle: Handle, scheme: string, id: string, timestamp: number, body: Uint8Array): string;

  /** The error report for a header whose value is not text; `internal` if no scheme reads it. */
  headerNotText(name: string): string;

  /** The error report for a body that is a string without a UTF-8 encoding. */
  bodyNotText(): string;

  /** The error report for a body that grew beyond the limit while it was read. */
  bodyTooLarge(): string;

  /** The error report for a body with a content coding. */
  bodyCompressed(): string;
}

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
  readonly delivery: Verified;

  /** For each field of the event the names that lead to it; none where the event lacks it. */
  readonly fields: { readonly [field: string]: readonly string[] | null };

  /** Names in the event's record that stand for others. */
  readonly renamed?: { readonly [alias: string]: string };

  /** The names in the body that lead to no field. */
  readonly extra?: readonly string[];
}

interface Catalogue {
  readonly headerNames: readonly string[];
  readonly errors: { readonly [code in ErrorCode]: ErrorReport };
}

/** The bound native; set by {@link bind} before the first webhook exists. */
export let core: Core;

/** The report for a fault of the native itself, held ready because nothing can be asked of it then. */
export let internal: ErrorReport;

/** For each length, whether some scheme reads a header with a name of that length. */
export let readLengths: readonly boolean[];

/** Makes `native` the core of this package. Each package calls it once, while it loads. */
export function bind(native: Core): void {
  const catalogue = JSON.parse(native.catalogue()) as Catalogue;
  core = native;
  internal = catalogue.errors.internal;
  const lengths: boolean[] = [];
  for (const name of catalogue.headerNames) {
    lengths[name.length] = true;
  }
  readLengths = Array.from(lengths, Boolean);
}
