/** Writes the numbers of a call. */

import { INPUT_COUNT } from "./border.js";
import type { Inputs } from "./core.js";

/**
 * Writes the input numbers of a call. The core ignores the numbers behind them. A loop takes less time
 * than the methods of typed arrays.
 */
export function writeNumbers(inputs: Inputs, numbers: Float64Array): void {
  for (let index = 0; index < INPUT_COUNT; index += 1) {
    numbers[index] = index < inputs.length ? (inputs[index] as number) : Number.NaN;
  }
}
