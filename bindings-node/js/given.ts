/** Checks the values that a caller passes in: their kinds, and the names of options. */

/**
 * The options that are set, each read once from the object's own properties.
 *
 * @throws TypeError for a value that is not an object, and for a name that is not in `names`.
 * @internal
 */
export function ownOptions(
  given: unknown,
  names: readonly string[],
): [name: string, value: unknown][] {
  if (given === undefined) {
    return [];
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new TypeError(`options is ${kindOf(given)}; pass an object, such as { ${names[0]}: … }`);
  }
  const entries = Object.entries(given);
  for (const [name] of entries) {
    if (!names.includes(name)) {
      const near = names.find((known) => isNear(known, name));
      const advice =
        near === undefined ? `there are: ${names.join(", ")}` : `did you mean ${near}?`;
      throw new TypeError(`there is no option ${JSON.stringify(name)}; ${advice}`);
    }
  }
  return entries.filter(([, value]) => value !== undefined);
}

/** Whether two names differ only in case, in separators and in at most two adjacent letters. */
function isNear(known: string, written: string): boolean {
  const [one, other] = [known, written].map((name) => name.toLowerCase().replace(/[-_]/g, ""));
  const [a, b] = [one as string, other as string];
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return Math.max(a.length, b.length) - start - end <= 2;
}

/**
 * A field of an object: its own, or one of its class, such as those of a `Request`. What every object
 * inherits is left out, because a polluted prototype must not supply a field.
 *
 * @internal
 */
export function fieldOf<Given extends object, Name extends keyof Given>(
  given: Given,
  name: Name,
): Given[Name] | undefined {
  let owner: object | null = given;
  while (owner !== null && !Object.hasOwn(owner, name)) {
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  const isInheritedByAll =
    owner !== null && owner !== given && Object.getPrototypeOf(owner) === null;
  return isInheritedByAll ? undefined : given[name];
}

/**
 * A copy of an array, from its own items: a subclass may have other methods and another iterator.
 *
 * @internal
 */
export function itemsOf(array: readonly unknown[]): unknown[] {
  return Array.from({ length: array.length }, (_, index) => array[index]);
}

/**
 * Whether a value is a `Uint8Array`. In jest's jsdom environment the bytes of Node's servers are of
 * another class than the global one, so that `instanceof` doesn't hold.
 *
 * @internal
 */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && kindOf(value) === "a Uint8Array";
}

/**
 * The kind of a value for a message, with its article and without its content.
 *
 * @internal
 */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) {
    return `${value as null | undefined}`;
  }
  if (Array.isArray(value)) {
    return "an array";
  }
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === "AsyncFunction") {
    return "an async function";
  }
  const kind = typeof value === "object" ? tag : typeof value;
  return `${/^[aeio]/i.test(kind) ? "an" : "a"} ${kind === "Object" ? "object" : kind}`;
}
