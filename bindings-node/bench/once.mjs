// Measures what the option `once` costs per event with the memory store, and how many bytes the store
// needs to remember one: `node bindings-node/bench/once.mjs`, after a build of the package.
//
// All cases take turns, slice by slice, and the processor time of the process is counted.

import { createHash } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Webhook } from "pivotal-webhooks";
import { MemoryStore, Once } from "pivotal-webhooks/idempotency";
import { receiver } from "pivotal-webhooks/receiving";

const SIZE = 1024;
const DIFFERENT = 64;
const ROUNDS = 31;
const CALLS = 1000;
const LEASE = 60_000;
const WEEK = 604_800_000;
/** By the clock of the store that is filled, which remembers tokens for up to two minutes. */
const EVENTS_PER_SECOND = 17;
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const NOW = 1_774_000_000;
const webhook = new Webhook(SECRET, { clock: () => NOW });

/** Genuine deliveries of different events. */
const deliveries = Array.from({ length: DIFFERENT }, (_, number) => {
  const object = { id: "cus_2N", name: "Acme Corp", health_score: 38 };
  const event = { id: `evt_${number}`, type: "customer.at_risk", data: { object } };
  const body = Buffer.alloc(SIZE, " ");
  body.write(JSON.stringify(event));
  const signature = webhook.sign("msg_1", NOW, body);
  return {
    body,
    headers: { "svix-id": "msg_1", "svix-timestamp": `${NOW}`, "svix-signature": signature },
  };
});
const EVENTS = deliveries.map(({ body, headers }) => webhook.unwrap(body, headers));
const KEYS = EVENTS.map((event) => event.idempotencyKey);

/** A memory store that has forgotten all events when the first one comes again. */
function forgetful() {
  let time = 0;
  return new MemoryStore({ clock: () => (time += WEEK / 1000) });
}

function nothing() {}

const plain = receiver(webhook, nothing, { onOutcome: nothing });
const once = receiver(webhook, nothing, { onOutcome: nothing, once: forgetful() });
const store = forgetful();
const alone = new Once(forgetful());
const run = async () => {};

const CASES = {
  "store: claim, complete": (number) => {
    store.claim(KEYS[number], "a", LEASE);
    store.complete(KEYS[number], "a", WEEK);
  },
  unwrap: (number) => {
    const { body, headers } = deliveries[number];
    return webhook.unwrap(body, headers);
  },
  "Once.run": (number) => alone.run({ event: EVENTS[number], run }),
  receiver: (number) => plain({ method: "POST", ...deliveries[number] }),
  "receiver, memory store": (number) => once({ method: "POST", ...deliveries[number] }),
};

/** Nanoseconds of processor per call. */
async function slice(call) {
  const start = process.cpuUsage();
  for (let count = 0; count < CALLS; count += 1) {
    const given = call(count % DIFFERENT);
    if (given instanceof Promise) await given;
  }
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / CALLS;
}

const least = new Map();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, call] of Object.entries(CASES)) {
    const spent = await slice(call);
    least.set(name, Math.min(spent, least.get(name) ?? Infinity));
  }
}
console.log(`Node ${process.version}, events of ${SIZE} B`);
for (const [name, spent] of least) {
  console.log(name.padEnd(24), `${spent.toFixed(0)} ns`.padStart(10));
}
const more = least.get("receiver, memory store") - least.get("receiver");
console.log(`${"more by the store".padEnd(24)} ${`${more.toFixed(0)} ns`.padStart(10)}`);

/** Bytes of the heap per event. A `Map` doubles its room when it is full. */
function bytesPerEvent(events) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  let operations = 0;
  const store = new MemoryStore({ clock: () => (operations += 1) / (2 * EVENTS_PER_SECOND) });
  const before = used();
  for (let number = 0; number < events; number += 1) {
    const digest = createHash("sha256").update(`${number}`).digest("hex");
    const key = `pivotal_${digest.slice(0, 32)}`;
    const token = crypto.randomUUID();
    store.claim(key, token, LEASE);
    store.complete(key, token, WEEK);
  }
  return (used() - before) / store.size;
}

for (const events of [500_000, 600_000, 1_000_000]) {
  const name = `${events} events in memory`;
  console.log(name.padEnd(24), `${bytesPerEvent(events).toFixed(0)} B`.padStart(10), "each");
}
