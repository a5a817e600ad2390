/** Loads the core from text in the bundle, without a file, a request, a promise or configuration. */

import base64 from "pivotal-webhooks-wasm/base64";
import { instantiate } from "./instance.js";

// This is synchronous, also on a page's main thread: browsers allow that up to 8 MB.
export const core = instantiate(new WebAssembly.Module(decoded()));

/** Decodes with a function of the host if it has one, otherwise with `atob`. */
function decoded(): Uint8Array<ArrayBuffer> {
  const { Uint8Array: Bytes, Buffer } = globalThis as Partial<Decoders>;
  if (Bytes?.fromBase64 !== undefined) {
    return Bytes.fromBase64(base64);
  }
  if (Buffer !== undefined) {
    return Buffer.from(base64, "base64");
  }
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    bytes[at] = text.charCodeAt(at);
  }
  return bytes;
}

interface Decoders {
  readonly Uint8Array: { fromBase64?(base64: string): Uint8Array<ArrayBuffer> };
  readonly Buffer: { from(base64: string, encoding: "base64"): Uint8Array<ArrayBuffer> };
}
