/**
 * Handlers by type: a function for each type of event, instead of one with many branches.
 *
 * A set of handlers is itself a handler: every receiver of this package takes it.
 */

import {
  PIVOT_EVENT_TYPES,
  type PivotalEvent,
  PIVOTAL_EVENT_TYPES,
  type PivotalEventType,
  type PivotEvent,
  type PivotEventType,
  type UnknownEvent,
  type UnknownPivotEvent,
} from "./index.js";

type AnyEvent = PivotalEvent | PivotEvent;
type ListedType = PivotalEventType | PivotEventType;

/** The event of this type. */
export type EventOfType<Type extends ListedType> = Extract<AnyEvent, { type: Type }>;

/**
 * Functions by the type of event that they handle. Pass it to a receiver as its handler, or call it with
 * an event. What the function returns is returned.
 *
 * An event without a handler is answered 200, counted in {@link unhandled}, and logged with
 * `console.info`. Register all functions before the first event.
 *
 * @typeParam Context - What the receiver passes after the event, such as the request.
 */
export interface EventHandlers<Context extends readonly unknown[] = readonly any[]> {
  (event: AnyEvent, ...context: Context): any;

  /**
   * Registers the function that handles the events of a type.
   *
   * @param type - A type that the documentation lists, such as `"customer.at_risk"`.
   * @throws RangeError for a type that is not listed, or that has a handler already.
   * @throws TypeError for a handler that is not a function.
   */
  on<Type extends ListedType>(
    type: Type,
    handle: (event: EventOfType<Type>, ...context: Context) => unknown,
  ): this;

  /** Registers the function for a type that this version does not list. Its spelling is not checked. */
  on(
    type: string,
    handle: (event: UnknownEvent | UnknownPivotEvent, ...context: Context) => unknown,
    options: { readonly unlisted: true },
  ): this;

  /**
   * Registers the function that handles events whose type has no handler. {@link isListed} tells it
   * whether this version lists the type.
   *
   * @throws RangeError if there is such a function already.
   * @throws TypeError for a handler that is not a function.
   */
  onAny(handle: (event: AnyEvent, ...context: Context) => unknown): this;

  /** How many events of each type had no handler. */
  readonly unhandled: ReadonlyMap<string, number>;
}

const LISTED_TYPES: readonly string[] = [...PIVOTAL_EVENT_TYPES, ...PIVOT_EVENT_TYPES];

/** Whether this version lists the type of an event. Senders may add types. */
export function isListed(event: AnyEvent): boolean {
  return LISTED_TYPES.includes(event.type);
}

type Handle = (event: any, ...context: any) => unknown;

/** Makes an empty set of handlers. */
export function eventHandlers<
  Context extends readonly unknown[] = readonly any[],
>(): EventHandlers<Context> {
  const byType = new Map<string, Handle>();
  const unhandled = new Map<string, number>();
  let other: Handle | undefined;

  function handlers(event: AnyEvent, ...context: Context): unknown {
    const handle = byType.get(event.type) ?? other;
    if (handle !== undefined) {
      return handle(event, ...context);
    }
    const { type, id } = event;
    unhandled.set(type, (unhandled.get(type) ?? 0) + 1);
    console.info(`webhook event has no handler ${JSON.stringify({ type, id })}`);
    return undefined;
  }

  const methods = {
    unhandled,

    on(type: string, handle: Handle, options?: { readonly unlisted?: boolean }) {
      if (!LISTED_TYPES.includes(type) && options?.unlisted !== true) {
        throw new RangeError(unlistedMessage(type));
      }
      if (byType.has(type)) {
        throw new RangeError(`a handler for "${type}" is registered already`);
      }
      byType.set(type, checked(handle));
      return set;
    },

    onAny(handle: Handle) {
      if (other !== undefined) {
        throw new RangeError("a handler for any other event is registered already");
      }
      other = checked(handle);
      return set;
    },
  };
  const set = Object.assign(handlers, methods) as unknown as EventHandlers<Context>;
  return set;
}

function checked(handle: Handle): Handle {
  if (typeof handle !== "function") {
    throw new TypeError("the handler is not a function");
  }
  return handle;
}

function unlistedMessage(type: string): string {
  const near = LISTED_TYPES.filter((listed) => isNear(type, listed)).map((name) => `"${name}"`);
  const meant = near.length === 0 ? "" : `did you mean ${near.join(" or ")}? `;
  return (
    `"${type}" is not a listed type: ${meant}` +
    "for a type that this version does not list, pass { unlisted: true }"
  );
}

/** Whether at most a quarter of a name has to be changed. */
function isNear(given: string, name: string): boolean {
  return editDistance(given, name) <= name.length / 4;
}

/** How many letters must be added, removed or replaced: the distance of Levenshtein. */
function editDistance(one: string, other: string): number {
  let before = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...one].entries()) {
    const costs = [row + 1];
    for (const [column, wanted] of [...other].entries()) {
      const replaced = (before[column] as number) + (letter === wanted ? 0 : 1);
      const added = (costs[column] as number) + 1;
      const removed = (before[column + 1] as number) + 1;
      costs.push(Math.min(replaced, added, removed));
    }
    before = costs;
  }
  return before.at(-1) as number;
}
