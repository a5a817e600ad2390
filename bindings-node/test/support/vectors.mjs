// Runs one case of test-vectors with every form of headers and body that a host may pass. The file does
// not need Node: it also runs inside workerd.

const STATUS = {
  secret_empty: 500,
  secret_malformed: 500,
  secret_weak: 500,
  config_invalid: 500,
  payload_too_large: 413,
  header_missing: 401,
  header_duplicated: 401,
  header_malformed: 401,
  timestamp_malformed: 401,
  too_many_signatures: 401,
  signature_mismatch: 401,
  timestamp_too_old: 401,
  timestamp_too_new: 401,
  payload_malformed: 400,
  event_malformed: 400,
  event_type_mismatch: 400,
  internal: 500,
};

/** The fields of each sender's events, in order; `extra`, `idempotencyKey` and `delivery` follow. */
const FIELDS = {
  pivotal: [
    ...["id", "type", "created_at", "org_id", "livemode", "api_version"],
    ...["data", "object", "previous_attributes"],
  ],
  pivot: ["id", "type", "subject", "created_at", "org_id", "space_id", "data", "object"],
};

/** The wrong answers of the package to a case, one line each; in these shapes of headers and body. */
export function problemsOf(pkg, testCase, isWanted = () => true) {
  const problems = [];
  for (const [shape, outcome] of outcomesOf(pkg, testCase, isWanted)) {
    const problem = problemOf(outcome, testCase.expect);
    if (problem !== undefined) {
      problems.push(`${shape}: ${problem}`);
    }
  }
  return problems;
}

/** The error that a case ends in; for tests of what an error shows. */
export function errorOf(pkg, testCase) {
  const [[, outcome]] = outcomesOf(pkg, testCase);
  return outcome.thrown;
}

export function webhookOf(pkg, testCase) {
  const { webhook, now } = testCase;
  const options = {
    schemes: webhook.schemes,
    tolerance: webhook.tolerance,
    ...(webhook.ignore_timestamp && { dangerouslyIgnoreTimestamp: true }),
    maxBody: webhook.max_body,
    key: webhook.key,
    maxEventAge: webhook.max_event_age,
    source: webhook.source,
    clock: now === undefined ? undefined : () => now,
  };
  const secret = secretOf(webhook.secrets);
  return webhook.endpoint === "pivot"
    ? pkg.Webhook.pivot(secret, options)
    : new pkg.Webhook(secret, options);
}

export function textOf(text) {
  if (typeof text === "string") return text;
  return text.map(([piece, times]) => piece.repeat(times)).join("");
}

export function bytesOf({ utf8, hex }) {
  if (utf8 !== undefined) return new TextEncoder().encode(textOf(utf8));
  return Uint8Array.from(hex.match(/../g), (byte) => Number.parseInt(byte, 16));
}

export function secretOf(secrets) {
  const texts = secrets.map(({ secret }) => secret);
  const labels = secrets.flatMap(({ label }) => (label === undefined ? [] : [label]));
  if (labels.length === 0) {
    return texts.length === 1 ? texts[0] : texts;
  }
  const labelled = Object.fromEntries(labels.map((label, index) => [label, texts[index]]));
  if (Object.keys(labelled).join() !== labels.join() || labels.length !== texts.length) {
    throw new Error("an object from label to secret can't say this case's secrets");
  }
  return labelled;
}

function outcomesOf(pkg, testCase, isWanted = () => true) {
  let webhook;
  const construction = outcomeOf(pkg, () => {
    webhook = webhookOf(pkg, testCase);
    return {};
  });
  if (testCase.do === "construct" || webhook === undefined) {
    return [["construct", construction]];
  }
  const attempts = attemptsOf(pkg, webhook, testCase).filter(([shape]) => isWanted(shape));
  return attempts.map(([shape, attempt]) => [shape, outcomeOf(pkg, attempt)]);
}

function attemptsOf(pkg, webhook, testCase) {
  const verb = testCase.do;
  const bytes = bytesOf(testCase.body);
  const bodies = bodyShapes(bytes);
  if (verb === "restore") {
    return bodies
      .filter(([, body]) => typeof body === "string" || body instanceof Uint8Array)
      .map(([shape, body]) => [shape, () => restored(pkg, testCase, bytes, body)]);
  }
  if (verb === "sign") {
    const { id, timestamp, scheme } = testCase.sign;
    return bodies.map(([shape, body]) => [
      shape,
      () => ({ signature: webhook.sign(id, timestamp, body, { scheme }) }),
    ]);
  }
  const run = {
    verify: (body, headers) => verified(webhook.verify(body, headers), bytes),
    unwrap: (body, headers) => {
      const event = webhook.unwrap(body, headers);
      const delivery = webhook.verifySignature(body, headers);
      const facts = unwrapped(pkg, testCase, bytes, event, delivery);
      const dump = pkg.dump(event);
      const again = restored(pkg, testCase, dump, dump);
      return same(again, facts) ? facts : { again, facts };
    },
    verify_signature: (body, headers) => facts(webhook.verifySignature(body, headers)),
  }[verb];
  const pairs = testCase.headers.map(([name, value]) => [name, textOf(value)]);
  return [
    ...headerShapes(pairs).map(([shape, headers]) => [shape, () => run(bytes, headers)]),
    ...bodies.map(([shape, body]) => [shape, () => run(body, pairs)]),
  ];
}

export function headerShapes(pairs) {
  const exact = Object.groupBy
    ? Object.groupBy(pairs, ([name]) => name)
    : pairs.reduce((groups, pair) => {
        groups[pair[0]] = [...(groups[pair[0]] ?? []), pair];
        return groups;
      }, Object.create(null));
  const arrays = Object.entries(exact).map(([name, same]) => [name, same.map((pair) => pair[1])]);
  const shapes = [
    ["pairs", pairs],
    ["an iterator of pairs", { [Symbol.iterator]: () => pairs.values() }],
    ["arrays, as in IncomingHttpHeaders", Object.fromEntries(arrays)],
    ["a Map of arrays", new Map(arrays)],
  ];
  if (new Set(pairs.map(([name]) => asciiLower(name))).size === pairs.length) {
    shapes.push(
      ["an object", Object.fromEntries(pairs)],
      ["an object, upper case", Object.fromEntries(pairs.map(([k, v]) => [asciiUpper(k), v]))],
      ["a Map", new Map(pairs)],
    );
    if (pairs.every(fitsInHeaders)) {
      shapes.push(["Headers", new Headers(pairs)]);
    }
  }
  return shapes;
}

function bodyShapes(bytes) {
  const roomy = new Uint8Array(bytes.length + 16).fill(0x20);
  roomy.set(bytes, 8);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const shapes = [
    ["a Uint8Array", bytes],
    ["a view at an offset", roomy.subarray(8, 8 + bytes.length)],
    ["a DataView", new DataView(roomy.buffer, 8, bytes.length)],
    ["an ArrayBuffer", roomy.buffer.slice(8, 8 + bytes.length)],
    ["a view of a SharedArrayBuffer", shared],
    ["a SharedArrayBuffer", shared.buffer],
  ];
  if (typeof Buffer !== "undefined") {
    shapes.push(["a Buffer", Buffer.from(bytes)]);
  }
  const text = utf8Text(bytes);
  if (text !== undefined) {
    shapes.push(["a string", text]);
  }
  return shapes;
}

function fitsInHeaders([name, value]) {
  return (
    /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) &&
    /^[\t\x20-\x7e]*$/.test(value) &&
    value === value.trim()
  );
}

function utf8Text(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// `toUpperCase` would turn look-alikes into ASCII letters.
function asciiUpper(text) {
  return text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

function asciiLower(text) {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function verified(value, bytes) {
  const text = utf8Text(bytes);
  const expected = text === "" ? null : JSON.parse(text);
  return same(value, expected) ? {} : { value, expected };
}

/** The expectation of the case if the event equals the one in the body, otherwise the event. */
function unwrapped(pkg, { webhook, expect: { ok } }, bytes, event, delivery) {
  if (ok === undefined) return event;
  const sent = JSON.parse(utf8Text(bytes));
  const { data } = sent;
  const record = Object.entries(ok.object === "data" ? data : data.object);
  const named = (name) => (Object.hasOwn(ok.renamed, name) ? ok.renamed[name] : name);
  const values = {
    ...ok,
    subject: ok.subject && { ...sent.subject, ...ok.subject },
    data,
    object: Object.fromEntries(record.map(([name, value]) => [named(name), value])),
    previous_attributes: ok.previous_attributes ? data.previous_attributes : null,
  };
  const expected = {
    ...Object.fromEntries(FIELDS[webhook.endpoint].map((field) => [field, values[field]])),
    extra: Object.fromEntries(ok.extra.map((name) => [name, sent[name]])),
    idempotencyKey: ok.idempotency_key,
    delivery,
  };
  const types = webhook.endpoint === "pivot" ? pkg.PIVOT_EVENT_TYPES : pkg.PIVOTAL_EVENT_TYPES;
  const right =
    types.includes(ok.type) === ok.listed &&
    same(event, expected) &&
    // The order must be the same too.
    JSON.stringify(event) === JSON.stringify(expected);
  return right ? ok : { event, expected };
}

/** What the dump of an event comes to. The event must give the same dump again. */
function restored(pkg, testCase, bytes, dump) {
  const event = pkg.restoreTrusted(dump, { sender: testCase.webhook.endpoint });
  if (!event.delivery.isRestored || utf8Text(pkg.dump(event)) !== utf8Text(bytes)) {
    return { event };
  }
  const body = bytes.subarray(bytes.indexOf(10) + 1);
  return unwrapped(pkg, testCase, body, event, event.delivery);
}

function facts({ scheme, id, timestamp, label, unauthenticated }) {
  const { eventType: event_type, deliveryId: delivery_id } = unauthenticated;
  return { scheme, id, timestamp, label, event_type, delivery_id };
}

function outcomeOf(pkg, attempt) {
  try {
    return { ok: attempt() };
  } catch (thrown) {
    if (!isOfItsClass(pkg, thrown)) {
      return { thrown, foreign: `${thrown?.stack ?? thrown}` };
    }
    const { code, header, path, reason, skew, tolerance } = thrown;
    return { thrown, error: { code, header, path, reason, skew, tolerance } };
  }
}

/** Whether it is an error of this package, and of the class that belongs to its code. */
function isOfItsClass(pkg, thrown) {
  if (thrown?.code?.startsWith("dump_") === true) return thrown instanceof pkg.DumpError;
  const isConfiguration = /^(secret_|config_)/.test(thrown?.code);
  return (
    thrown instanceof pkg.WebhookError &&
    thrown instanceof pkg.WebhookConfigurationError === isConfiguration &&
    thrown instanceof pkg.WebhookVerificationError === !isConfiguration &&
    thrown.name === `Webhook${isConfiguration ? "Configuration" : "Verification"}Error`
  );
}

function problemOf(outcome, expected) {
  if (outcome.foreign !== undefined) {
    return `threw an error of another class: ${outcome.foreign}`;
  }
  if (expected.error === undefined) {
    return same(outcome.ok, expected.ok) ? undefined : difference(outcome, expected);
  }
  const { code, header, path, reason, skew, tolerance } = expected.error;
  if (!same(outcome.error, { code, header, path, reason, skew, tolerance })) {
    return difference(outcome, expected);
  }
  const { status, message, help } = outcome.thrown;
  if (!code.startsWith("dump_") && status !== STATUS[code]) return `status ${status}`;
  if (!message.endsWith(` (${code})`) || message.length < code.length + 10) {
    return `message ${message}`;
  }
  return typeof help === "string" && help.length > 10 ? undefined : `help ${help}`;
}

function difference({ ok, error }, expected) {
  return `expected ${JSON.stringify(expected)}, got ${JSON.stringify(error ? { error } : { ok })}`;
}

function same(one, other) {
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) {
    return Object.is(one, other);
  }
  const keys = Object.keys(one);
  return (
    Array.isArray(one) === Array.isArray(other) &&
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]))
  );
}
