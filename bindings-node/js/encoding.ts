/**
 * `TextEncoder` and `TextDecoder`. Where they are not global, as in jest's jsdom environment, they
 * come from Node.
 */

const { TextEncoder: Encoder, TextDecoder: Decoder } =
  typeof globalThis.TextEncoder === "function" ? globalThis : nodeUtil();

export { Decoder, Encoder };

function nodeUtil(): typeof import("node:util") {
  // This is not an import, because bundlers for browsers would look for the module.
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  const util = process?.getBuiltinModule?.("node:util");
  if (util === undefined) {
    throw new TypeError(
      "there is no TextEncoder; in jest's jsdom environment use Node 20.16 or newer, or set " +
        "globalThis.TextEncoder and globalThis.TextDecoder from node:util",
    );
  }
  return util;
}
