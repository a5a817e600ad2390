/**
 * The core in a WebAssembly instance that is replaced when it traps.
 *
 * The instance holds at most {@link SLOTS} open webhooks. Opening one more drops another, which is
 * opened again at its next use: memory is bounded however many webhooks a program makes, without a
 * `FinalizationRegistry`. For that, and for a new instance after a trap, the texts of a webhook,
 * its secrets among them, stay in a closure here.
 */

import { Ask, type Core, type Numbers, type Verifier } from "../../bindings-node/js/core.js";
import { Decoder } from "../../bindings-node/js/encoding.js";
import { JOINED, type Texts, textsRoom, writeTexts } from "../../bindings-node/js/texts.js";

/** What the module exports. A call buffer, an address and a slot are numbers. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  callBuffer(): number;
  room(buffer: number, length: number): number;
  numbers(buffer: number): number;
  report(buffer: number): number;
  reportLength(buffer: number): number;
  surface(buffer: number): void;
  open(buffer: number, slot: number, texts: number, pivot: boolean, ignoreTimestamp: boolean): void;
  answer(buffer: number, slot: number, operation: number, texts: number, body: number): void;
}

/** The most webhooks that are open in an instance. */
const SLOTS = 256;

const CLOSED = -1;

const NO_BYTES = new Uint8Array();

const decoder = new Decoder();

const COUNT_OF_NUMBERS = 7;

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
      // The module calls an import only if it is at fault.
      (imports[from] ??= {})[name] = trap;
    }
    this.exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
    this.buffer = this.exports.callBuffer();
  }

  /** Writes texts, a body and the numbers; returns the length of the texts. */
  write(texts: Texts, body: Uint8Array, numbers: Numbers): number {
    const room = textsRoom(texts);
    const start = this.exports.room(this.buffer, room + body.length);
    this.#refresh();
    const end = writeTexts(
      texts,
      this.#bytes,
      start,
      this.#bytes.subarray(start + JOINED, start + room),
    );
    this.#bytes.set(body, end);
    this.#numbers.set(numbers);
    return end - start;
  }

  /** Reads the numbers and the report. */
  read(numbers: Numbers): string | undefined {
    const length = this.exports.reportLength(this.buffer);
    this.#refresh();
    numbers.set(this.#numbers);
    if (length === 0) {
      return undefined;
    }
    const start = this.exports.report(this.buffer);
    return decoder.decode(this.#bytes.subarray(start, start + length));
  }

  /** A slot for a webhook: an unused one, or that of one that was not used of late. */
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
      this.#numbers = new Float64Array(buffer, this.exports.numbers(this.buffer), COUNT_OF_NUMBERS);
    }
  }
}

function trap(): never {
  throw new WebAssembly.RuntimeError("the core is at fault");
}

/** The core of `module`, which every platform loads in its own way. */
export function instantiate(module: WebAssembly.Module): Core {
  const numbers = new Float64Array(COUNT_OF_NUMBERS);
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
    numbers,

    surface: () =>
      call((instance) => {
        instance.exports.surface(instance.buffer);
        return instance.read(numbers) as string;
      }),

    open: (pivot, ignoreTimestamp, texts) => {
      const given = numbers.slice();
      const place: Place = { slot: CLOSED, used: false };
      /** Opens the webhook; the report of an error if it can't be. */
      const open = (instance: Instance): string | undefined => {
        const slot = instance.slot();
        const length = instance.write(texts, NO_BYTES, given);
        instance.exports.open(instance.buffer, slot, length, pivot, ignoreTimestamp);
        const report = instance.read(new Float64Array(COUNT_OF_NUMBERS));
        if (report === undefined) {
          instance.occupy(slot, place);
        }
        return report;
      };
      const refused = call(open);
      if (refused !== undefined) {
        return refused;
      }

      let longest = 0;
      const verifier: Verifier = (operation, body, texts) =>
        call((instance) => {
          if (place.slot === CLOSED) {
            const report = open(instance);
            if (report !== undefined) return report;
          }
          place.used = true;
          // Memory never shrinks, so a body that is too long is cut to one byte more than allowed.
          const written = body.length > longest ? body.subarray(0, longest) : body;
          const length = instance.write(texts, written, numbers);
          instance.exports.answer(instance.buffer, place.slot, operation, length, written.length);
          return instance.read(numbers);
        });
      const description = verifier(Ask.description, NO_BYTES, []) as string;
      longest = (JSON.parse(description) as { maxBody: number }).maxBody + 1;
      return verifier;
    },
  };
}
