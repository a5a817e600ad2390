// Checks the types of events. Code that must not compile has `@ts-expect-error`. The file is not run.

import {
  type Contact,
  type Customer,
  type CustomerAtRiskEvent,
  type Fields,
  type Message,
  type MessageSentEvent,
  type Onboarding,
  PIVOTAL_EVENT_TYPES,
  type PivotalEvent,
  type PivotalEventType,
  PIVOT_EVENT_TYPES,
  type PivotEvent,
  type PivotEventType,
  type Task,
  type UnknownEvent,
  type UnknownPivotEvent,
  type UnlistedType,
  type Verified,
  Webhook,
} from "pivotal-webhooks";
import * as wasm from "pivotal-webhooks-wasm";

type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
const same = <_Yes extends true>(): void => {};

// The events of each endpoint.
const webhook: Webhook = new Webhook("whsec_x");
const event = webhook.unwrap("{}", {});
same<Same<typeof event, PivotalEvent>>();
same<Same<Webhook, Webhook<PivotalEvent>>>();
const pivotWebhook = Webhook.pivot("whsec_x");
const pivotEvent = pivotWebhook.unwrap("{}", {});
same<Same<typeof pivotEvent, PivotEvent>>();
// @ts-expect-error the endpoints have events of their own
const mistaken: Webhook = pivotWebhook;
const either: Webhook<PivotalEvent | PivotEvent> = pivotWebhook;

// The envelope, of every event.
same<Same<typeof event.id, string>>();
same<Same<typeof event.created_at, string | null>>();
same<Same<typeof event.org_id, string | null>>();
same<Same<typeof event.livemode, boolean | null>>();
same<Same<typeof event.api_version, string | null>>();
same<Same<typeof event.data, Fields>>();
same<Same<typeof event.extra, Fields>>();
same<Same<typeof event.delivery, Verified>>();
same<Same<typeof pivotEvent.id, null>>();
same<Same<typeof pivotEvent.space_id, string | null>>();
same<Same<typeof pivotEvent.delivery, Verified>>();
const about: string | undefined = pivotEvent.subject?.type;
const unseen: unknown = pivotEvent.subject?.["name"];
// @ts-expect-error of Pivot alone
event.space_id;
// @ts-expect-error of Pivotal alone
pivotEvent.livemode;
// @ts-expect-error of Pivotal alone
pivotEvent.previous_attributes;
// @ts-expect-error it may be missing
event.org_id.length;

// A comparison narrows.
if (event.type === "customer.health_score_dropped") {
  same<Same<typeof event.object, Customer>>();
  const now: number | null | undefined = event.object.health_score;
  const before: number | null | undefined = event.previous_attributes?.health_score;
  // @ts-expect-error it may be missing
  event.object.health_score + 1;
  // @ts-expect-error there may be none
  event.previous_attributes.health_score;
  // @ts-expect-error a number
  const text: string | null | undefined = event.object.health_score;
  const id: string = event.object.id;
  same<Same<(typeof event.object)["invented"], unknown>>();
  // @ts-expect-error a misspelt field, with noPropertyAccessFromIndexSignature
  event.object.helth_score;
  // @ts-expect-error a field that nobody documents is unknown
  const invented: string = event.object["invented"];
  // @ts-expect-error an event is read
  event.object.health_score = 100;
  // @ts-expect-error an event is read
  event.object = { id: "cus_1" };
  // @ts-expect-error an event is read
  event.type = "customer.at_risk";
  // @ts-expect-error an event is read
  event.extra["seen"] = true;
}
if (event.type === "contact.created") {
  same<Same<typeof event.object, Contact>>();
  same<Same<typeof event.previous_attributes, null>>();
  // @ts-expect-error a list is read
  event.object.labels?.push("champion");
}
if (event.type === "onboarding.delayed") {
  same<Same<typeof event.object, Onboarding>>();
}
if (event.type === "webhook.ping") {
  same<Same<typeof event.object, Fields>>();
}
if (pivotEvent.type === "message_sent") {
  same<Same<typeof pivotEvent.object, Message>>();
  same<Same<typeof pivotEvent, MessageSentEvent>>();
}

// A type that the catalogue doesn't list is compared as text; a misspelt one is found.
// @ts-expect-error no such type
if (event.type === "customer.at-risk") throw event;
// @ts-expect-error a type of the other sender
if (event.type === "message_sent") throw event;
if ((event.type as string) === "customer.cloned") throw event;
const text: string = event.type;
same<Same<Exclude<PivotalEvent["type"], PivotalEventType>, UnknownEvent["type"]>>();
same<Same<UnknownEvent["object"], Fields>>();
same<Same<UnknownPivotEvent["object"], Fields>>();

// A `switch` narrows, also several cases at once.
function tell(event: PivotalEvent): string {
  switch (event.type) {
    case "customer.at_risk":
    case "customer.churned":
      same<Same<typeof event.object, Customer>>();
      return `${event.object.name}: ${event.object.health_score}`;
    case "task.completed":
      same<Same<typeof event.object, Task>>();
      return `${event.object.title}`;
    // @ts-expect-error no such type
    case "task.started":
      return "";
    default:
      // @ts-expect-error other listed types are left over
      event satisfies UnknownEvent;
      return event.type;
  }
}

// A `switch` over the whole catalogue leaves the types that it does not list.
function isAboutCustomer(event: PivotalEvent): boolean {
  switch (event.type) {
    case "customer.created":
    case "customer.updated":
    case "customer.archived":
    case "customer.health_score_dropped":
    case "customer.at_risk":
    case "customer.churned":
    case "customer.status_changed":
    case "customer.health_bucket_changed":
      return true;
    case "contact.created":
    case "contact.updated":
    case "contact.deleted":
    case "onboarding.created":
    case "onboarding.phase_changed":
    case "onboarding.state_changed":
    case "onboarding.at_risk":
    case "onboarding.back_on_track":
    case "onboarding.launched":
    case "onboarding.completed":
    case "onboarding.updated":
    case "onboarding.delayed":
    case "onboarding.task_completed":
    case "task.completed":
    case "task.updated":
    case "phase.changed":
    case "webhook.ping":
      return false;
    default:
      event satisfies UnknownEvent;
      same<Same<typeof event.object, Fields>>();
      return event.type.startsWith("customer.");
  }
}

function isAboutMessage(event: PivotEvent): boolean {
  switch (event.type) {
    case "message_sent":
    case "message_deleted":
    case "message_edited":
      return true;
    case "room_recording_published":
    case "room_recording_transcript_published":
      return false;
    default:
      event satisfies UnknownPivotEvent;
      return false;
  }
}

function isAboutRoom(event: PivotEvent): boolean {
  switch (event.type) {
    case "message_sent":
    case "message_deleted":
    case "message_edited":
      return false;
    case "room_recording_published":
      return true;
    default:
      // @ts-expect-error a listed type is left over
      event satisfies UnknownPivotEvent;
      return false;
  }
}

// The lists of types, and handlers by type.
const types: readonly PivotalEventType[] = PIVOTAL_EVENT_TYPES;
const pivotTypes: readonly PivotEventType[] = PIVOT_EVENT_TYPES;
type EventOf<Type extends PivotalEventType> = Extract<PivotalEvent, { type: Type }>;
same<Same<EventOf<"customer.at_risk">, CustomerAtRiskEvent>>();
const handlers: { [Type in PivotalEventType]?: (event: EventOf<Type>) => void } = {
  "customer.at_risk": ({ object }) => object.owner_email,
  // @ts-expect-error no such type
  "customer.cloned": () => {},
};

// Both packages have the same types: an event of the other package is an event of this one.
const other: PivotalEvent = new wasm.Webhook("whsec_x").unwrap("{}", {});
const otherPivot: wasm.PivotEvent = pivotEvent;

// An event of an unlisted type, for a receiver's own tests.
const type = "customer.cloned" as UnlistedType;
const cloned: PivotalEvent = { ...event, type, object: {}, previous_attributes: null };
