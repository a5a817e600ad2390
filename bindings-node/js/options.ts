/** What a webhook is configured with. */

import { Ask, core, numbers, OpenText, type Verifier } from "./core.js";
import { parseReport, guarded } from "./errors.js";
import type { Scheme } from "./schemes.js";
import type { Texts } from "./texts.js";

/**
 * One signing secret; several, to be tried all; or several with labels, of which
 * {@link Verified.label} names the one that matched. One that is `undefined` is refused as empty.
 */
export type WebhookSecret =
  | string
  | undefined
  | readonly (string | undefined)[]
  | { readonly [label: string]: string | undefined };

/** How the text of a secret becomes a key. */
export type KeyFormat = "auto" | "base64" | "text";

interface CommonOptions {
  /** Seconds that a signed time may be away from the clock, either way: whole, 0 to 3600. Default: 300. */
  readonly tolerance?: number | undefined;

  /** The longest body that is looked at, in bytes: 1 to 1 073 741 824. Default: 1 048 576 (1 MiB). */
  readonly maxBody?: number | undefined;

  /**
   * How the text of a secret becomes a key. Default: `auto`, each scheme by its own rule. `base64`
   * decodes the text, `text` takes its UTF-8 bytes, in every scheme.
   */
  readonly key?: KeyFormat | undefined;

  /** `raw` is `key: "text"`, as the libraries of Svix and Standard Webhooks call it. */
  readonly format?: "raw" | undefined;

  /** The time in Unix seconds, asked once per delivery. Default: the system's clock. */
  readonly clock?: (() => number) | undefined;
}

/** The options of a Pivotal endpoint. */
export interface WebhookOptions extends CommonOptions {
  /** The accepted schemes. Default: all that a Pivotal endpoint may send. */
  readonly schemes?: readonly Exclude<Scheme, "pivot">[] | undefined;

  /** Accepts a delivery however old it is, so that anyone who recorded it can send it again. Default: `false`. */
  readonly dangerouslyIgnoreTimestamp?: boolean | undefined;
}

/** The options of a Pivot endpoint. */
export interface PivotWebhookOptions extends CommonOptions {
  /**
   * Seconds that may have passed since the time that the event itself names (its `timestamp`, RFC
   * 3339): whole, 1 to 31 536 000. Default: any, as no time is signed beside the body.
   */
  readonly maxEventAge?: number | undefined;
}

interface AnyOptions extends WebhookOptions, PivotWebhookOptions {}

/** The type of each option, with its article; whether its value makes sense is the core's to say. */
const OPTION_TYPES: { readonly [name in keyof Required<AnyOptions>]: string } = {
  schemes: "an array of strings",
  tolerance: "a number",
  dangerouslyIgnoreTimestamp: "a boolean",
  maxBody: "a number",
  key: "a string",
  format: "a string",
  maxEventAge: "a number",
  clock: "a function",
};

function systemClock(): number {
  return Date.now() / 1000;
}

interface Description {
  readonly schemes: readonly string[];
  readonly maxBody: number;
}

/** A verifier, and what goes with it. */
export interface Opened extends Description {
  readonly verifier: Verifier;
  readonly labels: readonly string[];
  readonly clock: () => number;
}

/** Opens a verifier in the core; its secrets leave JavaScript here. */
export function openVerifier(pivot: boolean, secret: unknown, given: object): Opened {
  const options = checkedOptions(given);
  const { secrets, labels } = listedSecrets(secret);
  const key = keyFormat(options);

  const texts: Texts = secrets.flatMap((text, at) =>
    labels === undefined
      ? [OpenText.secret, text]
      : [OpenText.label, labels[at], OpenText.secret, text],
  );
  if (options.schemes !== undefined) {
    texts.push(OpenText.schemes, "");
    texts.push(...options.schemes.flatMap((name) => [OpenText.scheme, name]));
  }
  if (key !== undefined) {
    texts.push(OpenText.key, key);
  }
  numbers.set([options.tolerance, options.maxBody, options.maxEventAge].map(numberOrNone));

  const ignoreTimestamp = options.dangerouslyIgnoreTimestamp ?? false;
  const verifier = guarded(() => core.open(pivot, ignoreTimestamp, texts));
  if (typeof verifier === "string") {
    return parseReport(verifier);
  }
  const description = guarded(() => verifier(Ask.description, new Uint8Array(), []));
  return {
    verifier,
    ...parseReport<Description>(description),
    labels: labels ?? [],
    clock: options.clock ?? systemClock,
  };
}

/** NaN is for none: another number that is refused wherever it stands takes its place. */
function numberOrNone(number: number | undefined): number {
  if (number === undefined) {
    return Number.NaN;
  }
  return Number.isNaN(number) ? -1 : number;
}

/** The given options, each read once. A mistyped one is refused: its default must not stay in force. */
function checkedOptions(given: unknown): AnyOptions {
  if (typeof given !== "object" || given === null) {
    throw new TypeError("options is not an object");
  }
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(OPTION_TYPES, name)) {
      throw new TypeError(`there is no option ${JSON.stringify(name)}`);
    }
    const type = OPTION_TYPES[name as keyof AnyOptions];
    const item: unknown = Array.isArray(value) ? Array.from(value) : value;
    if (item !== undefined && !isOfType(item, type)) {
      throw new TypeError(`option ${name} is not ${type}`);
    }
    options[name] = item;
  }
  return options;
}

function keyFormat({ key, format }: AnyOptions): KeyFormat | undefined {
  if (format === undefined) {
    return key;
  }
  if (format !== "raw" || (key ?? "text") !== "text") {
    throw new TypeError('option format is not "raw", or option key says otherwise');
  }
  return "text";
}

function isOfType(value: unknown, type: string): boolean {
  return Array.isArray(value)
    ? type === OPTION_TYPES.schemes && value.every((item) => typeof item === "string")
    : type === `a ${typeof value}`;
}

function listedSecrets(secret: unknown): { secrets: string[]; labels?: string[] } {
  if (typeof secret === "string" || secret === undefined || secret === null) {
    return { secrets: [secretText(secret, 1)] };
  }
  if (Array.isArray(secret)) {
    return { secrets: Array.from(secret, (item: unknown, index) => secretText(item, index + 1)) };
  }
  // Not a Map, a Promise or bytes: their own keys are no labels.
  if (Object.prototype.toString.call(secret) === "[object Object]") {
    const entries = Object.entries(secret as object);
    return {
      labels: entries.map(([label]) => label),
      secrets: entries.map(([, item], index) => secretText(item, index + 1)),
    };
  }
  throw notASecret("secret");
}

function secretText(secret: unknown, position: number): string {
  if (secret === undefined || secret === null) {
    return "";
  }
  if (typeof secret !== "string") {
    throw notASecret(`secret ${position}`);
  }
  // A lone surrogate has no UTF-8; a control character is refused like it, and never becomes a key.
  return secret.isWellFormed() ? secret : secret.replace(/\p{Surrogate}/gu, "\0");
}

function notASecret(what: string): TypeError {
  return new TypeError(
    `${what} is not a string; pass the signing secret as its settings page shows it, or an array ` +
      "or an object of them",
  );
}
