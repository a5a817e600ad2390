// Compares `unwrap` with its two necessary parts, the check of the signature and JSON.parse:
// `node bindings-node/bench/unwrap.mjs`, after a build of both packages.
//
// The calls are interleaved in slices, so that a busy machine slows all of them and the ratio stays
// the same.

import * as native from "pivotal-webhooks";
import * as wasm from "pivotal-webhooks-wasm";
import {
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

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const WARMING = 100_000_000; // nanoseconds
const NOW = 1_614_265_330;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const PARSE = "decode, parse";
const CASES = {
  verifySignature: ({ webhook, body, headers }) => webhook.verifySignature(body, headers),
  [PARSE]: ({ body }) => JSON.parse(decoder.decode(body)),
  "toString, parse": ({ body }) => JSON.parse(body.toString()),
  verify: ({ webhook, body, headers }) => webhook.verify(body, headers),
  unwrap: ({ webhook, body, headers }) => webhook.unwrap(body, headers),
};

/** A genuine delivery among the headers that requests carry. */
function deliveryOf(pkg, body) {
  const webhook = new pkg.Webhook(SECRET, { clock: () => NOW, maxBody: 2 ** 21 });
  const headers = {
    ...OTHER_HEADERS,
    "content-length": `${body.length}`,
    "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "svix-timestamp": `${NOW}`,
    "svix-signature": webhook.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", NOW, body),
  };
  return { webhook, body, headers };
}

const table = tableOf(
  "node, unwrap",
  "`unwrap` and `verify` of both builds beside the two necessary parts, `verifySignature` and " +
    "`JSON.parse` of the decoded body, called one after the other.",
);

/** The least nanoseconds per call of each case, and the median ratio of `unwrap` to the others. */
function measure(name, delivery) {
  const slices = Object.entries(CASES).map(([name, call]) => {
    const each = slice(call, delivery, 10);
    slice(call, delivery, Math.ceil(WARMING / each)); // compiles it
    return [name, call, Math.ceil(SLICE / slice(call, delivery, 10))];
  });
  const rounds = Array.from({ length: ROUNDS }, () =>
    Object.fromEntries(slices.map(([name, call, calls]) => [name, slice(call, delivery, calls)])),
  );
  const add = (label, timeOf) =>
    table.rows.push({
      column: delivery.body.length,
      case: `${name}${label}`,
      rounds: rounds.map(timeOf),
    });
  add("", (round) => round.unwrap);
  add(", verify", (round) => round.verify);
  add(", verifySignature and JSON.parse", (round) => round.verifySignature + round[PARSE]);
  const least = Object.keys(CASES).map((name) => Math.min(...rounds.map((round) => round[name])));
  const ratios = rounds.map((round) => round.unwrap / (round.verifySignature + round[PARSE]));
  return [...least.map(Math.round), median(ratios).toFixed(3)];
}

const print = (cells) => console.log(cells.map((cell) => `${cell}`.padStart(16)).join(""));

print(["package", "body", ...Object.keys(CASES), "ratio"]);
for (const [name, pkg] of Object.entries({ native, wasm })) {
  for (const size of SIZES) {
    const delivery = deliveryOf(pkg, eventOf(size));
    print([name, delivery.body.length, ...measure(name, delivery)]);
  }
}

write([table]);
