/** The raw body, in any shape a host hands over, to bytes that can't change under the verifier. */

import { faults } from "./core.js";
import { errorFrom } from "./errors.js";

/** The raw body of the request: bytes as received, or a string that was decoded from UTF-8. */
export type WebhookBody = string | ArrayBufferLike | ArrayBufferView;

const encoder = new TextEncoder();

const TypedArray = Object.getPrototypeOf(Uint8Array) as { prototype: Uint8Array };

// Read from the prototypes, so that an array of another realm counts and an object in disguise doesn't.
const typedArrayName = getter(TypedArray.prototype, Symbol.toStringTag);
const arrayBufferLength = getter(ArrayBuffer.prototype, "byteLength");
const sharedArrayBufferLength =
  typeof SharedArrayBuffer === "undefined"
    ? undefined
    : getter(SharedArrayBuffer.prototype, "byteLength");

/** The body's bytes: the same ones where they are a plain `Uint8Array`, otherwise a copy. */
export function bodyBytes(body: unknown): Uint8Array {
  if (typeof body === "string") {
    if (!body.isWellFormed()) {
      throw errorFrom(faults.bodyNotText);
    }
    return encoder.encode(body);
  }
  if (ArrayBuffer.isView(body)) {
    return isStable(body) ? body : copyView(body);
  }
  if (isBuffer(body)) {
    return copyBuffer(body);
  }
  throw new TypeError(
    `body is ${describe(body)}; a signature covers the raw bytes of the request, before any parser: ` +
      'with Express register the route with express.raw({ type: "application/json" }) ahead of any ' +
      "express.json(); elsewhere pass await request.text() or await request.arrayBuffer()",
  );
}

/** Bytes that no other thread writes and no call shrinks, and not none: those may be detached. */
function isStable(view: ArrayBufferView): view is Uint8Array {
  return (
    typedArrayName.call(view) === "Uint8Array" &&
    view.byteLength > 0 &&
    view.buffer instanceof ArrayBuffer &&
    !view.buffer.resizable
  );
}

function copyView(view: ArrayBufferView): Uint8Array {
  try {
    // Throws for a detached or out-of-bounds array, whose length would otherwise read as 0.
    if (typedArrayName.call(view) !== undefined) {
      TypedArray.prototype.keys.call(view as Uint8Array);
    }
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  } catch {
    throw detached();
  }
}

function copyBuffer(buffer: ArrayBufferLike): Uint8Array {
  try {
    return new Uint8Array(buffer).slice();
  } catch {
    throw detached();
  }
}

function detached(): TypeError {
  return new TypeError(
    "body is detached or out of bounds: its memory was transferred or shrunk; verify it before that",
  );
}

function isBuffer(value: unknown): value is ArrayBufferLike {
  return hasSlot(value, arrayBufferLength) || hasSlot(value, sharedArrayBufferLength);
}

function hasSlot(value: unknown, slot: (() => unknown) | undefined): boolean {
  if (slot === undefined || typeof value !== "object" || value === null) {
    return false;
  }
  try {
    slot.call(value);
    return true;
  } catch {
    return false;
  }
}

function getter(prototype: object, name: string | symbol): (this: unknown) => unknown {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (get === undefined) {
    throw new TypeError("this JavaScript engine has no typed arrays");
  }
  return get;
}

/** What the value is, in the caller's words; nothing of its content. */
function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return value === undefined ? "undefined" : `a ${typeof value}`;
  if (Array.isArray(value)) return "a parsed array";
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === "Object" ? "a parsed object" : `a ${tag}`;
}
