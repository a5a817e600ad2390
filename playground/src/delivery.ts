/** Reads a delivery in the forms in which people have one at hand. */

import { argumentsOf } from "./shell.js";

export type HeaderLine = readonly [name: string, value: string];

export interface Delivery {
  readonly headers: readonly HeaderLine[];
  readonly body: Uint8Array;
}

export interface ReadDelivery {
  readonly delivery: Delivery;
  /** What the input was taken for, with its article. */
  readonly kind: string;
}

/** A delivery that was pasted or dropped; `undefined` if these bytes are no such form. */
export function readDelivery(bytes: Uint8Array): ReadDelivery | undefined {
  const text = new TextDecoder().decode(bytes);
  const start = text.trimStart();
  if (/^\$?\s*curl\s/.test(start)) return readCurl(start.replace(/^\$\s*/, ""));
  if (/^[{[]/.test(start)) return readJson(start);
  return readHttp(bytes);
}

/** The header lines of a text field. */
export function headerLines(text: string): HeaderLine[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const colon = line.indexOf(":");
      if (colon < 0) return [line.trim(), ""];
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    });
}

export function headerText(headers: readonly HeaderLine[]): string {
  return headers.map(([name, value]) => `${name}: ${value}`).join("\n");
}

function readHttp(bytes: Uint8Array): ReadDelivery | undefined {
  // Latin-1 has one character per byte.
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return undefined;
  const lines = text.slice(0, end.index).split(/\r?\n/);
  const hasRequestLine = /^[A-Z]+ \S+( HTTP\/[\d.]+)?$/.test(lines[0] ?? "");
  const headers = hasRequestLine ? lines.slice(1) : lines;
  if (headers.length === 0 || !headers.every((line) => /^[\w-]+\s*:/.test(line))) return undefined;
  return {
    kind: hasRequestLine ? "a raw HTTP request" : "header lines and a body",
    delivery: {
      headers: headerLines(headers.join("\n")),
      body: bytes.slice(end.index + end[0].length),
    },
  };
}

function readCurl(command: string): ReadDelivery | undefined {
  const headers: HeaderLine[] = [];
  const data: string[] = [];
  const words = argumentsOf(command);
  for (let at = 1; at < words.length; at += 1) {
    const [name, joined] = optionOf(words[at] as string);
    const value = (): string => joined ?? (words[(at += 1)] as string | undefined) ?? "";
    if (name === "-H" || name === "--header") headers.push(...headerLines(value()));
    else if (/^(-d|--data(-raw|-binary|-ascii)?|--json)$/.test(name)) data.push(value());
    else if (/^(-X|--request|-u|--user|-A|--user-agent|-o|--output|--url)$/.test(name)) value();
  }
  if (headers.length === 0 && data.length === 0) return undefined;
  const body = new TextEncoder().encode(data.join("&"));
  return { kind: "a curl command", delivery: { headers, body } };
}

function optionOf(word: string): [name: string, value?: string] {
  if (word.startsWith("--") && word.includes("=")) {
    const equals = word.indexOf("=");
    return [word.slice(0, equals), word.slice(equals + 1)];
  }
  return /^-[HdX]./.test(word) ? [word.slice(0, 2), word.slice(2)] : [word];
}

interface Exported {
  readonly [name: string]: unknown;
}

function readJson(text: string): ReadDelivery | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const entries = at(at(value, "log"), "entries");
  if (Array.isArray(entries)) {
    const requests: unknown[] = entries.map((entry) => at(entry, "request"));
    const posted = requests.find((request) => at(request, "method") === "POST") ?? requests[0];
    const content = at(posted, "postData");
    return deliveryOf(at(posted, "headers"), at(content, "text"), false, "a HAR file");
  }
  const isLambda = at(value, "requestContext") !== undefined;
  const headers = at(value, "multiValueHeaders") ?? at(value, "headers");
  const names = ["body", "rawBody", "raw_body", "payload", "content"];
  const body = names.map((name) => at(value, name)).find((found) => found !== undefined);
  const isBase64 = at(value, "isBase64Encoded") === true;
  const kind = isLambda ? "an AWS Lambda event" : "JSON of headers and body";
  return deliveryOf(headers, body, isBase64, kind);
}

function at(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Exported)[name]
    : undefined;
}

function deliveryOf(
  headers: unknown,
  body: unknown,
  isBase64: boolean,
  kind: string,
): ReadDelivery | undefined {
  if (typeof headers !== "object" || headers === null) return undefined;
  const isText = typeof body === "string" || body === undefined || body === null;
  const text = isText ? (body ?? "") : JSON.stringify(body);
  let bytes: Uint8Array;
  try {
    bytes = isBase64
      ? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
      : new TextEncoder().encode(text);
  } catch {
    return undefined;
  }
  return {
    kind: isText ? kind : `${kind}, whose body was parsed and is written compactly here`,
    delivery: { headers: linesOf(headers), body: bytes },
  };
}

/** The lines of headers as an object, as pairs, or as objects with a name and a value. */
function linesOf(headers: object): HeaderLine[] {
  const pairs: [unknown, unknown][] = Array.isArray(headers)
    ? headers.map((line: unknown) =>
        Array.isArray(line) ? [line[0], line[1]] : [at(line, "name"), at(line, "value")],
      )
    : Object.entries(headers);
  return pairs.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): HeaderLine => [`${name}`, `${one ?? ""}`]),
  );
}
