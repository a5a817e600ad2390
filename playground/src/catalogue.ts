/** What the catalogue of events says of a type and of a field. */

import catalogue from "../../core/events.json";

interface Field {
  readonly name: string;
  readonly about: string;
  readonly names?: readonly string[];
}

export interface Listed {
  /** What the event is about, such as `customer`; `null` if the sender does not say. */
  readonly object: string | null;
  readonly when: string | null;
}

/** The event of this type; `undefined` if it is not listed. */
export function listed(type: string): Listed | undefined {
  const all = catalogue.senders.flatMap(({ events }): (Listed & { type: string })[] => events);
  return all.find((event) => event.type === type);
}

/** The fields of a record and what they are; no field is listed for an event that is not. */
export function recordFields(object: string | null | undefined): Map<string, string> {
  const found = catalogue.objects.find(({ name }) => name === object);
  const fields: readonly Field[] = found?.fields ?? [];
  return new Map(fields.map(({ name, about }) => [name, about]));
}

/** The members of an envelope and what they are, under each name that a sender writes. */
export function envelopeFields(sender: string): Map<string, string> {
  const envelope: readonly Field[] =
    catalogue.senders.find(({ name }) => name === sender)?.envelope ?? [];
  return new Map(
    envelope.flatMap(({ name, names, about }) => (names ?? [name]).map((each) => [each, about])),
  );
}

/** The listed types of a sender. */
export function typesOf(sender: string): string[] {
  return catalogue.senders
    .filter(({ name }) => name === sender)
    .flatMap(({ events }) => events.map(({ type }) => type));
}
