// Measures what the option `once` takes of a server's throughput, with each store:
// `node bindings-node/bench/throughput-of-once.mjs`, after a build of the package.
//
// One Express serves the handler of examples/express without a store and with each of them. Every request
// is a new event. The server reports the processor time that it spends on a request, and the routes take
// turns, as in `throughput.mjs`. What Redis and PostgreSQL spend is not counted, but the time until the
// answer includes it.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import express from "express";
import Redis from "ioredis";
import pg from "pg";
import { Webhook } from "pivotal-webhooks";
import { webhookHandler } from "pivotal-webhooks/express";
import {
  MemoryStore,
  Once,
  PostgresStore,
  RedisStore,
  SqliteStore,
} from "pivotal-webhooks/idempotency";
import postgres from "postgres";
import { createClient } from "redis";
import { postgresServer, redisServer } from "../test/support/servers.mjs";

const ROUNDS = 15;
const REQUESTS = 60;
const WARMING = 10;
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HAS_SQLITE = Number(process.versions.node.split(".")[0]) >= 22;

async function serve([port, url, folder]) {
  const connection = new PostgresStore(new pg.Pool({ connectionString: url }));
  await connection.migrate();
  const client = await createClient({ socket: { port: Number(port) } }).connect();
  const stores = {
    without: undefined,
    memory: new MemoryStore(),
    ...(HAS_SQLITE && { "node:sqlite": new SqliteStore(join(folder, "webhooks.db")) }),
    ioredis: new RedisStore(new Redis({ port: Number(port) })),
    redis: new RedisStore(client),
    pg: connection,
    postgres: new PostgresStore(postgres(url, { onnotice() {} })),
  };
  const webhook = new Webhook(SECRET);
  const app = express();
  for (const [name, store] of Object.entries(stores)) {
    const options = {
      onOutcome() {},
      ...(store && { once: new Once(store, { storeTimeout: 30 }) }),
    };
    app.post(
      `/${name}`,
      webhookHandler(webhook, (_event, _request, response) => response.send("ok"), options),
    );
  }
  app.get("/processor-time", (_request, response) => {
    const { user, system } = process.cpuUsage();
    response.send(`${user + system}`);
  });
  const server = app.listen(0, "127.0.0.1", () =>
    process.send({ port: server.address().port, names: Object.keys(stores) }),
  );
  process.on("disconnect", () => process.exit());
}

/** A request of about 1 KiB with an event of its own. */
function delivery(name, number) {
  const metadata = Object.fromEntries(
    Array.from({ length: 28 }, (_, site) => [`site_${site}`, `Zürich ${site}`]),
  );
  const object = { id: "cus_2N", name: "Acme Corp", health_score: 38, metadata };
  const event = { id: `evt_${number}`, type: "customer.at_risk", data: { object } };
  const body = Buffer.alloc(1024, " ");
  body.write(JSON.stringify(event));
  const now = Math.floor(Date.now() / 1000);
  const head =
    `POST /${name} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
    `content-length: ${body.length}\r\nsvix-id: msg_${number}\r\nsvix-timestamp: ${now}\r\n` +
    `svix-signature: ${new Webhook(SECRET).sign(`msg_${number}`, now, body)}\r\n\r\n`;
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

async function measure({ port, names }) {
  const send = await client(port);
  const processorTime = async () =>
    Number(await send("GET /processor-time HTTP/1.1\r\nhost: localhost\r\n\r\n"));
  let number = 0;
  const spent = async (name) => {
    const requests = Array.from({ length: REQUESTS }, () => delivery(name, (number += 1)));
    const before = await processorTime();
    const start = performance.now();
    for (const request of requests) await send(request);
    const answer = (performance.now() - start) * 1000;
    const processor = (await processorTime()) - before;
    return { processor: processor / REQUESTS, answer: answer / REQUESTS };
  };

  // The code is compiled meanwhile.
  for (let round = 0; round < WARMING; round += 1) for (const name of names) await spent(name);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const times = {};
    for (const name of names) times[name] = await spent(name);
    rounds.push(times);
  }
  console.log(`Express at 1 KiB, Node ${process.version}`);
  print("store", "µs of processor", "of the throughput", "answer");
  for (const name of names) {
    const shares = rounds.map((times) => 1 - times.without.processor / times[name].processor);
    const median = shares.sort((one, other) => one - other)[shares.length >> 1];
    const least = (what) => Math.min(...rounds.map((times) => times[name][what])).toFixed(0);
    print(name, least("processor"), `${(median * 100).toFixed(0)} %`, `${least("answer")} µs`);
  }
}

function print(name, ...cells) {
  console.log(name.padEnd(18), ...cells.map((cell) => cell.padStart(18)));
}

if (process.send === undefined) {
  const [redis, database] = await Promise.all([redisServer(), postgresServer()]);
  const folder = mkdtempSync(join(tmpdir(), "pivotal-bench-"));
  const program = fileURLToPath(import.meta.url);
  const server = fork(program, [`${redis.port}`, database.url, folder]);
  try {
    const [started] = await once(server, "message");
    await measure(started);
  } finally {
    server.disconnect();
    await once(server, "exit");
    await Promise.all([redis.stop(), database.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
  process.exit();
} else {
  await serve(process.argv.slice(2));
}
