/** The numbers of a call. Loops over them take less time than the methods of typed arrays. */

import { NUMBER_COUNT } from "./border.js";
import type { Facts, Inputs } from "./core.js";

const NONE: readonly number[] = Array.from({ length: NUMBER_COUNT }, () => Number.NaN);

/** Writes the input numbers of a call. */
export function writeNumbers(inputs: Inputs, numbers: Float64Array): void {
  for (let index = 0; index < NUMBER_COUNT; index += 1) {
    numbers[index] = index < inputs.length ? (inputs[index] as number) : Number.NaN;
  }
}

/** Reads the output numbers of a call. */
export function readNumbers(numbers: Float64Array): Facts {
  const facts = NONE.slice();
  for (let index = 0; index < NUMBER_COUNT; index += 1) {
    facts[index] = numbers[index] as number;
  }
  return facts;
}
