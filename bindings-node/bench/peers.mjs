// Compares a verification with other packages: `node bindings-node/bench/peers.mjs`, after a build of
// both packages and `npm ci` in this folder.
//
// All of them verify the same bytes, and get the twelve headers of a request in a plain object with
// names in lower case, as Node passes them. `stripe` and `@octokit/webhooks-methods` have schemes of
// their own, so each has its own header. Each is called with its default options: `verifySignature`
// here, and `verify` of npm's `svix` and `standardwebhooks`, which includes JSON.parse. Another row has
// `standardwebhooks` without JSON.parse. The row "by hand" is a careful receiver with Node's own crypto:
// a KeyObject, a check of the time, a constant-time comparison. "WebCrypto" is the same with
// `crypto.subtle.verify`, which is awaited.
//
// The calls are interleaved in slices, so that a busy machine slows all of them and the ratios stay
// the same.

import { createHmac, createSecretKey, timingSafeEqual, webcrypto } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as octokit from "@octokit/webhooks-methods";
import * as native from "pivotal-webhooks";
import * as wasm from "pivotal-webhooks-wasm";
import * as standard from "standardwebhooks";
import Stripe from "stripe";
import * as svix from "svix";
import {
  awaitedSlice,
  eventOf,
  median,
  OTHER_HEADERS,
  ROUNDS,
  SIZES,
  SLICE,
  slice,
  tableOf,
  write,
} from "./delivery.mjs";

const WARMING = 300_000_000; // nanoseconds

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const BYTES = keyBytes(SECRET);
const OPTIONS = { maxBody: 2 ** 21 };
const stripe = new Stripe("sk_test_none").webhooks.signature;

const subtleKey = await webcrypto.subtle.importKey(
  "raw",
  BYTES,
  { name: "HMAC", hash: "SHA-256" },
  false,
  ["verify"],
);

/** Each returns whether the delivery is genuine, or throws. */
const CASES = {
  svix: verifierOf(new svix.Webhook(SECRET), "verify"),
  standardwebhooks: verifierOf(new standard.Webhook(SECRET), "verify", "webhook"),
  "- without parsing": verifierOf(new standard.Webhook(SECRET), "verify", "webhook", {
    jsonParse: false,
  }),
  stripe: ({ body, headers }) => stripe.verifyHeader(body, headers.stripe, SECRET),
  octokit: ({ text, headers }) => octokit.verify(SECRET, text, headers.octokit),
  WebCrypto: byWebCrypto,
  "by hand": byHand(createSecretKey(BYTES)),
  native: verifierOf(new native.Webhook(SECRET, OPTIONS), "verifySignature"),
  wasm: verifierOf(new wasm.Webhook(SECRET, OPTIONS), "verifySignature"),
  "native, verify": verifierOf(new native.Webhook(SECRET, OPTIONS), "verify"),
  "wasm, verify": verifierOf(new wasm.Webhook(SECRET, OPTIONS), "verify"),
};
const AWAITED = new Set(["octokit", "WebCrypto"]);

/** What is called for a delivery that is signed with the second of two secrets. */
const TWO_SECRETS = {
  svix: eitherOf(new svix.Webhook(OTHER_SECRET), new svix.Webhook(SECRET)),
  "by hand": byHand(createSecretKey(keyBytes(OTHER_SECRET)), createSecretKey(BYTES)),
  native: verifierOf(new native.Webhook([OTHER_SECRET, SECRET], OPTIONS), "verifySignature"),
  wasm: verifierOf(new wasm.Webhook([OTHER_SECRET, SECRET], OPTIONS), "verifySignature"),
};

/** What a call of this package costs without a body. */
const EMPTY = {
  "native, empty body": verifierOf(new native.Webhook(SECRET), "verifySignature"),
  "wasm, empty body": verifierOf(new wasm.Webhook(SECRET), "verifySignature"),
};

function keyBytes(secret) {
  return Buffer.from(secret.slice("whsec_".length), "base64");
}

function verifierOf(webhook, method, family = "svix", options) {
  return options === undefined
    ? ({ body, headers }) => webhook[method](body, headers[family])
    : ({ body, headers }) => webhook[method](body, headers[family], options);
}

function eitherOf(first, second) {
  return ({ body, headers }) => {
    try {
      return first.verify(body, headers.svix);
    } catch {
      return second.verify(body, headers.svix);
    }
  };
}

function signedOf({ headers: { svix: headers } }) {
  const [id, timestamp] = [headers["svix-id"], headers["svix-timestamp"]];
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) {
    throw new Error("too old or too new");
  }
  return [`${id}.${timestamp}.`, headers["svix-signature"].split(" ")];
}

function byHand(...keys) {
  return (delivery) => {
    const [start, entries] = signedOf(delivery);
    for (const key of keys) {
      const mac = createHmac("sha256", key).update(start).update(delivery.body).digest();
      for (const entry of entries) {
        const [version, signature] = entry.split(",");
        const received = Buffer.from(signature, "base64");
        if (version === "v1" && received.length === mac.length && timingSafeEqual(received, mac)) {
          return true;
        }
      }
    }
    throw new Error("no signature fits");
  };
}

async function byWebCrypto(delivery) {
  const [start, entries] = signedOf(delivery);
  const content = Buffer.concat([Buffer.from(start), delivery.body]);
  for (const entry of entries) {
    const [version, signature] = entry.split(",");
    const received = Buffer.from(signature, "base64");
    if (version === "v1" && (await webcrypto.subtle.verify("HMAC", subtleKey, received, content))) {
      return true;
    }
  }
  throw new Error("no signature fits");
}

/** A genuine delivery of a body in every form, whose signatures were made for other bytes if wanted. */
function deliveryOf(body, signed = body) {
  const now = Math.floor(Date.now() / 1000);
  const headersOf = (family) => ({
    ...OTHER_HEADERS,
    "content-length": `${body.length}`,
    [`${family}-id`]: ID,
    [`${family}-timestamp`]: `${now}`,
    [`${family}-signature`]: new native.Webhook(SECRET).sign(ID, now, signed),
  });
  const hex = (...parts) => {
    const hmac = createHmac("sha256", SECRET);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  };
  const headers = {
    svix: headersOf("svix"),
    webhook: headersOf("webhook"),
    stripe: `t=${now},v1=${hex(`${now}.`, signed)}`,
    octokit: `sha256=${hex(signed)}`,
  };
  return { body, text: body.toString(), headers };
}

/** The same call, whose refusal is no error. */
function refusalOf(name, call) {
  return AWAITED.has(name)
    ? async (delivery) => {
        try {
          await call(delivery);
        } catch {
          // As expected.
        }
      }
    : (delivery) => {
        try {
          call(delivery);
        } catch {
          // As expected.
        }
      };
}

async function isAccepted(call, delivery) {
  try {
    return (await call(delivery)) !== false;
  } catch {
    return false;
  }
}

/** The version of an installed package, whose folder holds its manifest. */
function versionOf(name) {
  const folders = createRequire(import.meta.url).resolve.paths(name);
  const manifests = folders.map((folder) => join(folder, name, "package.json"));
  const { version } = JSON.parse(readFileSync(manifests.find(existsSync), "utf8"));
  return `${name} ${version}`;
}

const VERSIONS = ["svix", "standardwebhooks", "stripe", "@octokit/webhooks-methods"].map(versionOf);

const ABOUT =
  "`native` and `wasm` are `verifySignature` of this package. `by hand` is a receiver that calls " +
  "Node's `createHmac` with a `KeyObject`, and `WebCrypto` one that awaits `crypto.subtle.verify`. " +
  "The others are packages from npm with their default options; `svix` and `standardwebhooks` parse " +
  "the JSON too. `stripe` (`verifyHeader`) and `octokit` (`verify` of `@octokit/webhooks-methods`) " +
  `verify the schemes of their own. Versions: ${VERSIONS.join(", ")}.`;
const TABLES = {
  accepted: tableOf("node", ABOUT),
  refused: tableOf(
    "node, refused",
    "The same calls with a signature that doesn't match, and their errors.",
  ),
  secrets: tableOf(
    "node, two secrets",
    "The delivery is signed with the second of two secrets. `svix` is called once for each secret.",
  ),
};

/** Adds the rounds of each case to the table, and prints the medians. */
async function measure(table, cases, delivery, column = delivery.body.length) {
  const slices = [];
  for (const [name, call] of Object.entries(cases)) {
    const run = AWAITED.has(name) ? awaitedSlice : slice;
    const each = await run(call, delivery, 3);
    // V8 compiles WebAssembly with optimisations only after many calls.
    await run(call, delivery, Math.ceil(WARMING / each));
    slices.push([name, call, run, Math.ceil(SLICE / (await run(call, delivery, 20)))]);
  }
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, call, run, calls] of slices) {
      times[name].push(await run(call, delivery, calls));
    }
  }
  for (const [name, rounds] of Object.entries(times)) {
    table.rows.push({ column, case: name, rounds });
    const cells = [`${column} B`, `${Math.round(median(rounds))} ns`];
    console.log(cells.map((cell) => cell.padStart(14)).join(""), ` ${table.name}: ${name}`);
  }
}

for (const size of SIZES) {
  const body = eventOf(size);
  const genuine = deliveryOf(body);
  const forged = deliveryOf(body, Buffer.concat([body, Buffer.from(" ")]));
  for (const [name, call] of [...Object.entries(CASES), ...Object.entries(TWO_SECRETS)]) {
    if (!(await isAccepted(call, genuine))) throw new Error(`${name} refused a genuine delivery`);
    if (await isAccepted(call, forged)) throw new Error(`${name} accepted a forged delivery`);
  }
  await measure(TABLES.accepted, CASES, genuine);
  const refusals = Object.entries(CASES)
    .filter(([name]) => !name.endsWith("verify"))
    .map(([name, call]) => [name, refusalOf(name, call)]);
  await measure(TABLES.refused, Object.fromEntries(refusals), forged);
  await measure(TABLES.secrets, TWO_SECRETS, genuine);
  // Beside each size, because the machine's speed changes.
  await measure(TABLES.accepted, EMPTY, deliveryOf(Buffer.alloc(0)), size);
}

write(Object.values(TABLES));
