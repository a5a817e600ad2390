/**
 * Takes events through a queue to another process, where they are typed again.
 *
 * A receiver enqueues `dump(event)`, and a worker passes the job to `restoreTrusted`. A worker in Python
 * or Rust can restore the dump too: `docs/queues.md` describes its format.
 */

import { DUMP_ERRORS, type DumpErrorCode } from "./dump-errors.js";
import { Decoder, Encoder } from "./encoding.js";
import {
  type PivotalEvent,
  type PivotEvent,
  type Verified,
  Webhook,
  WebhookError,
} from "./index.js";
import { type Scheme, SCHEMES } from "./schemes.js";

export type { DumpErrorCode };

/** The bytes of a dump, or their text. */
export type Dump = string | Uint8Array;

/** The options of {@link restoreTrusted}. */
export interface RestoreOptions<Sender extends string = "pivotal" | "pivot"> {
  /** The sender of the events that the queue contains. Default: `"pivotal"`. */
  readonly sender?: Sender | undefined;
}

/** The bytes are not restored as an event. Branch on {@link code}, and log {@link help}. */
export class DumpError extends Error {
  /** The stable name of the kind of error, the same in every language. */
  readonly code: DumpErrorCode;

  /** What the operator of the worker can do about it. */
  readonly help: string;

  constructor(code: DumpErrorCode, options?: ErrorOptions) {
    super(`${DUMP_ERRORS[code].message} (${code})`, options);
    this.code = code;
    this.help = DUMP_ERRORS[code].help;
  }
}
Object.defineProperty(DumpError.prototype, "name", { value: "DumpError" });

const VERSION = 1;
const LINE_FEED = 0x0a;
/** The end of an idempotency key, behind the source: `_` and 32 hex digits. */
const DIGEST_LENGTH = 33;

const encoder = new Encoder();
const decoder = new Decoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The event as bytes for a queue: the facts of its delivery as one line of JSON, and behind it the
 * verified body. All of it is UTF-8, so that a queue of texts can take it decoded.
 *
 * @param event - An event that `unwrap` or {@link restoreTrusted} returned, and no copy of it.
 * @throws TypeError for any other object.
 */
export function dump(event: PivotalEvent | PivotEvent): Uint8Array {
  const body = Webhook.textOf(event);
  if (body === undefined) {
    throw new TypeError("dump takes an event that unwrap or restoreTrusted returned, and no copy");
  }
  const { scheme, id, timestamp, skew, label, unauthenticated } = event.delivery;
  const facts = {
    dump: VERSION,
    id,
    label,
    length: encoder.encode(body).length,
    scheme,
    skew,
    source: event.idempotencyKey.slice(0, -DIGEST_LENGTH),
    timestamp,
    unsigned_id: unauthenticated.deliveryId,
    unsigned_type: unauthenticated.eventType,
  };
  return encoder.encode(`${JSON.stringify(facts)}\n${body}`);
}

/**
 * Makes the event of a dump again, with all its types. No signature is verified: the dump must come from
 * a queue that only receivers write to, which have verified the delivery. `event.delivery.isRestored`
 * is `true`.
 *
 * @param dump - What {@link dump} returned, or its text, also from a receiver in another language.
 * @throws {@link DumpError} for bytes that are damaged, of another version, or of no event of the sender.
 * @throws TypeError for a dump that is neither bytes nor a string.
 */
export function restoreTrusted(dump: Dump, options?: RestoreOptions<"pivotal">): PivotalEvent;
export function restoreTrusted(dump: Dump, options: RestoreOptions<"pivot">): PivotEvent;
export function restoreTrusted(
  dump: Dump,
  { sender = "pivotal" }: RestoreOptions = {},
): PivotalEvent | PivotEvent {
  const bytes = bytesOf(dump);
  const end = bytes.indexOf(LINE_FEED);
  const facts = factsOf(bytes.subarray(0, Math.max(end, 0)));
  const body = bytes.subarray(end + 1);
  if ((facts.delivery.scheme === "pivot") !== (sender === "pivot")) {
    throw new DumpError("dump_sender");
  }
  if (facts.length !== body.length) {
    throw new DumpError("dump_length");
  }
  const { source, delivery } = facts;
  let event: PivotalEvent;
  try {
    const text = decoder.decode(body);
    event = Webhook.restored(sender === "pivot", source, text, delivery) as PivotalEvent;
  } catch (cause) {
    // A fault of the core says nothing about the dump.
    if (cause instanceof WebhookError && cause.code === "internal") throw cause;
    throw new DumpError("dump_event", { cause });
  }
  const { eventType } = delivery.unauthenticated;
  if (eventType !== null && eventType !== event.type) {
    throw new DumpError("dump_event");
  }
  return event;
}

function bytesOf(dump: unknown): Uint8Array {
  if (typeof dump === "string") {
    return encoder.encode(dump);
  }
  if (dump instanceof Uint8Array) {
    // TextDecoder takes no shared memory in browsers, and other threads may write to it.
    return new Uint8Array(dump);
  }
  throw new TypeError("restoreTrusted takes the bytes of a dump, or their text");
}

interface Facts {
  readonly source: string;
  readonly length: number;
  readonly delivery: Verified;
}

function factsOf(line: Uint8Array): Facts {
  const facts = parsed(line);
  const { dump } = facts;
  if (!isCount(dump)) {
    throw new DumpError("dump_unreadable");
  }
  if (dump !== VERSION) {
    throw new DumpError("dump_version");
  }
  const fact = <Type>(name: string, isOfType: (value: unknown) => value is Type): Type => {
    const value = Object.hasOwn(facts, name) ? facts[name] : undefined;
    if (!isOfType(value)) {
      throw new DumpError("dump_facts");
    }
    return value;
  };
  return {
    source: fact("source", isText),
    length: fact("length", isCount),
    delivery: {
      scheme: fact("scheme", isScheme),
      id: fact("id", orNull(isText)),
      timestamp: fact("timestamp", orNull(isCount)),
      skew: fact("skew", orNull(isInteger)),
      label: fact("label", orNull(isText)),
      isRestored: true,
      unauthenticated: {
        eventType: fact("unsigned_type", orNull(isText)),
        deliveryId: fact("unsigned_id", orNull(isText)),
      },
    },
  };
}

function parsed(line: Uint8Array): { readonly [name: string]: unknown } {
  try {
    const facts: unknown = JSON.parse(decoder.decode(line));
    if (typeof facts === "object" && facts !== null && Object.hasOwn(facts, "dump")) {
      return facts as { readonly [name: string]: unknown };
    }
  } catch {
    // Neither text nor JSON.
  }
  throw new DumpError("dump_unreadable");
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isCount(value: unknown): value is number {
  return isInteger(value) && value >= 0;
}

function isScheme(value: unknown): value is Scheme {
  return (SCHEMES as readonly unknown[]).includes(value);
}

function orNull<Type>(isOfType: (value: unknown) => value is Type) {
  return (value: unknown): value is Type | null => value === null || isOfType(value);
}
