/** The envelopes of events, and how an event is built from its body. The event types are in `events.ts`. */

import { Fact } from "./border.js";
import type { EventReport, Facts } from "./core.js";
import { parseReport } from "./errors.js";
import type { Verified } from "./verified.js";

/** The fields of a JSON object, by name. */
export interface Fields {
  readonly [field: string]: unknown;
}

interface Envelope {
  /** The type of the event. Senders add types: a type that is not listed is not an error. */
  readonly type: string;

  /** The time of the event, as the sender wrote it (RFC 3339). The delivery may be later. */
  readonly created_at: string | null;

  /** The id of the organisation in which it happened. */
  readonly org_id: string | null;

  /** The member `data` of the body, unchanged: the record, or an object that contains the record. */
  readonly data: Fields;

  /** The record that the event is about, with every field that the sender wrote. */
  readonly object: Fields;

  /** The members of the body that no other field here holds, unchanged. */
  readonly extra: Fields;

  /**
   * The name of the event in a store of handled events, and of its job in a queue: the same on every
   * retry and replay, and different for each event and each `source` of a webhook. It consists of the
   * source, `_` and 32 hex digits of the SHA-256 of the event's id, or of the body if the event has
   * no id.
   */
  readonly idempotencyKey: string;

  /** The facts of the delivery: its scheme, signed id and time, and the label of its secret. */
  readonly delivery: Verified;
}

/** The fields of every event of Pivotal. A field that the sender left out is `null`. */
export interface PivotalEnvelope extends Envelope {
  /** The event's id, the same on every retry and replay. */
  readonly id: string;

  /** `false` for test events. */
  readonly livemode: boolean | null;

  /** The version of the payload. */
  readonly api_version: string | null;

  /** The earlier values of the changed fields. */
  readonly previous_attributes: Fields | null;
}

/** The fields of every event of Pivot. A field that the sender left out is `null`. */
export interface PivotEnvelope extends Envelope {
  /** Events of Pivot have no id. */
  readonly id: null;

  /** The type of what the event is about, such as `room` or `space`, and its id. */
  readonly subject: {
    readonly type: string;
    readonly id: string;
    readonly [field: string]: unknown;
  } | null;

  /** The id of the space in which it happened. */
  readonly space_id: string | null;
}

/**
 * The `type` of an event that is not listed. At run time it is the string that the sender wrote.
 *
 * TypeScript takes a comparison with the name of such a type for a misspelling; compare it as text:
 * `(event.type as string) === "customer.cloned"`. It is declared as an enum, which has no value at
 * run time, so that a `switch` over all listed types leaves exactly this one.
 */
export declare enum UnlistedType {
  Text = "any text but the listed types",
}

/** The two hex digits of each byte. */
const HEX_DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** An {@link EventReport} with its fields in an array, so that they are listed once per report. */
interface EventLayout extends Omit<EventReport, "fields"> {
  readonly fields: readonly (readonly [name: string, path: readonly string[] | null])[];
}

// Two variables, not one object, so that a polluted prototype can't supply a missing property.
let lastReport: string | null | undefined;
let lastLayout: EventLayout | undefined;

/**
 * Parses the core's report about an event. The last one is kept, as events of one type usually have
 * the same report.
 *
 * @throws {@link WebhookError} for the report of an error.
 *
 * @internal
 */
export function eventLayout(report: string | null | undefined): EventLayout {
  if (lastLayout === undefined || report !== lastReport) {
    const content = parseReport<EventReport>(report);
    lastLayout = { ...content, fields: Object.entries(content.fields) };
    lastReport = report;
  }
  return lastLayout;
}

/**
 * The idempotency key of an event: the source, `_` and the digest that the core returns.
 *
 * @internal
 */
export function idempotencyKey(source: string, facts: Facts): string {
  let key = `${source}_`;
  for (const fact of [Fact.Digest0, Fact.Digest4, Fact.Digest8, Fact.Digest12]) {
    key += hexDigits(facts[fact] as number);
  }
  return key;
}

/** The eight hex digits of a number of 32 bits. The table takes less time than `toString(16)`. */
function hexDigits(number: number): string {
  const digits = (bits: number) => HEX_DIGITS[(number >>> bits) & 0xff] as string;
  return digits(24) + digits(16) + digits(8) + digits(0);
}

/** The text of each event's body. A string can't change, and `dump` needs exactly what was verified. */
export const eventText = new WeakMap<object, string>();

/**
 * Builds an event from the text of its body and the core's report.
 *
 * @internal
 */
export function eventOf(
  text: string,
  { fields, renamed, extra }: EventLayout,
  key: string,
  delivery: Verified,
): object {
  const body: unknown = JSON.parse(text);
  // Names of fields come from the core and may be assigned. Names from the body may be `__proto__`.
  const event: Record<string, unknown> = {};
  for (const [field, path] of fields) {
    event[field] = path === null ? null : path.reduce(member, body);
  }
  if (renamed !== null) {
    event["object"] = renamedCopy(event["object"] as Fields, renamed);
  }
  event["extra"] = Object.fromEntries(extra.map((name) => [name, member(body, name)]));
  event["idempotencyKey"] = key;
  event["delivery"] = delivery;
  eventText.set(event, text);
  return event;
}

function member(object: unknown, name: string): unknown {
  if (!Object.hasOwn(object as Fields, name)) {
    throw new TypeError("the core reports a member that the body does not have");
  }
  return (object as Fields)[name];
}

function renamedCopy(object: Fields, renamed: { readonly [alias: string]: string }): Fields {
  const entries = Object.entries(object).map(([name, value]): [string, unknown] => [
    Object.hasOwn(renamed, name) ? (renamed[name] as string) : name,
    value,
  ]);
  return Object.fromEntries(entries);
}
