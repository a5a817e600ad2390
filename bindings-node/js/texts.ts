/**
 * Texts as the core reads them: the length of all of them, all of them joined, and for each a byte
 * that says what it is and its length. A length is four bytes, the least first.
 */

import { Encoder } from "./encoding.js";

/** What each text is, and the text, by turns; `undefined` for a value that is no text. */
export type Texts = (number | string | undefined)[];

/** Where the joined texts stand. */
export const JOINED = 4;

const HEAD = 5;

const NO_TEXT = -1;

/** How many bytes {@link writeTexts} may need. */
export function textsRoom(texts: Texts): number {
  let room = JOINED + HEAD;
  for (let place = 1; place < texts.length; place += 2) {
    const text = texts[place] as string | undefined;
    room += HEAD + (text === undefined ? 0 : text.length * 3);
  }
  return room;
}

/**
 * Writes the texts, and their end; where that is. To encode them at once takes half as long as one
 * by one. `joinedBytes` are the bytes from {@link JOINED} on.
 */
export function writeTexts(
  texts: Texts,
  bytes: Uint8Array,
  start: number,
  joinedBytes: Uint8Array = bytes.subarray(start + JOINED),
): number {
  let joined = "";
  for (let place = 1; place < texts.length; place += 2) {
    joined += (texts[place] as string | undefined) ?? "";
  }
  const { written } = encoder.encodeInto(joined, joinedBytes);
  if (written !== joined.length) {
    return writeEach(texts, bytes, start);
  }
  writeLength(written, bytes, start);
  let at = start + JOINED + written;
  for (let place = 0; place < texts.length; place += 2) {
    const text = texts[place + 1] as string | undefined;
    at = writeHead(texts[place] as number, text?.length ?? NO_TEXT, bytes, at);
  }
  return writeHead(END, 0, bytes, at);
}

/** Not all of them are ASCII, so that each has to tell how many bytes it is. */
function writeEach(texts: Texts, bytes: Uint8Array, start: number): number {
  let at = start + JOINED;
  const lengths = texts.map((text) => {
    if (typeof text !== "string") {
      return NO_TEXT;
    }
    const { written } = encoder.encodeInto(text, bytes.subarray(at));
    at += written;
    return written;
  });
  writeLength(at - start - JOINED, bytes, start);
  for (let place = 0; place < texts.length; place += 2) {
    at = writeHead(texts[place] as number, lengths[place + 1] as number, bytes, at);
  }
  return writeHead(END, 0, bytes, at);
}

const encoder = new Encoder();

const END = 0xff;

function writeHead(kind: number, length: number, bytes: Uint8Array, at: number): number {
  bytes[at] = kind;
  writeLength(length, bytes, at + 1);
  return at + HEAD;
}

function writeLength(length: number, bytes: Uint8Array, at: number): void {
  bytes[at] = length;
  bytes[at + 1] = length >> 8;
  bytes[at + 2] = length >> 16;
  bytes[at + 3] = length >> 24;
}
