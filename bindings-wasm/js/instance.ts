/**
 * The core in a WebAssembly instance that is replaced when it traps.
 *
 * The instance holds at most {@link SLOTS} open webhooks. When one more is opened, another one is
 * dropped, and is opened again at its next use. The memory is therefore bounded for any number of
 * webhooks, without a `FinalizationRegistry`. To open a webhook again, also in a new instance after a
 * trap, a closure here keeps the texts of the webhook, including its secrets.
 */

import { plainBytes } from "../../bindings-node/js/body.js";
import { NUMBER_COUNT } from "../../bindings-node/js/border.js";
import { type CallResult, type Core, type Inputs, NO_BYTES } from "../../bindings-node/js/core.js";
import { Decoder } from "../../bindings-node/js/encoding.js";
import { writeNumbers } from "../../bindings-node/js/numbers.js";
import {
  maxSize,
  type TaggedTexts,
  TOTAL_SIZE,
  writeTexts,
} from "../../bindings-node/js/tagged-texts.js";

/** What the module exports. A call buffer, an address and a slot are numbers. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  callBuffer(): number;
  room(buffer: number, length: number): number;
  numbers(buffer: number): number;
  report(buffer: number): number;
  reportLength(buffer: number): number;
  open(buffer: number, slot: number, texts: number): void;
  run(buffer: number, slot: number, operation: number, texts: number, body: number): void;
}

/** The most webhooks that are open in an instance. */
const SLOTS = 256;

/** No slot: it stands for a webhook that is not open, and for an operation that needs none. */
const CLOSED = -1;

const decoder = new Decoder();

/** A webhook's slot in the live instance, or {@link CLOSED}. */
interface Place {
  slot: number;
  /** Whether it was used since the search for a slot last passed it. */
  used: boolean;
}

/** An instance, its call buffer, and which webhooks are open in it. */
class Instance {
  readonly exports: Exports;
  readonly buffer: number;
  readonly #places: Place[] = [];
  #next = 0;
  #bytes = NO_BYTES;
  #numbers = new Float64Array();

  constructor(module: WebAssembly.Module) {
    const imports: WebAssembly.Imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      // The module calls this import only if it has a defect.
      (imports[from] ??= {})[name] = trap;
    }
    this.exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
    this.buffer = this.exports.callBuffer();
  }

  /** Writes the input of a call, and returns the length of the texts. */
  write(texts: TaggedTexts, body: Uint8Array, inputs: Inputs): number {
    const size = maxSize(texts);
    const start = this.exports.room(this.buffer, size + body.length);
    this.#refresh();
    const joined = this.#bytes.subarray(start + TOTAL_SIZE, start + size);
    const end = writeTexts(texts, this.#bytes, start, joined);
    this.#bytes.set(body, end);
    writeNumbers(inputs, this.#numbers);
    return end - start;
  }

  /** Runs an operation with the webhook in a slot. */
  run(
    slot: number,
    operation: number,
    texts: TaggedTexts,
    body: Uint8Array,
    inputs: Inputs,
  ): CallResult {
    const length = this.write(texts, body, inputs);
    this.exports.run(this.buffer, slot, operation, length, body.length);
    return this.read();
  }

  /** Reads the result of a call. */
  read(): CallResult {
    this.#refresh();
    return { report: this.#report(), facts: this.#numbers };
  }

  #report(): string | undefined {
    const length = this.exports.reportLength(this.buffer);
    if (length === 0) {
      return undefined;
    }
    const start = this.exports.report(this.buffer);
    return decoder.decode(this.#bytes.subarray(start, start + length));
  }

  /** A slot for a webhook: an unused one, or the slot of a webhook that was not used recently. */
  slot(): number {
    if (this.#places.length < SLOTS) {
      return this.#places.length;
    }
    for (;;) {
      const slot = this.#next;
      const place = this.#places[slot] as Place;
      this.#next = (slot + 1) % SLOTS;
      if (!place.used) {
        return slot;
      }
      place.used = false;
    }
  }

  /** Notes which webhook is open in a slot, and which one is not any more. */
  occupy(slot: number, place: Place): void {
    const before = this.#places[slot];
    if (before !== undefined) {
      before.slot = CLOSED;
    }
    place.slot = slot;
    this.#places[slot] = place;
  }

  /** Notes that no webhook is open here any more. */
  abandon(): void {
    for (const place of this.#places) {
      place.slot = CLOSED;
    }
  }

  /** Memory that has grown is another `ArrayBuffer`. */
  #refresh(): void {
    const { buffer } = this.exports.memory;
    if (this.#bytes.buffer !== buffer) {
      this.#bytes = new Uint8Array(buffer);
      this.#numbers = new Float64Array(buffer, this.exports.numbers(this.buffer), NUMBER_COUNT);
    }
  }
}

function trap(): never {
  throw new WebAssembly.RuntimeError("the core is at fault");
}

/** Makes the core of a compiled module. Each platform loads the module in its own way. */
export function instantiate(module: WebAssembly.Module): Core {
  let live = new Instance(module);
  let trapped = false;

  function call<Result>(use: (instance: Instance) => Result): Result {
    if (trapped) {
      live = new Instance(module);
      trapped = false;
    }
    try {
      return use(live);
    } catch (fault) {
      trapped = true;
      live.abandon();
      throw fault;
    }
  }

  return {
    backend: "wasm",

    run: (operation, texts, body, inputs) =>
      call((instance) => instance.run(CLOSED, operation, texts, plainBytes(body), inputs)),

    open: (texts, inputs, maxBody) => {
      const place: Place = { slot: CLOSED, used: false };
      /** Opens the webhook; the report of an error if it can't be. */
      const open = (instance: Instance): CallResult => {
        const slot = instance.slot();
        const length = instance.write(texts, NO_BYTES, inputs);
        instance.exports.open(instance.buffer, slot, length);
        const result = instance.read();
        if (result.report === undefined) {
          instance.occupy(slot, place);
        }
        return result;
      };
      const { report } = call(open);
      if (typeof report === "string") {
        return report;
      }
      return (operation, callTexts, body, callInputs) =>
        call((instance) => {
          if (place.slot === CLOSED) {
            const result = open(instance);
            if (result.report !== undefined) return result;
          }
          place.used = true;
          // Memory never shrinks, so a body that is too long is cut to one byte more than allowed.
          const bytes = plainBytes(body);
          const cut = bytes.length > maxBody ? bytes.subarray(0, maxBody + 1) : bytes;
          return instance.run(place.slot, operation, callTexts, cut, callInputs);
        });
    },
  };
}
