/** What all events of a sender have, and how one is made. Their types are in `events.ts`. */

import type { EventReport } from "./core.js";
import { parseReport } from "./errors.js";
import type { Verified } from "./verified.js";

/** The fields of a JSON object, by name. */
export interface Fields {
  readonly [field: string]: unknown;
}

interface Envelope {
  /** What happened. Senders add types: one that the catalogue doesn't list arrives all the same. */
  readonly type: string;

  /** When it happened, as the sender wrote it (RFC 3339), which is not when it was sent. */
  readonly created_at: string | null;

  /** The organisation that it happened in. */
  readonly org_id: string | null;

  /** What the sender put around the record, or the record itself; as it came. */
  readonly data: Fields;

  /** The record that the event is about, with every field that the sender wrote. */
  readonly object: Fields;

  /** The members of the body that are none of these fields, as they came. */
  readonly extra: Fields;

  /** How the event came, and what its signature covered. */
  readonly delivery: Verified;
}

/** What every event of Pivotal has. What the sender left out is `null`. */
export interface PivotalEnvelope extends Envelope {
  /** The event's id, the same on every retry and replay. */
  readonly id: string;

  /** `false` for test events. */
  readonly livemode: boolean | null;

  /** The version of the payload. */
  readonly api_version: string | null;

  /** The values that the changed fields had before. */
  readonly previous_attributes: Fields | null;
}

/** What every event of Pivot has. What the sender left out is `null`. */
export interface PivotEnvelope extends Envelope {
  /** Events of Pivot have no id. */
  readonly id: null;

  /** What the event is about: a `room`, a `space` or another, and its id. */
  readonly subject: {
    readonly type: string;
    readonly id: string;
    readonly [field: string]: unknown;
  } | null;

  /** The space that it happened in. */
  readonly space_id: string | null;
}

/**
 * The type of an event that the catalogue doesn't list: a string, and none of the listed ones.
 *
 * It is an enum so that a `switch` over the listed types leaves it over. There is no such value.
 */
export declare enum UnlistedType {
  Text = "any text but the listed types",
}

// Apart: what an object lacks, a polluted prototype could supply.
let lastText: string | null | undefined;
let lastReport: EventReport | undefined;

/**
 * What the core reports of an event, unless it reports an error: that is thrown. Most deliveries are
 * like the one before and have the same report.
 *
 * @internal
 */
export function eventReport(text: string | null | undefined): EventReport {
  if (lastReport === undefined || text !== lastText) {
    lastReport = parseReport<EventReport>(text);
    lastText = text;
  }
  return lastReport;
}

/**
 * The event that the core reports of a body, which the host's own parser has read.
 *
 * @internal
 */
export function eventOf(body: unknown, report: EventReport, delivery: Verified): object {
  // Defaults of its own, as a polluted prototype must supply none.
  const { fields, renamed, extra } = { renamed: undefined, extra: [], ...report };
  // The core names the fields, so they may be assigned; names of the body, `__proto__` too, may not.
  const event: Record<string, unknown> = {};
  for (const [field, path] of Object.entries(fields)) {
    event[field] = path === null ? null : path.reduce(member, body);
  }
  if (renamed !== undefined) {
    event["object"] = renamedCopy(event["object"] as Fields, renamed);
  }
  event["extra"] = Object.fromEntries(extra.map((name) => [name, member(body, name)]));
  event["delivery"] = delivery;
  return event;
}

function member(object: unknown, name: string): unknown {
  if (!Object.hasOwn(object as Fields, name)) {
    throw new TypeError("the core reports a member that is not there");
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
