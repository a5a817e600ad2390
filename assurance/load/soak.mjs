// Makes many calls in one process: `node --expose-gc --max-semi-space-size=1 assurance/load/soak.mjs
// PACKAGE CALLS WEBHOOKS`.
//
// Each figure is printed as one line of JSON, as `cargo xtask assure` records it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import { NOW, SECRET, svixHeaders } from "../../bindings-node/test/support/sender.mjs";
import { instance } from "../../bindings-wasm/test/heap.mjs";

const [name, calls, webhooks] = process.argv.slice(2);
const { Webhook } = createRequire(import.meta.url)(name);

const BODY = '{"id":"evt_1","type":"customer.at_risk","data":{"object":{"id":"cus_2N"}}}';
const HEADERS = svixHeaders({ body: BODY });
const BYTES = Buffer.from(BODY);

const ENTRIES = 200_000;
const PARTS = 20;
// The fastest slice of a part counts, as the others were disturbed.
const SLICES = 50;
const REFUSALS = 20;
const CALLS_IN_TURN = 200;

function tell(about, measured, goal, isMet) {
  const language = name === "pivotal-webhooks" ? "Node" : "WebAssembly";
  console.log(
    JSON.stringify({ about: `${about}, ${language}`, measured, goal, is_met: isMet }),
  );
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

async function resident() {
  for (let time = 0; time < 3; time += 1) {
    globalThis.gc();
    await setImmediate(); // What was collected is freed between two turns of the event loop.
  }
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
}

/** The processor time of this process, in microseconds. */
function processorTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const pages = () => (instance()?.exports.memory.buffer.byteLength ?? 0) / 65_536;

async function soak(about, count, call) {
  const [memory, times, grown] = [[], [], []];
  for (let part = 0; part < PARTS; part += 1) {
    const slices = [];
    for (let slice = 0; slice < SLICES; slice += 1) {
      const start = processorTime();
      for (let done = 0; done < count / PARTS / SLICES; done += 1) {
        call();
        if (done % CALLS_IN_TURN === 0) await setImmediate();
      }
      slices.push(processorTime() - start);
    }
    times.push(Math.min(...slices));
    memory.push(await resident());
    grown.push(pages());
  }
  const quarter = PARTS / 4;
  const early = (values) => values.slice(quarter, 2 * quarter);
  const late = (values) => values.slice(-quarter);
  const what = `${count} ${about}`;
  const growth = Math.min(...late(memory)) - Math.min(...early(memory));
  tell(
    `growth of the memory in ${what}`,
    `${growth.toFixed(2)} MiB`,
    "below 1 MiB",
    growth < 1,
  );
  const slower = median(late(times)) / median(early(times));
  tell(
    `time of a call at the end, divided by that before the middle, of ${what}`,
    slower.toFixed(2),
    "at most 1.2",
    slower <= 1.2,
  );
  if (pages() > 0) {
    const more = grown.at(-1) - grown[0];
    tell(`new pages of the module's memory in ${what}`, `${more}`, "0", more === 0);
  }
}

function manySignatures() {
  const webhook = new Webhook(SECRET, { clock: () => NOW });
  const one = HEADERS["svix-signature"];
  const headers = { ...HEADERS, "svix-signature": Array(ENTRIES).fill(one).join(" ") };
  const times = [];
  for (let refusal = 0; refusal < REFUSALS; refusal += 1) {
    const start = performance.now();
    assert.throws(() => webhook.verifySignature(BYTES, headers), { code: "too_many_signatures" });
    times.push(performance.now() - start);
  }
  const measured = median(times);
  const about = `time of the refusal of a header with ${ENTRIES} signatures`;
  tell(about, `${measured.toFixed(3)} ms`, "below 1 ms", measured < 1);
}

manySignatures();
const webhook = new Webhook(SECRET, { clock: () => NOW });
await soak("verifications", Number(calls), () => webhook.verifySignature(BYTES, HEADERS));
await soak("webhooks that are made, used and dropped", Number(webhooks), () => {
  new Webhook(SECRET, { clock: () => NOW }).unwrap(BODY, HEADERS);
});
