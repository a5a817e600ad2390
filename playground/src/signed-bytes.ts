/** The bytes that a signature covers, as far as the headers tell. */

import type { Delivery } from "./delivery.js";

export interface SignedPart {
  readonly name: "id" | "timestamp" | "body";
  readonly bytes: Uint8Array;
}

export interface SignedContent {
  readonly scheme: string;
  /** A full stop stands between two parts. */
  readonly parts: readonly SignedPart[];
  /** The signed time as it was written; `undefined` if the scheme signs none. */
  readonly timestamp?: string | undefined;
}

/** What the sender signed; `undefined` if no signature header arrived. */
export function signedContent({ headers, body }: Delivery): SignedContent | undefined {
  const value = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const encoder = new TextEncoder();
  const whole: SignedPart = { name: "body", bytes: body };
  for (const family of ["svix", "webhook"]) {
    if (value(`${family}-signature`) === undefined) continue;
    const [id, timestamp] = [value(`${family}-id`), value(`${family}-timestamp`)];
    return {
      scheme: "svix",
      timestamp,
      parts: [
        { name: "id", bytes: encoder.encode(id ?? "") },
        { name: "timestamp", bytes: encoder.encode(timestamp ?? "") },
        whole,
      ],
    };
  }
  const ofPivotal = value("pivotal-signature");
  if (ofPivotal !== undefined) {
    const timestamp = /(?:^|,)\s*t=([^,]*)/.exec(ofPivotal)?.[1];
    const bytes = encoder.encode(timestamp ?? "");
    return { scheme: "pivotal", timestamp, parts: [{ name: "timestamp", bytes }, whole] };
  }
  if (value("x-pivot-signature") !== undefined) return { scheme: "pivot", parts: [whole] };
  return undefined;
}

/** A piece of text, or one character that would not be seen. */
export interface Visible {
  readonly text: string;
  /** The name of an invisible character. */
  readonly name?: string;
}

const NAMES: { readonly [character: string]: readonly [shown: string, name: string] } = {
  " ": ["·", "space"],
  "\n": ["↵\n", "line feed"],
  "\r": ["␍", "carriage return"],
  "\t": ["→\t", "tab"],
  "\u{a0}": ["NBSP", "no-break space"],
  "\u{200b}": ["ZWSP", "zero width space"],
  "\u{200d}": ["ZWJ", "zero width joiner"],
  "\u{2028}": ["LS", "line separator"],
  "\u{2029}": ["PS", "paragraph separator"],
  "\u{feff}": ["BOM", "byte order mark"],
  "\u{fffd}": ["\u{fffd}", "replacement character"],
};

/** Bytes as text in which every byte can be seen. Bytes that are not UTF-8 are shown in hex. */
export function visible(bytes: Uint8Array): Visible[] {
  const pieces: Visible[] = [];
  let text = "";
  const mark = (shown: string, name: string) => {
    if (text !== "") pieces.push({ text });
    text = "";
    pieces.push({ text: shown, name });
  };
  for (const character of characters(bytes)) {
    const known = typeof character === "string" ? NAMES[character] : undefined;
    if (typeof character === "number") {
      mark(`\\x${hex(character, 2)}`, `byte ${hex(character, 2)}, which is not UTF-8`);
    } else if (known !== undefined) {
      mark(...known);
    } else if (/[\p{Cc}\p{Cf}\p{Zs}]/u.test(character)) {
      const code = `U+${hex(character.codePointAt(0) ?? 0, 4)}`;
      mark(code, code);
    } else {
      text += character;
    }
  }
  return text === "" ? pieces : [...pieces, { text }];
}

/** The characters of UTF-8, and the bytes that belong to none. */
function* characters(bytes: Uint8Array): Generator<string | number> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] as number;
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    try {
      yield decoder.decode(bytes.subarray(at, at + length));
      at += length;
    } catch {
      yield first;
      at += 1;
    }
  }
}

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, "0");
}
