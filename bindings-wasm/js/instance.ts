/**
 * The core in a WebAssembly instance that is replaced when it traps.
 *
 * After a trap no destructor has run, so the instance is not to be trusted again. The next call
 * makes a new one from the same module, and each webhook opens its verifier anew on first use; for
 * that its secrets stay in memory here, out of reach of its properties.
 */

import type { Core } from "../../bindings-node/js/core.js";
import * as glue from "pivotal-webhooks-wasm/glue";

type OpenArguments = Parameters<Core["open"]>;

class Verifier {
  readonly #options: OpenArguments;
  readonly #maxBody: number;
  #handle: glue.Handle;
  #instance = instance;

  constructor(options: OpenArguments, handle: glue.Handle) {
    this.#options = options;
    this.#handle = handle;
    this.#maxBody = glue.maxBody(handle);
  }

  /**
   * As much of a body as it takes for the verifier to judge it, too long a one included: what is
   * passed on is copied into the instance's memory, which never shrinks.
   */
  static judged(verifier: object, body: Uint8Array): Uint8Array {
    return body.subarray(0, (verifier as Verifier).#maxBody + 1);
  }

  static maxBody(verifier: object): number {
    return (verifier as Verifier).#maxBody;
  }

  /** This verifier in the live instance. */
  static handle(verifier: object): glue.Handle {
    const self = verifier as Verifier;
    if (self.#instance !== instance) {
      self.#handle = glue.open(...self.#options) as glue.Handle;
      self.#instance = instance;
    }
    return self.#handle;
  }
}

/** Counts the instances; a verifier of an older one is opened again. */
let instance = 0;
let trapped = false;

/** The core of `module`, which every platform loads in its own way. */
export function instantiate(module: WebAssembly.Module): Core {
  glue.initSync({ module });
  const { handle, judged, maxBody } = Verifier;
  return {
    catalogue: () => live(() => glue.catalogue()),
    open: (...options) =>
      live(() => {
        const opened = glue.open(...options);
        return typeof opened === "string" ? opened : new Verifier(options, opened);
      }),
    schemes: (verifier) => live(() => glue.schemes(handle(verifier))),
    maxBody,
    verify: (verifier, body, headers, now) =>
      live(() => glue.verify(handle(verifier), judged(verifier, body), headers, now)),
    unwrap: (verifier, body, headers, now) =>
      live(() => glue.unwrap(handle(verifier), judged(verifier, body), headers, now)),
    verifySignature: (verifier, body, headers, now) =>
      live(() => glue.verifySignature(handle(verifier), judged(verifier, body), headers, now)),
    sign: (verifier, scheme, id, timestamp, body) =>
      live(() => glue.sign(handle(verifier), scheme, id, timestamp, body)),
    sent: (verifier, scheme, id, timestamp, body) =>
      live(() => glue.sent(handle(verifier), scheme, id, timestamp, body)),
    headerNotText: (name) => live(() => glue.headerNotText(name)),
    bodyNotText: () => live(() => glue.bodyNotText()),
    bodyTooLarge: () => live(() => glue.bodyTooLarge()),
    bodyCompressed: () => live(() => glue.bodyCompressed()),
  };
}

function live<Result>(call: () => Result): Result {
  if (trapped) {
    glue.__wbg_reset_state();
    instance += 1;
    trapped = false;
  }
  try {
    return call();
  } catch (trap) {
    trapped = true;
    throw trap;
  }
}
