/** Shows a typed event, and which of its fields the catalogue does not list. */

import type { PivotalEvent, PivotEvent } from "pivotal-webhooks-wasm";
import { envelopeFields, listed, recordFields } from "../catalogue.js";
import { type Child, element, prose, showCard, table } from "./dom.js";

export function showEvent(event: PivotalEvent | PivotEvent | undefined, sender: string): void {
  if (event === undefined) {
    showCard("event", "");
    return;
  }
  const known = listed(event.type);
  const chip =
    known === undefined
      ? element("span", { class: "chip warn" }, "not in the catalogue")
      : element("span", { class: "chip" }, known.object ?? "listed");
  const content: Child[] = [
    element("p", {}, element("code", { class: "type" }, event.type), " ", chip),
  ];
  if (known?.when) content.push(element("p", { class: "hint" }, ...prose(known.when)));
  const envelope = Object.entries(event).filter(([name]) => !NOT_IN_TABLE.includes(name));
  const envelopeMeanings = new Map([
    ...envelopeFields(sender),
    ["org_id", "The organisation."],
    ["created_at", "When it happened, not when it was sent."],
  ]);
  content.push(
    element("h3", {}, "Envelope"),
    fields("Envelope", [...envelope, ...Object.entries(event.extra)], envelopeMeanings),
    element("h3", {}, known?.object ? `Record: ${known.object}` : "Record"),
    fields("Record", Object.entries(event.object), recordFields(known?.object)),
  );
  const previous = "previous_attributes" in event ? event.previous_attributes : null;
  if (previous !== null && previous !== undefined) {
    content.push(
      element("h3", {}, "Previous attributes"),
      fields("Previous attributes", Object.entries(previous), recordFields(known?.object)),
    );
  }
  showCard("event", "Event", ...content);
}

/** Members of an event that have a table of their own, or are none of the body's. */
const NOT_IN_TABLE = [
  "data",
  "object",
  "extra",
  "previous_attributes",
  "idempotencyKey",
  "delivery",
];

function fields(
  title: string,
  entries: [name: string, value: unknown][],
  meanings: Map<string, string>,
): Child {
  const present = entries.filter(([, value]) => value !== undefined && value !== null);
  if (present.length === 0) return element("p", { class: "hint" }, "No fields.");
  const rows = present.map(([name, value]) => [
    element("code", {}, name),
    element("code", {}, JSON.stringify(value)),
    meaning(meanings.get(name)),
  ]);
  return table(title, ["field", "value", "meaning"], rows);
}

function meaning(about: string | undefined): Child {
  return about === undefined
    ? element("span", { class: "chip warn" }, "not in the catalogue")
    : element("span", {}, ...prose(about));
}
