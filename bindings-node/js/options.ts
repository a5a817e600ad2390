/** The secrets and the options of a webhook: their types, and how they are passed to the core. */

import { Input, Operation, TextTag } from "./border.js";
import { core, NO_BYTES, type RunOperation } from "./core.js";
import { guarded, parseReport, runGuarded } from "./errors.js";
import { itemsOf, kindOf, ownOptions } from "./given.js";
import type { PivotalScheme } from "./schemes.js";
import type { TaggedTexts } from "./tagged-texts.js";

/**
 * One signing secret, or several while a secret is rotated: an array, or an object from label to
 * secret. With an object, {@link Verified.label} is the label of the secret that matched.
 *
 * `undefined` and `null` in an array or an object are skipped, so that `[process.env.NEW,
 * process.env.OLD]` works when only one variable is set. If no secret is left, or one is an empty
 * string, the webhook is refused with `secret_empty`.
 */
export type SecretValue =
  | string
  | null
  | undefined
  | readonly (string | null | undefined)[]
  | { readonly [label: string]: string | null | undefined };

/**
 * A {@link SecretValue}, or a function that returns one.
 *
 * The function is called at the first use of the webhook, not when it is constructed, so that a
 * program can be built where no secret exists. Its value is checked once and kept; if it is refused,
 * the next use calls the function again.
 */
export type WebhookSecret = SecretValue | (() => SecretValue);

/** How the text of a secret becomes a key. */
export type KeyFormat = "auto" | "base64" | "text";

interface CommonOptions {
  /**
   * The largest accepted difference between the signed time and the clock, in either direction: a
   * whole number of seconds from 0 to 3600. Default: 300.
   */
  readonly tolerance?: number | undefined;

  /**
   * The length of the longest body that is verified: a whole number of bytes from 1 to
   * 1 073 741 824. Default: 1 048 576 (1 MiB).
   */
  readonly maxBody?: number | undefined;

  /**
   * How the text of a secret becomes a key, in every scheme: `base64` decodes the text, `text` takes
   * its UTF-8 bytes. Default: `auto`, the rule of each scheme.
   */
  readonly key?: KeyFormat | undefined;

  /**
   * The name of this endpoint in the `idempotencyKey` of its events: 1 to 64 of the characters a-z,
   * 0-9, `_` and `-`. Default: the sender's name.
   */
  readonly source?: string | undefined;

  /** `raw` means the same as `key: "text"`. The libraries of Svix and Standard Webhooks have this option. */
  readonly format?: "raw" | undefined;

  /**
   * Returns the current time in Unix seconds. Called once per delivery. Default: `Date.now() / 1000`,
   * with the `Date` that is global at that moment, so that fake timers set the time.
   */
  readonly clock?: (() => number) | undefined;
}

/** The options of a Pivotal endpoint. */
export interface WebhookOptions extends CommonOptions {
  /** The accepted schemes. Default: `["svix", "pivotal"]`, every scheme that Pivotal sends. */
  readonly schemes?: readonly PivotalScheme[] | undefined;

  /**
   * Accepts a delivery of any age, so that anyone who recorded it can send it again. Default: `false`.
   */
  readonly dangerouslyIgnoreTimestamp?: boolean | undefined;
}

/** The options of a Pivot endpoint. */
export interface PivotWebhookOptions extends CommonOptions {
  /**
   * The oldest accepted event, by the event's own `timestamp` (RFC 3339): a whole number of seconds
   * from 1 to 31 536 000. Default: every age is accepted, as Pivot signs no time beside the body.
   */
  readonly maxEventAge?: number | undefined;
}

interface AnyOptions extends WebhookOptions, PivotWebhookOptions {}

/** The type of each option, and its name in a message. The core checks the range of its value. */
const OPTIONS: {
  readonly [name in keyof Required<AnyOptions>]: readonly [type: string, takes: string];
} = {
  schemes: ["array", 'an array of the names of schemes, for example ["svix"]'],
  tolerance: ["number", "a number of seconds"],
  dangerouslyIgnoreTimestamp: ["boolean", "true or false"],
  maxBody: ["number", "a number of bytes"],
  key: ["string", '"auto", "base64" or "text"'],
  source: ["string", "a name"],
  format: ["string", '"raw"'],
  maxEventAge: ["number", "a number of seconds"],
  clock: ["function", "a function that returns Unix seconds"],
};

// Not a captured `Date`: tests replace the global one.
function systemClock(): number {
  return Date.now() / 1000;
}

interface Description {
  readonly schemes: readonly string[];
  readonly maxBody: number;
  readonly source: string;
  readonly tolerance?: number;
}

/** A webhook whose options have been checked. */
export interface PreparedWebhook extends Description {
  /** Checks the secrets at its first call, which may call the function that the caller passed. */
  readonly open: () => OpenedWebhook;
}

/** A webhook whose options and secrets have been checked. */
export interface OpenedWebhook {
  /** Runs the operations of this webhook. */
  readonly run: RunOperation;

  /** The labels of the secrets, or none. */
  readonly labels: readonly string[];

  readonly clock: () => unknown;
}

/**
 * Checks the options, and the secrets unless they come from a function.
 *
 * @throws {@link WebhookConfigurationError} for values that can't be used.
 * @throws TypeError for a value of the wrong type, or an option that does not exist.
 */
export function prepareWebhook(isPivot: boolean, secret: unknown, given: unknown): PreparedWebhook {
  const options = checkedOptions(isPivot, given);
  const { clock = systemClock } = options;
  const optionTexts = textsOf(isPivot, options);
  const inputs = inputsOf(options);
  const { report } = runGuarded(core.run, Operation.Prepare, optionTexts, NO_BYTES, inputs);
  const description = parseReport<Description>(report);

  function openWith(value: unknown): OpenedWebhook {
    const { secrets, labels } = listSecrets(value);
    const secretTexts = secrets.flatMap((text, index) =>
      labels === undefined
        ? [TextTag.Secret, text]
        : [TextTag.Label, labels[index] as string, TextTag.Secret, text],
    );
    const texts = [...secretTexts, ...optionTexts];
    const run = guarded(() => core.open(texts, inputs, description.maxBody));
    return typeof run === "string" ? parseReport(run) : { run, labels: labels ?? [], clock };
  }

  if (typeof secret !== "function") {
    return { ...description, open: constant(openWith(secret)) };
  }
  if (kindOf(secret) !== "a function") {
    throw notASecret("the secret", kindOf(secret));
  }
  let opened: OpenedWebhook | undefined;
  const open = (): OpenedWebhook => {
    if (opened === undefined) {
      const value: unknown = secret();
      if (typeof value === "function") {
        throw notASecret("what the function of the secret returned", kindOf(value));
      }
      opened = openWith(value);
    }
    return opened;
  };
  return { ...description, open };
}

/**
 * A function that returns this value. It is no closure of {@link prepareWebhook}, because engines keep
 * what any closure of a function uses for as long as one of them exists: here the text of the secret.
 */
function constant<Value>(value: Value): () => Value {
  return () => value;
}

export function textsOf(isPivot: boolean, options: AnyOptions): TaggedTexts {
  const texts: TaggedTexts = [];
  if (isPivot) {
    texts.push(TextTag.Pivot, "");
  }
  if (options.dangerouslyIgnoreTimestamp === true) {
    texts.push(TextTag.IgnoreTimestamp, "");
  }
  if (options.schemes !== undefined) {
    texts.push(TextTag.SchemeList, "");
    texts.push(...options.schemes.flatMap((name) => [TextTag.Scheme, name]));
  }
  const key = keyFormat(options);
  if (key !== undefined) {
    texts.push(TextTag.KeyFormat, key);
  }
  if (options.source !== undefined) {
    texts.push(TextTag.Source, options.source);
  }
  return texts;
}

export function inputsOf({ tolerance, maxBody, maxEventAge }: AnyOptions): number[] {
  const inputs: number[] = [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
  inputs[Input.Tolerance] = numberOrNone(tolerance);
  inputs[Input.MaxBody] = numberOrNone(maxBody);
  inputs[Input.MaxEventAge] = numberOrNone(maxEventAge);
  return inputs;
}

interface ListedSecrets {
  readonly secrets: readonly string[];
  readonly labels?: readonly string[];
}

/** NaN means that there is no number, so the caller's own NaN becomes one that the core refuses. */
function numberOrNone(number: number | undefined): number {
  if (number === undefined) {
    return Number.NaN;
  }
  return Number.isNaN(number) ? -1 : number;
}

/** A copy of the given options. Each is read once, and nothing is read from a prototype. */
export function checkedOptions(isPivot: boolean, given: unknown): AnyOptions {
  const options = Object.create(null) as Record<string, unknown>;
  // Pivot signs no time that could be ignored.
  const names = Object.keys(OPTIONS).filter(
    (name) => !isPivot || name !== "dangerouslyIgnoreTimestamp",
  );
  for (const [name, value] of ownOptions(given, names)) {
    const [type, takes] = OPTIONS[name as keyof AnyOptions];
    const item: unknown = Array.isArray(value) ? itemsOf(value) : value;
    if (!isOfType(item, type)) {
      throw new TypeError(`option ${name} is ${kindOf(item)}; it takes ${takes}`);
    }
    options[name] = item;
  }
  return options;
}

function keyFormat({ key, format }: AnyOptions): KeyFormat | undefined {
  if (format === undefined) {
    return key;
  }
  if (format !== "raw") {
    throw new TypeError(
      'option format takes "raw" alone; for other key formats there is option key',
    );
  }
  if ((key ?? "text") !== "text") {
    throw new TypeError('option format is "raw", which is key "text", but option key differs');
  }
  return "text";
}

function isOfType(value: unknown, type: string): boolean {
  return Array.isArray(value)
    ? type === "array" && value.every((item) => typeof item === "string")
    : type === typeof value && kindOf(value) !== "an async function";
}

export function listSecrets(secret: unknown): ListedSecrets {
  if (typeof secret === "string") {
    return { secrets: [secretText(secret, "the secret")] };
  }
  if (secret === undefined || secret === null) {
    return { secrets: [] };
  }
  if (Array.isArray(secret)) {
    const present = itemsOf(secret).filter(isPresent);
    return { secrets: present.map((item, index) => secretText(item, `secret ${index + 1}`)) };
  }
  // Not a Map, a Promise or bytes: their own keys are not labels.
  if (Object.prototype.toString.call(secret) === "[object Object]") {
    const entries = Object.entries(secret).filter(([, item]) => isPresent(item));
    return {
      // The core refuses an empty label, and a lone surrogate has no UTF-8.
      labels: entries.map(([label]) => (label.isWellFormed() ? label : "")),
      secrets: entries.map(([, item], index) => secretText(item, `secret ${index + 1}`)),
    };
  }
  throw notASecret("the secret", kindOf(secret));
}

function isPresent(secret: unknown): boolean {
  return secret !== undefined && secret !== null;
}

function secretText(secret: unknown, which: string): string {
  if (typeof secret !== "string") {
    throw notASecret(which, kindOf(secret));
  }
  // A lone surrogate has no UTF-8. The core refuses a control character in its place.
  return secret.isWellFormed() ? secret : secret.replace(/\p{Surrogate}/gu, "\0");
}

function notASecret(which: string, kind: string): TypeError {
  return new TypeError(
    `${which} is ${kind}; pass the signing secret as the settings page shows it: a string, an array ` +
      "of strings, an object from label to string, or a function that returns one of these",
  );
}
