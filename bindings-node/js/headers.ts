/** The request's headers, in any shape a host hands over, to the one string that the native reads. */

import { core, type ErrorReport, internal, readLengths } from "./core.js";
import { guarded, WebhookVerificationError } from "./errors.js";

/** A header's value; several for a header that arrived more than once, none for one that did not. */
export type HeaderValue = string | readonly string[] | null | undefined;

/**
 * Headers as the host hands them over: a `Headers`, a `Map`, a list of pairs, Node's
 * `request.headers`, or any object whose own keys are header names. Letter case doesn't matter.
 */
export type WebhookHeaders =
  Iterable<readonly [name: string, value: HeaderValue]> | { readonly [name: string]: HeaderValue };

/**
 * Packs the headers that a scheme may read: name, line feed, value, line feed, name, ….
 *
 * Only the lengths of names are compared here, so that matching them stays the core's. Each value
 * is read once.
 */
export function packHeaders(headers: unknown): string {
  if (typeof headers !== "object" || headers === null) {
    const given = headers === null ? "null" : typeof headers;
    throw new TypeError(
      `headers is ${given}; pass the headers of the request: an object, a Headers, a Map or a list of pairs`,
    );
  }
  let packed = "";
  if (isIterable(headers)) {
    for (const pair of headers) {
      const name: unknown = Array.isArray(pair) && pair.length === 2 ? pair[0] : undefined;
      if (typeof name !== "string") {
        throw new TypeError("headers is a list whose items are not [name, value] pairs");
      }
      if (readLengths[name.length]) {
        packed += lines(name, (pair as unknown[])[1]);
      }
    }
  } else {
    // Own keys only: a polluted prototype must not supply a header.
    for (const name of Object.keys(headers)) {
      if (readLengths[name.length]) {
        packed += lines(name, (headers as Record<string, unknown>)[name]);
      }
    }
  }
  return packed;
}

function lines(name: string, value: unknown): string {
  if (typeof value === "string") {
    return `${line(name)}${line(value)}`;
  }
  if (value === undefined || value === null) {
    return "";
  }
  if (Array.isArray(value)) {
    let packed = "";
    for (const item of value as unknown[]) {
      packed += typeof item === "string" ? `${line(name)}${line(item)}` : refuseIfRead(name);
    }
    return packed;
  }
  return refuseIfRead(name);
}

/** No grammar accepts a line feed or a carriage return: the one may stand for the other. */
function line(text: string): string {
  return `${text.includes("\n") ? text.replaceAll("\n", "\r") : text}\n`;
}

/** A value that is no text matters only under a name that a scheme reads, which the core decides. */
function refuseIfRead(name: string): "" {
  const report = JSON.parse(guarded(() => core.headerNotText(name))) as ErrorReport;
  if (report.code === internal.code) {
    return "";
  }
  throw new WebhookVerificationError(report);
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";
}
