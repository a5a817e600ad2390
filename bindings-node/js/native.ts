/** The core in the addon. */

import type { Core, Numbers } from "./core.js";
import { JOINED, type Texts, textsRoom, writeTexts } from "./texts.js";

/** What the addon exports: {@link Core}, with what goes in on a {@link Desk}. */
export interface Addon {
  surface(): string;
  open(pivot: boolean, ignoreTimestamp: boolean, desk: Uint8Array): AddonVerifier | string;
}

/** The body lies on the desk, or comes beside it. */
type AddonVerifier = (desk: Uint8Array, body?: Uint8Array) => string | null;

/**
 * What goes in and the numbers that come out, in one stretch of memory: an array costs more to hand
 * over than its bytes to copy. The layout is that of `src/lib.rs`.
 */
class Desk {
  readonly bytes: Uint8Array;
  readonly numbers: Numbers;
  /** What is asked, and how long the texts and the body are that lie here. */
  readonly #head: Uint32Array;
  /** Where texts go, from their second part on. */
  readonly #texts: Uint8Array;

  constructor(room: number) {
    this.bytes = new Uint8Array(HEAD + room);
    this.numbers = new Float64Array(this.bytes.buffer, 0, 7);
    this.#head = new Uint32Array(this.bytes.buffer, this.numbers.byteLength, 3);
    this.#texts = this.bytes.subarray(HEAD + JOINED);
  }

  /** Lays down what is asked. Whether the body found its place too. */
  lay(asked: number, texts: Texts, body: Uint8Array): boolean {
    const end = writeTexts(texts, this.bytes, HEAD, this.#texts);
    const isHere = body.length <= Math.min(SHORT_BODY, this.bytes.length - end);
    if (isHere) {
      this.bytes.set(body, end);
    }
    const head = this.#head;
    head[0] = asked;
    head[1] = end - HEAD;
    head[2] = isHere ? body.length : 0;
    return isHere;
  }
}

const HEAD = 72;

/** A longer body takes longer to copy than to hand over. */
const SHORT_BODY = 4096;

/** All headers that Node lets a request have, and a short body. */
const USUAL_ROOM = 20 * 1024;

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
      own.lay(0, texts, new Uint8Array());
      const verifier = addon.open(pivot, ignoreTimestamp, own.bytes);
      own.bytes.fill(0);
      if (typeof verifier === "string") {
        return verifier;
      }
      return (asked, body, texts) => {
        const room = textsRoom(texts);
        if (room > USUAL_ROOM) {
          const large = new Desk(room);
          large.numbers.set(desk.numbers);
          large.lay(asked, texts, new Uint8Array());
          const report = verifier(large.bytes, body);
          desk.numbers.set(large.numbers);
          return report;
        }
        return desk.lay(asked, texts, body) ? verifier(desk.bytes) : verifier(desk.bytes, body);
      };
    },
  };
}
