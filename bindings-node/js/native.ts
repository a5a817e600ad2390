/** The core in the addon. */

import type { Core, Numbers } from "./core.js";
import { JOINED, type Texts, textsRoom, writeTexts } from "./texts.js";

/** What the addon exports: {@link Core}, with what goes in on a {@link Desk}. */
export interface Addon {
  surface(): string;
  open(pivot: boolean, ignoreTimestamp: boolean, desk: Uint8Array): AddonVerifier | string;
}

type AddonVerifier = (asked: number, desk: Uint8Array, body: Uint8Array) => string | null;

/**
 * The numbers and, behind them, the texts in one stretch of memory: an array takes longer to hand
 * over than few bytes to copy.
 */
class Desk {
  readonly bytes: Uint8Array;
  readonly numbers: Numbers;
  readonly #joined: Uint8Array;

  constructor(room: number) {
    this.bytes = new Uint8Array(TEXTS + room);
    this.numbers = new Float64Array(this.bytes.buffer, 0, COUNT_OF_NUMBERS);
    this.#joined = this.bytes.subarray(TEXTS + JOINED);
  }

  lay(texts: Texts): void {
    writeTexts(texts, this.bytes, TEXTS, this.#joined);
  }
}

const COUNT_OF_NUMBERS = 7;

const TEXTS = COUNT_OF_NUMBERS * Float64Array.BYTES_PER_ELEMENT;

/** As much as Node lets all headers of a request be. */
const USUAL_ROOM = 16 * 1024;

/** For every call: nothing of the caller's runs while something lies here. */
const desk = new Desk(USUAL_ROOM);

export function nativeCore(addon: Addon): Core {
  return {
    numbers: desk.numbers,

    surface: () => addon.surface(),

    open: (pivot, ignoreTimestamp, texts) => {
      // Not where secrets would stay.
      const own = new Desk(textsRoom(texts));
      own.numbers.set(desk.numbers);
      own.lay(texts);
      const verifier = addon.open(pivot, ignoreTimestamp, own.bytes);
      own.bytes.fill(0);
      if (typeof verifier === "string") {
        return verifier;
      }
      return (asked, body, texts) => {
        const room = textsRoom(texts);
        if (room <= USUAL_ROOM) {
          desk.lay(texts);
          return verifier(asked, desk.bytes, body);
        }
        const large = new Desk(room);
        large.numbers.set(desk.numbers);
        large.lay(texts);
        const report = verifier(asked, large.bytes, body);
        desk.numbers.set(large.numbers);
        return report;
      };
    },
  };
}
