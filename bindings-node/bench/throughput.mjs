// Measures how much verification reduces the throughput of a server:
// `node bindings-node/bench/throughput.mjs`, after a build of the package.
//
// One Express serves the same handler without verification, with it, and with npm's `svix`. The
// processor limits the throughput, so the server reports the processor time that it spends on a
// request. The routes take turns, so that a busy machine slows all of them equally.

import { fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import express from "express";
import { Webhook } from "pivotal-webhooks";
import { webhookHandler } from "pivotal-webhooks/express";
import * as svix from "svix";
import { tableOf, write } from "./delivery.mjs";

const ROUNDS = Number(process.env.PIVOTAL_BENCH_ROUNDS ?? 81);
const REQUESTS = 400;
const WARMING = 2000;

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PATHS = ["/without", "/verifySignature", "/verify", "/unwrap", "/svix", "/receiver"];

function serve() {
  const webhook = new Webhook(SECRET);
  const theirs = new svix.Webhook(SECRET);
  const app = express();
  const raw = express.raw({ type: "application/json" });
  const handler = (verify) => (request, response) => {
    verify(request.body, request.headers);
    response.send("ok");
  };
  app.post(
    "/without",
    raw,
    handler(() => {}),
  );
  for (const method of ["verifySignature", "verify", "unwrap"]) {
    app.post(
      `/${method}`,
      raw,
      handler((body, headers) => webhook[method](body, headers)),
    );
  }
  app.post(
    "/svix",
    raw,
    handler((body, headers) => theirs.verify(body, headers)),
  );
  const quiet = { onOutcome: () => {} };
  app.post(
    "/receiver",
    webhookHandler(webhook, (_event, _request, response) => response.send("ok"), quiet),
  );
  app.get("/processor-time", (_request, response) => {
    const { user, system } = process.cpuUsage();
    response.send(`${user + system}`);
  });
  const server = app.listen(0, "127.0.0.1", () => process.send(server.address().port));
  process.on("disconnect", () => process.exit());
}

function delivery(path) {
  const metadata = Object.fromEntries(
    Array.from({ length: 28 }, (_, number) => [`site_${number}`, `Zürich ${number}`]),
  );
  const object = { id: "cus_2N", name: "Acme Corp", health_score: 38, metadata };
  const event = JSON.stringify({ id: "evt_1", type: "customer.at_risk", data: { object } });
  const body = Buffer.alloc(1024, " ");
  body.write(event);
  const now = Math.floor(Date.now() / 1000);
  const head =
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
    `content-length: ${body.length}\r\nuser-agent: Pivotal-Webhooks/1.0\r\n` +
    `svix-id: msg_1\r\nsvix-timestamp: ${now}\r\n` +
    `svix-signature: ${new Webhook(SECRET).sign("msg_1", now, body)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** One connection that is kept alive; its answers come in one piece. */
async function client(port) {
  const socket = connect(port, "127.0.0.1").setNoDelay();
  await once(socket, "connect");
  return async (request) => {
    socket.write(request);
    const [answer] = await once(socket, "data");
    const text = answer.toString();
    if (!text.startsWith("HTTP/1.1 200")) throw new Error(text);
    return text.slice(text.indexOf("\r\n\r\n") + 4);
  };
}

async function measure(port) {
  const send = await client(port);
  const processorTime = async () =>
    Number(await send("GET /processor-time HTTP/1.1\r\nhost: localhost\r\n\r\n"));
  const spent = async (path, requests) => {
    const request = delivery(path);
    const before = await processorTime();
    for (let count = 0; count < requests; count += 1) await send(request);
    return ((await processorTime()) - before) / requests;
  };

  for (const path of PATHS) await spent(path, WARMING);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const times = {};
    // In random order, because the garbage of one route is collected during the next one.
    for (const path of shuffled(PATHS)) times[path] = await spent(path, REQUESTS);
    rounds.push(times);
  }
  console.log(`Express at 1 KiB, Node ${process.version}`);
  print("handler", "µs of processor", "of the throughput");
  for (const path of PATHS) {
    const shares = rounds.map((times) => 1 - times["/without"] / times[path]);
    const median = shares.sort((one, other) => one - other)[shares.length >> 1];
    const least = Math.min(...rounds.map((times) => times[path]));
    print(path.slice(1), least.toFixed(1), `${(median * 100).toFixed(1)} %`);
  }
  write([recorded(rounds)]);
}

function recorded(rounds) {
  const about =
    "The processor time of a request of 1 KiB to Express. `receiver` is the ready receiver, whose " +
    "handler gets a typed event; `svix` is that package's bare verification; `without` verifies nothing.";
  const unit = "Microseconds per request, and what is added to a request without verification";
  const table = tableOf("Express", about, { clock: "time of the server's process", unit });
  for (const path of PATHS) {
    const more = rounds.map((times) => (times[path] / times["/without"] - 1) * 100);
    table.rows.push(
      { column: "µs", case: path.slice(1), rounds: rounds.map((times) => times[path]) },
      { column: "% more than without", case: path.slice(1), rounds: more },
    );
  }
  return table;
}

function shuffled(items) {
  return items
    .map((item) => [Math.random(), item])
    .sort(([one], [other]) => one - other)
    .map(([, item]) => item);
}

function print(name, ...cells) {
  console.log(name.padEnd(18), ...cells.map((cell) => cell.padStart(18)));
}

if (process.send === undefined) {
  const server = fork(fileURLToPath(import.meta.url));
  try {
    const [port] = await once(server, "message");
    await measure(port);
  } finally {
    server.disconnect();
  }
  process.exit();
} else {
  serve();
}
