/** The core from text in the bundle, so that nothing is read, fetched, awaited or configured. */

import base64 from "pivotal-webhooks-wasm/base64";
import { instantiate } from "./instance.js";

// Synchronous on a page's main thread too: browsers allow that up to 8 MB.
export const core = instantiate(new WebAssembly.Module(decoded()));

/** By what the host has for it, where it has anything: that is many times as fast. */
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
