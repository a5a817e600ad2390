/**
 * Writes the strings of a call as tagged texts, in one sequence of bytes. `core/src/binding/javascript/texts.rs`
 * reads them and describes their form.
 */

import { NO_VALUE, TextTag } from "./border.js";
import { Encoder } from "./encoding.js";

/**
 * Tags and texts, in turns. A tag is one of {@link TextTag}, or the index of a header in
 * {@link HEADER_NAMES}.
 */
export type TaggedTexts = (number | string)[];

/** The length in bytes of the length of all texts, which comes first. */
export const TOTAL_SIZE = 4;

/** The length in bytes of a tag and the length of its text. */
const HEAD_SIZE = 5;

const encoder = new Encoder();

/** The greatest number of bytes that {@link writeTexts} can write for these texts. */
export function maxSize(texts: TaggedTexts): number {
  let size = TOTAL_SIZE + HEAD_SIZE;
  for (let index = 1; index < texts.length; index += 2) {
    size += HEAD_SIZE + (texts[index] as string).length * 3;
  }
  return size;
}

/**
 * Writes the texts to `bytes` at `start`, and returns where they end. `joinedBytes` is the part of
 * `bytes` behind the first {@link TOTAL_SIZE} bytes.
 */
export function writeTexts(
  texts: TaggedTexts,
  bytes: Uint8Array,
  start: number,
  joinedBytes: Uint8Array = bytes.subarray(start + TOTAL_SIZE),
): number {
  // One call of the encoder takes half the time of one call per text.
  let joined = "";
  for (let index = 1; index < texts.length; index += 2) {
    joined += texts[index] as string;
  }
  const { written } = encoder.encodeInto(joined, joinedBytes);
  if (written !== joined.length) {
    return writeEach(texts, bytes, start);
  }
  writeLength(written, bytes, start);
  let at = start + TOTAL_SIZE + written;
  for (let index = 0; index < texts.length; index += 2) {
    const { length } = texts[index + 1] as string;
    at = writeHead(texts[index] as number, length, bytes, at);
  }
  return writeHead(TextTag.End, 0, bytes, at);
}

/**
 * Writes texts that are not all ASCII: the length of each in bytes is known once it is encoded. The
 * value of a scheme's header with a lone surrogate has no UTF-8. It is left out, and the core refuses it.
 */
function writeEach(texts: TaggedTexts, bytes: Uint8Array, start: number): number {
  let at = start + TOTAL_SIZE;
  const lengths = texts.map((text, index) => {
    const isHeader = (texts[index - 1] as number) < TextTag.Secret;
    if (typeof text !== "string" || (isHeader && !text.isWellFormed())) {
      return NO_VALUE;
    }
    const { written } = encoder.encodeInto(text, bytes.subarray(at));
    at += written;
    return written;
  });
  writeLength(at - start - TOTAL_SIZE, bytes, start);
  for (let index = 0; index < texts.length; index += 2) {
    at = writeHead(texts[index] as number, lengths[index + 1] as number, bytes, at);
  }
  return writeHead(TextTag.End, 0, bytes, at);
}

function writeHead(tag: number, length: number, bytes: Uint8Array, at: number): number {
  bytes[at] = tag;
  writeLength(length, bytes, at + 1);
  return at + HEAD_SIZE;
}

function writeLength(length: number, bytes: Uint8Array, at: number): void {
  bytes[at] = length;
  bytes[at + 1] = length >> 8;
  bytes[at + 2] = length >> 16;
  bytes[at + 3] = length >> 24;
}
