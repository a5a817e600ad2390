// Events of a given size, and what every bench of deliveries needs: the number of rounds, a slice of
// calls, the table for `cargo xtask bench`.

import { appendFileSync } from "node:fs";

/** The measured sizes of bodies, in bytes. */
export const SIZES = [150, 1024, 16 * 1024, 256 * 1024, 1024 * 1024];

/** Fewer for a trial. */
export const ROUNDS = Number(process.env.PIVOTAL_BENCH_ROUNDS ?? 61);

/** The length of a slice, in nanoseconds of the process's time. */
export const SLICE = 1_500_000;

/** What a server adds to the headers that are signed. */
export const OTHER_HEADERS = {
  host: "receiver.example",
  "user-agent": "Pivotal-Webhooks/1.0",
  accept: "*/*",
  "accept-encoding": "gzip",
  "content-type": "application/json",
  "x-forwarded-for": "192.0.2.1",
  "x-forwarded-proto": "https",
  "x-request-id": "7b0e2c1a-0f6d-4e0b-9a50-2f7c1f0a5d11",
};

/** An event of exactly this many bytes: a small one, or one whose metadata fills it up. */
export function eventOf(size) {
  const object = { id: "cus_2N", name: "", churned: true };
  const event = { id: "evt_2nQv8c9aZmYHKr1", type: "customer.churned", data: { object } };
  const fields = {
    created_at: "2026-01-12T09:30:00.000Z",
    owner_email: "sam@example.com",
    plan: "enterprise",
    mrr: 4200,
    metadata: {},
  };
  let room = size - lengthOf(event);
  const add = (record, name, value) => {
    const needed = lengthOf({ [name]: value }) - "{}".length + ",".length;
    if (needed > room) return false;
    record[name] = value;
    room -= needed;
    return true;
  };
  for (const [name, value] of Object.entries(fields)) add(object, name, value);
  if (object.metadata !== undefined) {
    // The first field of an object has no comma, so one byte can be left over.
    for (let number = 1; ; number += 1) {
      const site = { name: `Zürich ${number}`, seats: number * 7, trial: number % 2 === 0 };
      if (!add(object.metadata, `site_${number}`, site)) break;
    }
  }
  object.name = "Acme Corp ".repeat(size).slice(0, size - lengthOf(event));
  return Buffer.from(JSON.stringify(event));
}

function lengthOf(value) {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Nanoseconds per call, of the process's own time: other threads of the process count too. */
export function slice(call, delivery, calls) {
  const start = process.cpuUsage();
  for (let count = 0; count < calls; count += 1) call(delivery);
  return spent(start) / calls;
}

/** The same for a call that is awaited. */
export async function awaitedSlice(call, delivery, calls) {
  const start = process.cpuUsage();
  for (let count = 0; count < calls; count += 1) await call(delivery);
  return spent(start) / calls;
}

function spent(start) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) * 1000;
}

export function median(values) {
  return values.toSorted((one, other) => one - other)[values.length >> 1];
}

/** An empty table. `about` says what the cases are; `rows` takes a column, a case and its rounds. */
export function tableOf(name, about, rest = {}) {
  const runtime = `Node ${process.versions.node}`;
  return { name, about, runtime, clock: "time of the process", rows: [], ...rest };
}

/** Adds the tables to the file that `cargo xtask bench` names. */
export function write(tables) {
  const { PIVOTAL_BENCH_RESULTS: file } = process.env;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(tables)}\n`);
}
