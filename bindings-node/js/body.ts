/** Converts the raw body of a request to bytes that can't change during the verification. */

import { faults } from "./core.js";
import { Encoder } from "./encoding.js";
import { errorFrom } from "./errors.js";

/** The raw body of the request: bytes as received, or a string that was decoded from UTF-8. */
export type WebhookBody = string | ArrayBufferLike | ArrayBufferView;

const encoder = new Encoder();

const TypedArray = Object.getPrototypeOf(Uint8Array) as { prototype: Uint8Array };

// The getters of the prototypes read the object itself. A property of the same name on a subclass or
// on an object can return anything.
const typedArrayName = getter(TypedArray.prototype, Symbol.toStringTag);
const typedArrayKeys = TypedArray.prototype.keys;
const typedArrayFields = {
  buffer: getter(TypedArray.prototype, "buffer"),
  byteOffset: getter(TypedArray.prototype, "byteOffset"),
  byteLength: getter(TypedArray.prototype, "byteLength"),
};
const dataViewFields = {
  buffer: getter(DataView.prototype, "buffer"),
  byteOffset: getter(DataView.prototype, "byteOffset"),
  byteLength: getter(DataView.prototype, "byteLength"),
};
const arrayBufferLength = getter(ArrayBuffer.prototype, "byteLength");
const sharedArrayBufferLength =
  typeof SharedArrayBuffer === "undefined"
    ? undefined
    : getter(SharedArrayBuffer.prototype, "byteLength");
// Older engines have no resizable buffers.
const isResizable = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "resizable")?.get;

/**
 * The body's bytes: the given `Uint8Array` where nothing can change its memory, otherwise a copy. Don't
 * read properties of the given one, such as its length, as they can be replaced: see {@link plainBytes}.
 */
export function bodyBytes(body: unknown): Uint8Array {
  if (typeof body === "string") {
    if (!body.isWellFormed()) {
      throw errorFrom(faults.bodyNotText);
    }
    return encoder.encode(body);
  }
  if (ArrayBuffer.isView(body)) {
    return viewBytes(body);
  }
  if (isBuffer(body)) {
    return copied(() => new Uint8Array(body));
  }
  throw new TypeError(
    `body is ${describe(body)}; a signature covers the raw bytes of the request, before any parser: ` +
      'with Express register the route with express.raw({ type: "application/json" }) ahead of any ' +
      "express.json(); elsewhere pass await request.text() or await request.arrayBuffer()",
  );
}

function viewBytes(view: ArrayBufferView): Uint8Array {
  const name = typedArrayName.call(view);
  if (name === "Uint8Array") {
    const buffer = typedArrayFields.buffer.call(view);
    const length = typedArrayFields.byteLength.call(view) as number;
    // An array of length 0 may be detached, which the copy finds out.
    if (length > 0 && isFixed(buffer)) {
      return view as Uint8Array;
    }
  }
  return copied(() => {
    // Throws for a detached or out-of-bounds array, whose length would otherwise read as 0.
    if (name !== undefined) {
      typedArrayKeys.call(view as Uint8Array);
    }
    return plainBytes(view, name === undefined ? dataViewFields : typedArrayFields);
  });
}

/** A `Uint8Array` of the same memory whose properties nobody has replaced. */
export function plainBytes(view: ArrayBufferView, fields = typedArrayFields): Uint8Array {
  return new Uint8Array(
    fields.buffer.call(view) as ArrayBuffer,
    fields.byteOffset.call(view) as number,
    fields.byteLength.call(view) as number,
  );
}

/** Whether no other thread writes to the memory and no call shrinks it. */
function isFixed(buffer: unknown): boolean {
  return hasSlot(buffer, arrayBufferLength) && isResizable?.call(buffer) !== true;
}

function copied(view: () => Uint8Array): Uint8Array {
  try {
    return new Uint8Array(view());
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

/** The kind of a value, in the terms of the caller, without its content. */
function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return value === undefined ? "undefined" : `a ${typeof value}`;
  if (Array.isArray(value)) return "a parsed array";
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === "Object" ? "a parsed object" : `a ${tag}`;
}
