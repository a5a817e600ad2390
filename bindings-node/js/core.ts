/**
 * The core, as the native addon and the WebAssembly module both bind it.
 * `core/src/binding/javascript.rs` is the other side of this border and describes a call.
 */

import { Operation } from "./border.js";
import type { ErrorCode, EventReason, PayloadReason } from "./codes.js";
import type { TaggedTexts } from "./tagged-texts.js";

/** The numbers of a call, at the indices of {@link Input}. NaN or no item stands for none. */
export type Inputs = readonly number[];

/** The facts of an authentic delivery, at the indices of {@link Fact}. NaN stands for none. */
export type Facts = readonly number[];

/** What a call returns. */
export interface CallResult {
  /** JSON text, or none. Only the report of an error has a `code`. */
  readonly report: string | null | undefined;

  readonly facts: Facts;
}

/** Runs one of {@link Operation}. It throws only for a fault of the core or of a binding. */
export type RunOperation = (
  operation: number,
  texts: TaggedTexts,
  body: Uint8Array,
  inputs: Inputs,
) => CallResult;

/** The core, as each package binds it. */
export interface Core {
  /** Runs the operations that need no webhook. */
  readonly run: RunOperation;

  /**
   * Opens a webhook. Returns what runs its operations, or the report of an error.
   *
   * @param texts - The options and the secrets.
   * @param inputs - The limits.
   * @param maxBody - The longest body that is verified, in bytes.
   */
  open(texts: TaggedTexts, inputs: Inputs, maxBody: number): RunOperation | string;
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
  /** For each field of the event the names that lead to it; `null` where the event lacks it. */
  readonly fields: { readonly [field: string]: readonly string[] | null };

  /** Names in the event's record that stand for others. */
  readonly renamed?: { readonly [alias: string]: string };

  /** The names in the body that lead to no field. */
  readonly extra?: readonly string[];
}

/** The reports of the errors that JavaScript finds itself. */
export interface Faults {
  readonly internal: ErrorReport;
  readonly bodyNotText: ErrorReport;
  readonly bodyTooLarge: ErrorReport;
}

/** The core of this package. {@link bind} sets it before the first webhook exists. */
export let core: Core;

export let faults: Faults;

export const NO_BYTES = new Uint8Array();

/** Makes `bound` the core of this package. Each package calls it once, while it loads. */
export function bind(bound: Core): void {
  core = bound;
  faults = JSON.parse(bound.run(Operation.Faults, [], NO_BYTES, []).report as string) as Faults;
}
