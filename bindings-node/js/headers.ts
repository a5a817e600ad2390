/** Converts the headers of a request, in each form that hosts use, to the texts that the core reads. */

import { HEADER_NAMES, LONGEST_LINE, TextTag } from "./border.js";
import { itemsOf, kindOf } from "./given.js";
import type { TaggedTexts } from "./tagged-texts.js";

/** A header's value. An array holds one item per line of the header. `null` and `undefined` are skipped. */
export type HeaderValue = string | readonly (string | null | undefined)[] | null | undefined;

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
type NamedHeaders = { readonly [name in (typeof HEADER_NAMES)[number]]?: HeaderValue };

/** Returns the tag of a header by its name, or `undefined` for one that is not read. */
type TagOf = (name: string) => number | undefined;

const schemeTag = tagsOf(HEADER_NAMES.map((name, tag) => [name, tag]));

const transferTag = tagsOf([
  ["content-encoding", TextTag.ContentEncoding],
  ["content-length", TextTag.ContentLength],
]);

const chunkedTag = tagsOf([["transfer-encoding", 0]]);

/**
 * The lines of the headers that a scheme reads.
 *
 * @throws TypeError for a value that is not headers, and for a header that is not text.
 */
export function headerTexts(headers: unknown): TaggedTexts {
  const texts = taggedLines(headers, schemeTag);
  if (texts.length === 0 && !isIterable(headers as object)) {
    refuseOthers(headers as object);
  }
  return texts;
}

/**
 * The lines of the headers that say how a body is transferred.
 *
 * @throws TypeError as {@link headerTexts} does.
 */
export function transferTexts(headers: unknown): TaggedTexts {
  return taggedLines(headers, transferTag);
}

/**
 * The lines of the headers that may be those of a scheme under other names, and of those that say how
 * a body is transferred: each with its name before it.
 *
 * @throws TypeError as {@link headerTexts} does.
 */
export function allHeaderTexts(headers: unknown): TaggedTexts {
  const names: string[] = [];
  const mayMatter = (name: string) => {
    const meant = name.toLowerCase().replaceAll("_", "-");
    return transferTag(meant) !== undefined || HEADER_NAMES.some((known) => meant.endsWith(known));
  };
  const lines = taggedLines(headers, (name) =>
    mayMatter(name) ? names.push(name) - 1 : undefined,
  );
  return lines.flatMap((text, index) =>
    index % 2 === 0
      ? [TextTag.HeaderName, names[text as number] as string]
      : [TextTag.HeaderLine, text],
  );
}

/** Whether the headers announce a body without its length. */
export function isChunked(headers: unknown): boolean {
  return taggedLines(headers, chunkedTag).length > 0;
}

function taggedLines(headers: unknown, tagOf: TagOf): TaggedTexts {
  if (typeof headers !== "object" || headers === null) {
    throw notHeaders(kindOf(headers));
  }
  const texts: TaggedTexts = [];
  if (Array.isArray(headers) && typeof headers[0] === "string") {
    addRawLines(headers, tagOf, texts);
  } else if (isIterable(headers)) {
    for (const pair of headers) {
      const name: unknown = Array.isArray(pair) && pair.length === 2 ? pair[0] : undefined;
      if (typeof name !== "string") {
        throw new TypeError("headers is a list whose items are not [name, value] pairs");
      }
      const tag = tagOf(name);
      if (tag !== undefined) {
        addTexts(tag, name, (pair as unknown[])[1], texts);
      }
    }
  } else {
    // Own keys only: a polluted prototype must not supply a header. Each value is read once.
    for (const name of Object.keys(headers)) {
      const tag = tagOf(name);
      if (tag !== undefined) {
        addTexts(tag, name, (headers as Record<string, unknown>)[name], texts);
      }
    }
  }
  return texts;
}

/** Adds Node's `rawHeaders`, in which names and values alternate. */
function addRawLines(lines: readonly unknown[], tagOf: TagOf, texts: TaggedTexts): void {
  if (lines.length % 2 !== 0) {
    throw new TypeError("headers is a list of texts of odd length, so that a name lacks its value");
  }
  for (let at = 0; at < lines.length; at += 2) {
    const name = lines[at];
    if (typeof name !== "string") {
      throw new TypeError("headers is a list of texts in which a name is not text");
    }
    const tag = tagOf(name);
    if (tag !== undefined) {
      addTexts(tag, name, lines[at + 1], texts);
    }
  }
}

/** Finds tags by the name of a header in any letter case. The table has names in lower case. */
function tagsOf(table: [name: string, tag: number][]): TagOf {
  const tags = new Map(table);
  // The length alone rules out most headers of a request, and is the fastest to compare.
  const hasLength: boolean[] = [];
  for (const [name] of table) hasLength[name.length] = true;

  return (name) => {
    if (hasLength[name.length] !== true) {
      return undefined;
    }
    const tag = tags.get(name);
    if (tag !== undefined) {
      return tag;
    }
    const lower = name.toLowerCase();
    // Letters beyond ASCII may become ASCII in lower case, such as the Kelvin sign.
    return lower !== name && /^[\x21-\x7e]+$/.test(name) ? tags.get(lower) : undefined;
  };
}

/** Adds the lines of a header. An absent line is skipped. */
function addTexts(tag: number, name: string, value: unknown, texts: TaggedTexts): void {
  if (Array.isArray(value)) {
    for (const line of itemsOf(value)) addLine(tag, name, line, "an array that holds ", texts);
  } else {
    addLine(tag, name, value, "", texts);
  }
}

function addLine(
  tag: number,
  name: string,
  line: unknown,
  container: string,
  texts: TaggedTexts,
): void {
  if (typeof line === "string") {
    texts.push(tag, beginning(line));
  } else if (line !== undefined && line !== null) {
    throw notText(name, container + kindOf(line));
  }
}

/** The part of a line that the core reads, as encoding the rest would take long. */
function beginning(line: string): string {
  return line.length > LONGEST_LINE && line.isWellFormed() ? line.slice(0, LONGEST_LINE) : line;
}

/** `name` is a known name in any letter case. */
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

/** Refuses an object without a header of a scheme if it is not headers, or has headers as a member. */
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
