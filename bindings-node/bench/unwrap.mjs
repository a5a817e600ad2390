// Compares `unwrap` with its two necessary parts, the check of the signature and JSON.parse:
// `node bindings-node/bench/unwrap.mjs`, after a build of both packages.
//
// The calls are interleaved in slices, so that a busy machine slows all of them and the ratio stays
// the same.

import { writeFileSync } from "node:fs";
import * as native from "pivotal-webhooks";
import * as wasm from "pivotal-webhooks-wasm";

const SIZES = [150, 1024, 16 * 1024];
const ROUNDS = 61;
const SLICE = 1_500_000; // nanoseconds

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW = 1_614_265_330;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const PARSE = "decode, parse";
const CASES = {
  verifySignature: ({ webhook, body, headers }) => webhook.verifySignature(body, headers),
  [PARSE]: ({ body }) => JSON.parse(decoder.decode(body)),
  "toString, parse": ({ body }) => JSON.parse(body.toString()),
  unwrap: ({ webhook, body, headers }) => webhook.unwrap(body, headers),
};

/** An event of about this many bytes: a small one, or one whose metadata fills it up. */
function eventOf(size) {
  const object = { id: "cus_2N", name: "Acme Corp", churned: true, health_score: 12 };
  const event = {
    id: "evt_2nQv8c9aZmYHKr1",
    type: "customer.churned",
    created_at: "2026-05-26T18:42:00.000Z",
    data: { object },
  };
  if (size > 200) {
    Object.assign(event, { org_id: "org_2bH", livemode: true, api_version: "v1" });
    event.data.previous_attributes = { plan: "growth", mrr: 1900 };
    Object.assign(object, {
      ...{ display_id: 4218, at_risk: true, owner_email: "sam@example.com", slug: "acme-corp" },
      ...{ domain: "acme.example", status: "active", plan: "enterprise", mrr: 4200 },
      ...{ created_at: "2026-01-12T09:30:00.000Z", updated_at: "2026-05-26T18:42:00.000Z" },
      metadata: {},
    });
  }
  for (let number = 1; JSON.stringify(event).length < size; number += 1) {
    const site = { name: `Zürich ${number}`, seats: number * 7, trial: number % 2 === 0 };
    object.metadata[`site_${number}`] = site;
  }
  return Buffer.from(JSON.stringify(event));
}

/** A genuine delivery among the headers that requests carry. */
function deliveryOf(pkg, body) {
  const webhook = new pkg.Webhook(SECRET, { clock: () => NOW });
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
    "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "svix-timestamp": `${NOW}`,
    "svix-signature": webhook.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", NOW, body),
  };
  return { webhook, body, headers };
}

/** What `cargo xtask bench` reads: for each size and case the nanoseconds per call of every round. */
const table = {
  name: "node, unwrap",
  about: "`unwrap` of both builds beside its two necessary parts, called one after the other.",
  runtime: `Node ${process.versions.node}`,
  clock: "time of the process",
  rows: [],
};

/** The least nanoseconds per call of each case, and the median ratio of `unwrap` to the others. */
function measure(name, delivery) {
  const slices = Object.entries(CASES).map(([name, call]) => {
    slice(call, delivery, 1000); // compiles it
    return [name, call, Math.ceil(SLICE / slice(call, delivery, 500))];
  });
  const rounds = Array.from({ length: ROUNDS }, () =>
    Object.fromEntries(slices.map(([name, call, calls]) => [name, slice(call, delivery, calls)])),
  );
  const add = (label, timeOf) =>
    table.rows.push({
      bytes: delivery.body.length,
      case: `${name}${label}`,
      rounds: rounds.map(timeOf),
    });
  add("", (round) => round.unwrap);
  add(", verifySignature and JSON.parse", (round) => round.verifySignature + round[PARSE]);
  const least = Object.keys(CASES).map((name) => Math.min(...rounds.map((round) => round[name])));
  const ratios = rounds.map((round) => round.unwrap / (round.verifySignature + round[PARSE]));
  return [...least.map(Math.round), median(ratios).toFixed(3)];
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

const print = (cells) => console.log(cells.map((cell) => `${cell}`.padStart(16)).join(""));

print(["package", "body", ...Object.keys(CASES), "ratio"]);
for (const [name, pkg] of Object.entries({ native, wasm })) {
  for (const size of SIZES) {
    const delivery = deliveryOf(pkg, eventOf(size));
    print([name, delivery.body.length, ...measure(name, delivery)]);
  }
}

if (process.env.PIVOTAL_BENCH_RESULTS !== undefined) {
  writeFileSync(process.env.PIVOTAL_BENCH_RESULTS, JSON.stringify([table]));
}
