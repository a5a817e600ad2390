/** The core in the native addon. */

import { NUMBER_COUNT } from "./border.js";
import type { Core, Inputs } from "./core.js";
import { writeNumbers } from "./numbers.js";
import { maxSize, type TaggedTexts, TOTAL_SIZE, writeTexts } from "./tagged-texts.js";

/** What the addon exports. `bindings-node/src/lib.rs` describes it. */
export interface Addon {
  run(operation: number, callBuffer: Uint8Array, body: Uint8Array): string | null;
  diagnose(operation: number, callBuffer: Uint8Array, body: Uint8Array): string | null;
  open(callBuffer: Uint8Array): RunOpen | string;
}

type RunOpen = (operation: number, callBuffer: Uint8Array, body: Uint8Array) => string | null;

const NUMBERS_SIZE = NUMBER_COUNT * Float64Array.BYTES_PER_ELEMENT;

/**
 * The numbers of a call and, behind them, its texts. They share one array, because the addon takes
 * longer to look at a second array than to copy a few bytes.
 */
class CallBuffer {
  readonly bytes: Uint8Array;
  readonly numbers: Float64Array;
  readonly #joined: Uint8Array;

  /** Makes a buffer for this many bytes of texts. */
  constructor(size: number) {
    this.bytes = new Uint8Array(NUMBERS_SIZE + size);
    this.numbers = new Float64Array(this.bytes.buffer, 0, NUMBER_COUNT);
    this.#joined = this.bytes.subarray(NUMBERS_SIZE + TOTAL_SIZE);
  }

  write(texts: TaggedTexts, inputs: Inputs): void {
    writeNumbers(inputs, this.numbers);
    writeTexts(texts, this.bytes, NUMBERS_SIZE, this.#joined);
  }
}

/** The greatest size in bytes of all headers of a request in Node's default settings. */
const USUAL_SIZE = 16 * 1024;

/** The buffer of most calls. No code of the caller runs before the result of a call has been read. */
const usualBuffer = new CallBuffer(USUAL_SIZE);

function bufferFor(texts: TaggedTexts): CallBuffer {
  const size = maxSize(texts);
  return size <= USUAL_SIZE ? usualBuffer : new CallBuffer(size);
}

export function nativeCore(addon: Addon): Core {
  return {
    backend: "native",

    run: (operation, texts, body, inputs) => {
      const buffer = bufferFor(texts);
      buffer.write(texts, inputs);
      return { report: addon.run(operation, buffer.bytes, body), facts: buffer.numbers };
    },

    open: (texts, inputs) => {
      // A buffer of its own, so that no secret stays in the usual one.
      const secretBuffer = new CallBuffer(maxSize(texts));
      secretBuffer.write(texts, inputs);
      const opened = addon.open(secretBuffer.bytes);
      secretBuffer.bytes.fill(0);
      if (typeof opened === "string") {
        return opened;
      }
      return (operation, texts, body, inputs) => {
        const buffer = bufferFor(texts);
        buffer.write(texts, inputs);
        return { report: opened(operation, buffer.bytes, body), facts: buffer.numbers };
      };
    },
  };
}

/** The core in which `Diagnose` can run: the only operation that needs a body and no webhook. */
export function nativeDiagnosis(addon: Addon): Core {
  return {
    ...nativeCore(addon),
    run: (operation, texts, body, inputs) => {
      // A buffer of its own, so that no secret stays in the usual one.
      const buffer = new CallBuffer(maxSize(texts));
      buffer.write(texts, inputs);
      const report = addon.diagnose(operation, buffer.bytes, body);
      buffer.bytes.fill(0);
      return { report, facts: buffer.numbers };
    },
  };
}
