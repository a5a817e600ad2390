/** The request's headers, in any shape a host hands over, to the texts that the core reads. */

import { headersByLength } from "./core.js";
import type { Texts } from "./texts.js";

/** A header's value; several for a header that arrived more than once, none for one that did not. */
export type HeaderValue = string | readonly string[] | null | undefined;

/**
 * Headers as the host hands them over: a `Headers`, a `Map`, a list of pairs, Node's
 * `request.headers`, or any object whose own keys are header names. Letter case doesn't matter.
 */
export type WebhookHeaders =
  Iterable<readonly [name: string, value: HeaderValue]> | { readonly [name: string]: HeaderValue };

/** The headers that a scheme reads; what each is, is its place in the core's list. */
export function headerTexts(headers: unknown): Texts {
  if (typeof headers !== "object" || headers === null) {
    const given = headers === null ? "null" : typeof headers;
    throw new TypeError(
      `headers is ${given}; pass the headers of the request: an object, a Headers, a Map or a list of pairs`,
    );
  }
  const texts: Texts = [];
  if (isIterable(headers)) {
    for (const pair of headers) {
      const name: unknown = Array.isArray(pair) && pair.length === 2 ? pair[0] : undefined;
      if (typeof name !== "string") {
        throw new TypeError("headers is a list whose items are not [name, value] pairs");
      }
      const place = placeOf(name);
      if (place !== undefined) {
        addTexts(place, (pair as unknown[])[1], texts);
      }
    }
  } else {
    // Own keys only: a polluted prototype must not supply a header. Each value is read once.
    for (const name of Object.keys(headers)) {
      const place = placeOf(name);
      if (place !== undefined) {
        addTexts(place, (headers as Record<string, unknown>)[name], texts);
      }
    }
  }
  return texts;
}

function placeOf(name: string): number | undefined {
  const known = headersByLength[name.length];
  if (known !== undefined) {
    for (const header of known) {
      if (name === header.name || isInAnyCase(name, header.name)) {
        return header.place;
      }
    }
  }
  return undefined;
}

/** Whether a name differs from one of the same length by the case of ASCII letters alone. */
function isInAnyCase(name: string, lower: string): boolean {
  for (let at = 0; at < lower.length; at += 1) {
    const unit = name.charCodeAt(at);
    const isUpper = unit >= 0x41 && unit <= 0x5a;
    if ((isUpper ? unit + 0x20 : unit) !== lower.charCodeAt(at)) {
      return false;
    }
  }
  return true;
}

function addTexts(place: number, value: unknown, texts: Texts): void {
  if (typeof value === "string") {
    texts.push(place, value);
  } else if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      texts.push(place, typeof item === "string" ? item : undefined);
    }
  } else if (value !== undefined && value !== null) {
    texts.push(place, undefined);
  }
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";
}
