/** Turns the headers of a request, in each shape that a host has, into the texts that the core reads. */

import { headerPlaces } from "./core.js";
import { kindOf } from "./given.js";
import type { Texts } from "./texts.js";

/** A header's value. An array holds one item per line of the header; `null` and `undefined` hold none. */
export type HeaderValue = string | readonly string[] | null | undefined;

/**
 * The headers of a request, as its host has them: a `Headers`, a `Map`, an array of pairs, Node's
 * `request.headers`, `request.headersDistinct` or `request.rawHeaders`, or any object whose own keys
 * are header names. The case of ASCII letters in a name does not matter.
 */
export type WebhookHeaders =
  | Iterable<readonly [name: string, value: HeaderValue]>
  | readonly string[]
  | { readonly [name: string]: HeaderValue }
  | NamedHeaders;

/** So that an `interface` of headers, which has no index signature, can be passed. */
interface NamedHeaders {
  readonly "svix-id"?: HeaderValue;
  readonly "svix-timestamp"?: HeaderValue;
  readonly "svix-signature"?: HeaderValue;
  readonly "webhook-id"?: HeaderValue;
  readonly "webhook-timestamp"?: HeaderValue;
  readonly "webhook-signature"?: HeaderValue;
  readonly "pivotal-signature"?: HeaderValue;
  readonly "pivotal-event"?: HeaderValue;
  readonly "pivotal-delivery-id"?: HeaderValue;
  readonly "x-pivot-signature"?: HeaderValue;
}

/**
 * The lines of the headers that a scheme reads, each with the header's place in the core's list.
 *
 * @throws TypeError for what holds no headers, and for a value that is not text.
 */
export function headerTexts(headers: unknown): Texts {
  if (typeof headers !== "object" || headers === null) {
    throw notHeaders(kindOf(headers));
  }
  const texts: Texts = [];
  if (Array.isArray(headers) && typeof headers[0] === "string") {
    addRawLines(headers, texts);
  } else if (isIterable(headers)) {
    for (const pair of headers) {
      const name: unknown = Array.isArray(pair) && pair.length === 2 ? pair[0] : undefined;
      if (typeof name !== "string") {
        throw new TypeError("headers is a list whose items are not [name, value] pairs");
      }
      const place = placeOf(name);
      if (place !== undefined) {
        addTexts(place, name, (pair as unknown[])[1], texts);
      }
    }
  } else {
    // Own keys only: a polluted prototype must not supply a header. Each value is read once.
    for (const name of Object.keys(headers)) {
      const place = placeOf(name);
      if (place !== undefined) {
        addTexts(place, name, (headers as Record<string, unknown>)[name], texts);
      }
    }
    if (texts.length === 0) {
      refuseOthers(headers);
    }
  }
  return texts;
}

/** Adds Node's `rawHeaders`, in which names and values alternate. */
function addRawLines(lines: readonly unknown[], texts: Texts): void {
  if (lines.length % 2 !== 0) {
    throw new TypeError("headers is a list of texts of odd length, so that a name lacks its value");
  }
  for (let at = 0; at < lines.length; at += 2) {
    const name = lines[at];
    if (typeof name !== "string") {
      throw new TypeError("headers is a list of texts in which a name is not text");
    }
    const place = placeOf(name);
    if (place !== undefined) {
      addTexts(place, name, lines[at + 1], texts);
    }
  }
}

function placeOf(name: string): number | undefined {
  const place = headerPlaces.get(name);
  if (place !== undefined) {
    return place;
  }
  const lower = name.toLowerCase();
  // Letters beyond ASCII may become ASCII in lower case, such as the Kelvin sign.
  return lower !== name && /^[\x21-\x7e]+$/.test(name) ? headerPlaces.get(lower) : undefined;
}

function addTexts(place: number, name: string, value: unknown, texts: Texts): void {
  if (typeof value === "string") {
    texts.push(place, utf8OrNone(value));
  } else if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      if (typeof item !== "string") throw notText(name, `an array that holds ${kindOf(item)}`);
      texts.push(place, utf8OrNone(item));
    }
  } else if (value !== undefined && value !== null) {
    throw notText(name, kindOf(value));
  }
}

/** The core refuses the header of an absent text. A lone surrogate has no UTF-8. */
function utf8OrNone(text: string): string | undefined {
  return text.isWellFormed() ? text : undefined;
}

/** `name` is one of the core's names, but for the case of its letters. */
function notText(name: string, kind: string): TypeError {
  return new TypeError(
    `header ${name.toLowerCase()} is ${kind}; pass its value as a string, or its lines as an array of strings`,
  );
}

function notHeaders(what: string): TypeError {
  return new TypeError(
    `headers is ${what}; pass the headers of the request: an object from name to value, a Headers, ` +
      "a Map, or a list of pairs",
  );
}

/** Refuses an object without any header of a scheme if it is no headers at all, or holds them. */
function refuseOthers(headers: object): void {
  const kind = kindOf(headers);
  const isPolluted = Object.hasOwn(Object.prototype, "headers");
  if (!isPolluted && isObject((headers as { headers?: unknown }).headers)) {
    throw notHeaders(`${kind} that has headers itself, in its property \`headers\``);
  }
  if (kind === "a Promise") {
    throw notHeaders("a Promise, which has to be awaited");
  }
  if (kind !== "an object") {
    throw notHeaders(kind);
  }
  if (Object.values(headers).some((value) => isObject(value) && !Array.isArray(value))) {
    throw notHeaders("an object that holds objects, such as a parsed body or an event");
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";
}
