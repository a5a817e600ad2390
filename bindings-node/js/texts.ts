/**
 * Texts as the core reads them, one behind the other: each behind a byte that says what it is and its
 * length, in four bytes with the least first.
 */

/** What each text is, and the text, by turns; `undefined` for a value that is no text. */
export type Texts = (number | string | undefined)[];

const HEAD = 5;

/** How many bytes {@link writeTexts} may need. */
export function textsRoom(texts: Texts): number {
  let room = HEAD;
  for (let place = 1; place < texts.length; place += 2) {
    const text = texts[place] as string | undefined;
    room += HEAD + (text === undefined ? 0 : text.length * 3);
  }
  return room;
}

/** Writes the texts, and their end; where that is. */
export function writeTexts(texts: Texts, bytes: Uint8Array, start: number): number {
  let at = start;
  for (let place = 0; place < texts.length; place += 2) {
    const text = texts[place + 1] as string | undefined;
    const end = text === undefined ? at + HEAD : writeText(text, bytes, at + HEAD);
    const length = text === undefined ? -1 : end - at - HEAD;
    bytes[at] = texts[place] as number;
    bytes[at + 1] = length;
    bytes[at + 2] = length >> 8;
    bytes[at + 3] = length >> 16;
    bytes[at + 4] = length >> 24;
    at = end;
  }
  bytes[at] = 0xff;
  return at + HEAD;
}

const encoder = new TextEncoder();

function writeText(text: string, bytes: Uint8Array, start: number): number {
  // Most headers are shorter than what it takes to call the encoder.
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) {
      return start + encoder.encodeInto(text, bytes.subarray(start)).written;
    }
    bytes[start + at] = unit;
  }
  return start + text.length;
}
