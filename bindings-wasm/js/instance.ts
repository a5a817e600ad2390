/**
 * The core in a WebAssembly instance that is replaced when it traps.
 *
 * After a trap no destructor has run, so the instance is not to be trusted again. The next call
 * makes a new one from the same module, and each verifier is opened anew on first use; for that its
 * texts, the secrets among them, stay in memory here, out of reach of a webhook's properties.
 */

import { Ask, type Core, type Numbers, type Verifier } from "../../bindings-node/js/core.js";
import { type Texts, textsRoom, writeTexts } from "../../bindings-node/js/texts.js";

/** What the module exports. A desk, a handle and a place in memory are numbers; no handle is 0. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  desk(): number;
  room(desk: number, length: number): number;
  numbers(desk: number): number;
  report(desk: number): number;
  reportLength(desk: number): number;
  surface(desk: number): void;
  open(desk: number, texts: number, pivot: boolean, ignoreTimestamp: boolean): number;
  answer(handle: number, desk: number, asked: number, texts: number, body: number): void;
  __wbg_handle_free(handle: number, counted: number): void;
}

const NO_BYTES = new Uint8Array();

const decoder = new TextDecoder();

const COUNT_OF_NUMBERS = 7;

/** An instance, and the desk in its memory. */
class Instance {
  readonly exports: Exports;
  readonly desk: number;
  #bytes = NO_BYTES;
  #numbers = new Float64Array();

  constructor(module: WebAssembly.Module) {
    const imports: WebAssembly.Imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      // The module calls what it imports to say that it is at fault.
      (imports[from] ??= {})[name] = trap;
    }
    this.exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
    this.desk = this.exports.desk();
  }

  /** Lays texts, a body and the numbers on the desk; how much of it the texts take. */
  lay(texts: Texts, body: Uint8Array, numbers: Numbers): number {
    const start = this.exports.room(this.desk, textsRoom(texts) + body.length);
    this.#look();
    const end = writeTexts(texts, this.#bytes, start);
    this.#bytes.set(body, end);
    this.#numbers.set(numbers);
    return end - start;
  }

  /** Takes the numbers and the report from the desk. */
  take(numbers: Numbers): string | undefined {
    const length = this.exports.reportLength(this.desk);
    this.#look();
    numbers.set(this.#numbers);
    if (length === 0) {
      return undefined;
    }
    const start = this.exports.report(this.desk);
    return decoder.decode(this.#bytes.subarray(start, start + length));
  }

  /** Memory that has grown is another buffer. */
  #look(): void {
    const { buffer } = this.exports.memory;
    if (this.#bytes.buffer !== buffer) {
      this.#bytes = new Uint8Array(buffer);
      this.#numbers = new Float64Array(buffer, this.exports.numbers(this.desk), COUNT_OF_NUMBERS);
    }
  }
}

function trap(): never {
  throw new WebAssembly.RuntimeError("the core is at fault");
}

/** Where a verifier is: its handle, and in which of the instances, counted. */
interface Place {
  handle: number;
  count: number;
}

/** The core of `module`, which every platform loads in its own way. */
export function instantiate(module: WebAssembly.Module): Core {
  const numbers = new Float64Array(COUNT_OF_NUMBERS);
  let live = new Instance(module);
  let count = 0;
  let trapped = false;

  function call<Result>(use: (instance: Instance) => Result): Result {
    if (trapped) {
      live = new Instance(module);
      count += 1;
      trapped = false;
    }
    try {
      return use(live);
    } catch (fault) {
      trapped = true;
      throw fault;
    }
  }

  /** Frees the verifiers of webhooks that are no more; some hosts leave them until the end. */
  const forgotten =
    typeof FinalizationRegistry === "undefined"
      ? undefined
      : new FinalizationRegistry((place: Place) => {
          if (place.count === count && !trapped) {
            live.exports.__wbg_handle_free(place.handle, 0);
          }
        });

  return {
    numbers,

    surface: () =>
      call((instance) => {
        instance.exports.surface(instance.desk);
        return instance.take(numbers) as string;
      }),

    open: (pivot, ignoreTimestamp, texts) => {
      // Kept, as the texts are.
      const given = numbers.slice();
      const open = (instance: Instance): Place => {
        const length = instance.lay(texts, NO_BYTES, given);
        const handle = instance.exports.open(instance.desk, length, pivot, ignoreTimestamp);
        return { handle, count };
      };
      const place = call(open);
      if (place.handle === 0) {
        return call((instance) => instance.take(numbers) as string);
      }

      let longest = 0;
      const verifier: Verifier = (asked, body, texts) =>
        call((instance) => {
          if (place.count !== count) {
            Object.assign(place, open(instance));
          }
          // As much as it takes to judge one that is too long: memory never shrinks.
          const judged = body.length > longest ? body.subarray(0, longest) : body;
          const length = instance.lay(texts, judged, numbers);
          instance.exports.answer(place.handle, instance.desk, asked, length, judged.length);
          return instance.take(numbers);
        });
      const description = verifier(Ask.description, NO_BYTES, []) as string;
      longest = (JSON.parse(description) as { maxBody: number }).maxBody + 1;
      forgotten?.register(verifier, place);
      return verifier;
    },
  };
}
