// Compares a verification with other packages: `node bindings-node/bench/peers.mjs`, after a build of
// both packages.
//
// All of them verify the same delivery: bytes, and the twelve headers of a request in a plain object
// with names in lower case, as Node passes them. Each is called with its default options:
// `verifySignature` here, and `verify` of npm's `svix` and `standardwebhooks`, which includes
// JSON.parse. Another row has `standardwebhooks` without JSON.parse. The row "by hand" is a careful
// receiver with Node's own crypto: a KeyObject, a check of the time, a constant-time comparison.
//
// The calls are interleaved in slices, so that a busy machine slows all of them and the ratios stay
// the same.

import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import { writeFileSync } from "node:fs";
import * as native from "pivotal-webhooks";
import * as wasm from "pivotal-webhooks-wasm";
import * as standard from "standardwebhooks";
import * as svix from "svix";

const SIZES = [150, 1024, 16 * 1024, 1024 * 1024];
const ROUNDS = 61;
const SLICE = 1_500_000; // nanoseconds
const WARMING = 200; // slices

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const KEY = createSecretKey(Buffer.from(SECRET.slice("whsec_".length), "base64"));

const CASES = {
  svix: verifierOf(new svix.Webhook(SECRET), "verify"),
  standardwebhooks: verifierOf(new standard.Webhook(SECRET), "verify", "webhook"),
  "- without parsing": verifierOf(new standard.Webhook(SECRET), "verify", "webhook", {
    jsonParse: false,
  }),
  "by hand": byHand,
  native: verifierOf(new native.Webhook(SECRET, { maxBody: 2 ** 21 }), "verifySignature"),
  wasm: verifierOf(new wasm.Webhook(SECRET, { maxBody: 2 ** 21 }), "verifySignature"),
  "native, verify": verifierOf(new native.Webhook(SECRET, { maxBody: 2 ** 21 }), "verify"),
  "wasm, verify": verifierOf(new wasm.Webhook(SECRET, { maxBody: 2 ** 21 }), "verify"),
};

function verifierOf(webhook, method, family = "svix", options) {
  return options === undefined
    ? ({ body, headers }) => webhook[method](body, headers[family])
    : ({ body, headers }) => webhook[method](body, headers[family], options);
}

function byHand({ body, headers: { svix: headers } }) {
  const [id, timestamp] = [headers["svix-id"], headers["svix-timestamp"]];
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) {
    throw new Error("too old or too new");
  }
  const mac = createHmac("sha256", KEY).update(`${id}.${timestamp}.`).update(body).digest();
  for (const entry of headers["svix-signature"].split(" ")) {
    const [version, signature] = entry.split(",");
    const received = Buffer.from(signature, "base64");
    if (version === "v1" && received.length === mac.length && timingSafeEqual(received, mac)) {
      return;
    }
  }
  throw new Error("no signature fits");
}

/** An event of about this many bytes: a small one, or one whose metadata fills it up. */
function eventOf(size) {
  const object = { id: "cus_2N", name: "Acme Corp", churned: true, health_score: 12, metadata: {} };
  const event = {
    id: "evt_2nQv8c9aZmYHKr1",
    type: "customer.churned",
    created_at: "2026-05-26T18:42:00.000Z",
    data: { object },
  };
  let length = JSON.stringify(event).length;
  for (let number = 1; length < size; number += 1) {
    const site = { name: `Zürich ${number}`, seats: number * 7, trial: number % 2 === 0 };
    object.metadata[`site_${number}`] = site;
    length += JSON.stringify({ [`site_${number}`]: site }).length;
  }
  return Buffer.from(JSON.stringify(event));
}

/** A genuine delivery in both families of names. */
function deliveryOf(body) {
  const now = Math.floor(Date.now() / 1000);
  const headersOf = (family) => ({
    host: "receiver.example",
    "user-agent": "Pivotal-Webhooks/1.0",
    accept: "*/*",
    "accept-encoding": "gzip",
    "content-type": "application/json",
    "content-length": `${body.length}`,
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-proto": "https",
    "x-request-id": "7b0e2c1a-0f6d-4e0b-9a50-2f7c1f0a5d11",
    [`${family}-id`]: ID,
    [`${family}-timestamp`]: `${now}`,
    [`${family}-signature`]: new native.Webhook(SECRET).sign(ID, now, body),
  });
  return { body, headers: { svix: headersOf("svix"), webhook: headersOf("webhook") } };
}

/** What `cargo xtask bench` reads: for each size and case the nanoseconds per call of every round. */
const table = {
  name: "node",
  about:
    "`native` and `wasm` are `verifySignature` of this package, `by hand` is a receiver that calls " +
    "Node's `createHmac`, and the others are packages from npm with their default options, which " +
    "parse the JSON too.",
  runtime: `Node ${process.versions.node}`,
  clock: "time of the process",
  rows: [],
};

/** The least nanoseconds per call of each case, and its ratio to two others. */
function measure(delivery) {
  const slices = Object.entries(CASES).map(([name, call]) => {
    const calls = Math.ceil(SLICE / slice(call, delivery, 20));
    // V8 compiles WebAssembly with optimisations only after many calls.
    for (let warm = 0; warm < WARMING; warm += 1) slice(call, delivery, calls);
    return [name, call, Math.ceil(SLICE / slice(call, delivery, calls))];
  });
  const rounds = Array.from({ length: ROUNDS }, () =>
    Object.fromEntries(slices.map(([name, call, calls]) => [name, slice(call, delivery, calls)])),
  );
  for (const name of Object.keys(CASES)) {
    const ofCase = rounds.map((round) => round[name]);
    table.rows.push({ bytes: delivery.body.length, case: name, rounds: ofCase });
  }
  return Object.keys(CASES).map((name) => {
    const times = (other) => median(rounds.map((round) => round[other] / round[name])).toFixed(2);
    const least = Math.min(...rounds.map((round) => round[name]));
    return [name, Math.round(least), times("svix"), times("by hand")];
  });
}

/** Nanoseconds per call, of the process's own time. */
function slice(call, delivery, calls) {
  const start = process.cpuUsage();
  for (let count = 0; count < calls; count += 1) call(delivery);
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / calls;
}

function median(values) {
  return values.sort((one, other) => one - other)[values.length >> 1];
}

const print = ([name, ...cells]) =>
  console.log(`${name}`.padEnd(20), ...cells.map((cell) => `${cell}`.padStart(12)));

for (const size of SIZES) {
  const body = eventOf(size);
  print([`${body.length} bytes`, "ns", "svix / it", "by hand / it"]);
  for (const row of measure(deliveryOf(body))) print(row);
}

if (process.env.PIVOTAL_BENCH_RESULTS !== undefined) {
  writeFileSync(process.env.PIVOTAL_BENCH_RESULTS, JSON.stringify([table]));
}
