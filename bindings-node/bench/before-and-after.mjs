// Compares the calls of this build with those of an older one, in one process and in turns:
// `node bindings-node/bench/before-and-after.mjs FOLDER [bindings-wasm]`, with the folder of a clone
// of the older commit, after a build of both by `cargo xtask demo`.
//
// A request has the twelve headers that Node passes to a receiver; the cases "three headers" have
// those of the scheme alone. A figure is the median of the ratios of all rounds.

import { createRequire } from "node:module";
import { resolve } from "node:path";

const [before, name = "bindings-node"] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const load = (folder) => require(resolve(folder, name, "dist/index.cjs"));
const BUILDS = [load(before), load(resolve(import.meta.dirname, "../.."))];

const SIZES = [150, 1024];
const ROUNDS = 101;
const SLICE = 1_500_000; // nanoseconds
const WARMING = 60; // slices

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const NOW = Math.floor(Date.now() / 1000);

const CASES = {
  unwrap: (webhook, { body, headers }) => webhook.unwrap(body, headers),
  verify: (webhook, { body, headers }) => webhook.verify(body, headers),
  verifySignature: (webhook, { body, headers }) => webhook.verifySignature(body, headers),
  "verifySignature, three headers": (webhook, { body, signed }) =>
    webhook.verifySignature(body, signed),
  sign: (webhook, { body }) => webhook.sign(ID, NOW, body),
  refused,
  "refused, ten frames below": (webhook, delivery) => below(10, () => refused(webhook, delivery)),
  open: ({ constructor: Webhook }) => new Webhook(SECRET),
};

function refused(webhook, { body, forged }) {
  try {
    webhook.verifySignature(body, forged);
  } catch {
    return;
  }
  throw new Error("a forged delivery was accepted");
}

function below(frames, call) {
  return frames === 0 ? call() : below(frames - 1, call);
}

function bodyOf(size) {
  const object = { id: "cus_2N", name: "Acme Corp", churned: true, health_score: 12, sites: [] };
  const event = { id: "evt_1", type: "customer.churned", data: { object } };
  while (JSON.stringify(event).length < size) {
    object.sites.push({ name: `Zurich ${object.sites.length}`, seats: 7, trial: false });
  }
  return Buffer.from(JSON.stringify(event));
}

function deliveryOf(size) {
  const body = bodyOf(size);
  const signed = {
    "svix-id": ID,
    "svix-timestamp": `${NOW}`,
    "svix-signature": new BUILDS[0].Webhook(SECRET).sign(ID, NOW, body),
  };
  const headers = {
    host: "receiver.example",
    "user-agent": "Pivotal-Webhooks/1.0",
    accept: "*/*",
    "accept-encoding": "gzip",
    "content-type": "application/json",
    "content-length": `${body.length}`,
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-proto": "https",
    "x-request-id": "7b0e2c1a-0f6d-4e0b-9a50-2f7c1f0a5d11",
    ...signed,
  };
  return {
    body,
    headers,
    signed,
    forged: { ...headers, "svix-signature": `v1,${"A".repeat(43)}=` },
  };
}

/** Nanoseconds of processor time per call. */
function slice(call, calls) {
  const start = process.cpuUsage();
  for (let n = 0; n < calls; n += 1) {
    call();
  }
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / calls;
}

const median = (values) => [...values].sort((one, other) => one - other)[values.length >> 1];

for (const [title, run] of Object.entries(CASES)) {
  const columns = SIZES.map((size) => {
    const delivery = deliveryOf(size);
    // The clock stands still, so that a long run doesn't make the delivery too old.
    const calls = BUILDS.map(({ Webhook }) => {
      const webhook = new Webhook(SECRET, { clock: () => NOW });
      return () => run(webhook, delivery);
    });
    for (let n = 0; n < WARMING; n += 1) {
      calls.forEach((call) => slice(call, 500));
    }
    const count = Math.ceil(SLICE / slice(calls[0], 1000));
    const ratios = Array.from({ length: ROUNDS }, () => {
      const [old, now] = calls.map((call) => slice(call, count));
      return now / old;
    });
    return `${delivery.body.length} B ${median(ratios).toFixed(2)}`;
  });
  console.log(title.padEnd(32), columns.join("   "));
}
