/**
 * Holds back what a handler sends on Node's own response, until its event is marked as done.
 *
 * A handler may send its answer itself, such as by `res.json()`. The sender must not get it before the
 * event is marked as done, and gets another one if it can't be.
 */

import type { ServerResponse } from "node:http";
import type { HeldAnswer } from "../receiving.js";

/** The answer of a handler on Node's own response. */
export interface HeldResponse extends HeldAnswer {
  /** The status that the handler has decided on. */
  readonly status: () => number;

  readonly awaited: Promise<void>;
  readonly send: () => void;
  readonly drop: () => void;
}

/** The methods of a response that send something. */
const SENDING = ["writeHead", "flushHeaders", "write", "end"] as const;

/** What a response begins with. */
interface Head {
  readonly status: number;
  readonly message: string;
  readonly headers: ReadonlyMap<string, number | string | readonly string[]>;
}

/** Whether a status is 2xx. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/**
 * Begins to hold back what is sent on a response: its methods record their calls. Code that looks at
 * `headersSent` and `writableEnded` sees what it would see otherwise.
 */
export function hold(response: ServerResponse): HeldResponse {
  const before = headOf(response);
  const calls: { readonly name: (typeof SENDING)[number]; readonly given: unknown[] }[] = [];
  let head: Head | undefined;
  let written: number | undefined;
  let ended = false;
  let answered = () => {};
  const awaited = new Promise<void>((resolve) => (answered = resolve));

  const listeners = response.listenerCount("finish");
  const isAwaited = () => response.listenerCount("finish") > listeners;
  const onListener = (event: string | symbol) => {
    if (event === "finish" && ended) answered();
  };

  const record = (name: (typeof SENDING)[number]) => {
    return (...given: unknown[]) => {
      if (ended) return response;
      head ??= headOf(response);
      calls.push({ name, given });
      if (name === "writeHead") written ??= given[0] as number;
      if (name === "end") {
        ended = true;
        if (isAwaited() || given.some((it) => typeof it === "function")) answered();
      }
      return name === "write" ? true : response;
    };
  };

  const restore = replace(response, {
    ...Object.fromEntries(SENDING.map((name) => [name, { value: record(name), writable: true }])),
    headersSent: { get: () => head !== undefined },
    writableEnded: { get: () => ended },
  });
  response.on("newListener", onListener);

  const stop = () => {
    restore();
    response.off("newListener", onListener);
  };
  const status = () => written ?? head?.status ?? response.statusCode;
  return {
    awaited,
    status,
    succeeded: () => isSuccess(status()),
    send() {
      stop();
      if (head !== undefined) reset(response, head);
      for (const { name, given } of calls) {
        (response[name] as (...given: unknown[]) => unknown)(...given);
      }
    },
    drop() {
      stop();
      reset(response, before);
    },
  };
}

/** Gives an object properties for a time. Returns a function that gives it back those that it had. */
function replace(object: object, properties: PropertyDescriptorMap): () => void {
  const own = Object.keys(properties).map(
    (name) => [name, Object.getOwnPropertyDescriptor(object, name)] as const,
  );
  for (const [name, property] of Object.entries(properties)) {
    Object.defineProperty(object, name, { ...property, configurable: true });
  }
  return () => {
    for (const [name, property] of own) {
      if (property === undefined) Reflect.deleteProperty(object, name);
      else Object.defineProperty(object, name, property);
    }
  };
}

function headOf(response: ServerResponse): Head {
  const { statusCode: status, statusMessage: message } = response;
  const headers = Object.entries(response.getHeaders()) as [string, number | string | string[]][];
  return { status, message, headers: new Map(headers) };
}

/** Gives a response the head that it had. The headers that have not changed keep their letter case. */
function reset(response: ServerResponse, { status, message, headers }: Head): void {
  response.statusCode = status;
  // HTTP/2 has none.
  if (response.statusMessage !== message) response.statusMessage = message;
  for (const name of response.getHeaderNames()) {
    if (!headers.has(name)) response.removeHeader(name);
  }
  for (const [name, value] of headers) {
    if (response.getHeader(name) !== value) response.setHeader(name, value);
  }
}
