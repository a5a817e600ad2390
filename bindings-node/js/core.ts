/**
 * The interface of the core, which the native addon and the WebAssembly module both implement.
 * `core/src/binding/javascript.rs` is the other side of this border and describes a call.
 */

import { Operation } from "./border.js";
import type { ErrorCode, EventReason, PayloadReason } from "./codes.js";
import type { TaggedTexts } from "./tagged-texts.js";

/** The numbers of a call, at the indices of {@link Input}. NaN, or no item, means that one is not set. */
export type Inputs = readonly number[];

/**
 * The facts of an authentic delivery or its event, at the indices of {@link Fact}. NaN means that one is
 * not set. The next call overwrites them.
 */
export type Facts = Float64Array;

/** The result of a call. */
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

/** The core in the form that each package binds. */
export interface Core {
  readonly backend: "native" | "wasm";

  /** Runs the operations that need no webhook. */
  readonly run: RunOperation;

  /**
   * Opens a webhook. Returns a function that runs its operations, or the report of an error.
   *
   * @param texts - The options and the secrets.
   * @param inputs - The limits.
   * @param maxBody - The longest body that is verified, in bytes.
   */
  open(texts: TaggedTexts, inputs: Inputs, maxBody: number): RunOperation | string;
}

/** The facts about one error. */
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

/** Where the fields of an event are in its body. */
export interface EventReport {
  /** For each field of the event the path of names to it; `null` if the event lacks it. */
  readonly fields: { readonly [field: string]: readonly string[] | null };

  /** The aliases in the event's record, each with the catalogue's name for it; `null` for none. */
  readonly renamed: { readonly [alias: string]: string } | null;

  /** The names of the body's members that are not fields. */
  readonly extra: readonly string[];
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

/** The build that verifies: the native addon of this platform, or WebAssembly. */
export let backend: "native" | "wasm";

export const NO_BYTES: Uint8Array = new Uint8Array();

/** Makes `bound` the core of this package. Each package calls it once, while it loads. */
export function bind(bound: Core): void {
  core = bound;
  backend = bound.backend;
  faults = JSON.parse(bound.run(Operation.Faults, [], NO_BYTES, []).report as string) as Faults;
}
