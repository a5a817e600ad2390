// Redis, Valkey and PostgreSQL for the tests: each on a free loopback port, in a folder of its own.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Redis from "ioredis";
import pg from "pg";

/** `cargo xtask test --without-servers` sets this variable. */
const LEFT_OUT = "PIVOTAL_WITHOUT_SERVERS";

/** The option of a test that needs a server. */
export const needsServers = LEFT_OUT in process.env ? { skip: "--without-servers" } : {};

const TIMEOUT = 60_000;

/** Starts a Valkey server. */
export function valkeyServer() {
  return redisServer(process.env.PIVOTAL_VALKEY ?? find("valkey-server", "valkey-server"));
}

/** Starts a server of the Redis protocol. */
export async function redisServer(program = find("redis-server", "redis-server")) {
  const folder = mkdtempSync(join(tmpdir(), "pivotal-redis-"));
  const port = await freePort();
  const options = { port, bind: "127.0.0.1", dir: folder, save: "", appendonly: "no" };
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const isReady = async () => {
    const client = new Redis({ port, lazyConnect: true, retryStrategy: null });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.ping();
    } finally {
      client.disconnect();
    }
  };
  const server = await started(program, given, folder, isReady);
  return { port, ...server };
}

/** Starts a PostgreSQL server with an empty database. */
export async function postgresServer() {
  const versions = "/usr/lib/postgresql";
  const folders = existsSync(versions)
    ? readdirSync(versions).map((version) => join(versions, version, "bin"))
    : [];
  const program = find("postgres", "postgresql", folders.sort().reverse());
  const folder = mkdtempSync(join(tmpdir(), "pivotal-postgres-"));
  const data = join(folder, "data");
  // The server refuses to run as root.
  const user = process.getuid() === 0 ? idsOf("postgres") : {};
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const make = ["--pgdata", data, "--username", "test", "--auth", "trust", "--no-sync"];
  execFileSync(join(program, "..", "initdb"), [...make, "--encoding", "UTF8", "--locale", "C"], {
    ...user,
    cwd: folder,
    stdio: "ignore",
  });
  const port = await freePort();
  const url = `postgres://test@127.0.0.1:${port}/postgres`;
  const isReady = async () => {
    const client = new pg.Client(url);
    await client.connect();
    await client.end();
  };
  const given = ["-D", data, "-p", `${port}`, "-F", "-c", "listen_addresses=127.0.0.1"];
  const server = await started(
    program,
    [...given, "-c", "unix_socket_directories="],
    folder,
    isReady,
    user,
  );
  return { url, ...server };
}

/** Starts a program and waits until it answers. */
async function started(program, given, folder, isReady, user = {}) {
  const log = join(folder, "log");
  const output = openSync(log, "a");
  const child = spawn(program, given, { ...user, cwd: folder, stdio: ["ignore", output, output] });
  const ended = once(child, "exit");
  const stop = async () => {
    // At SIGTERM, PostgreSQL waits for its clients, which may still be closing their connections. At
    // SIGINT it ends them, and a client that is cut off emits an error.
    for (const [signal, wait] of [
      ["SIGTERM", 5000],
      ["SIGINT", TIMEOUT],
      ["SIGKILL", 0],
    ]) {
      child.kill(signal);
      await Promise.race([ended, sleep(wait, undefined, { ref: false })]);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < TIMEOUT / 50 && child.exitCode === null; tries += 1) {
    try {
      await isReady();
      return { pid: child.pid, stop };
    } catch {
      await sleep(50);
    }
  }
  const lines = readFileSync(log, "utf8");
  await stop();
  throw new Error(`the server does not answer:\n${lines}`);
}

function idsOf(name) {
  const [uid, gid] = ["-u", "-g"].map((flag) =>
    Number(execFileSync("id", [flag, name], { encoding: "utf8" })),
  );
  return { uid, gid };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function find(name, debianPackage, folders = []) {
  const all = [...folders, ...(process.env.PATH ?? "").split(delimiter)];
  const folder = all.find((one) => existsSync(join(one, name)));
  if (folder === undefined) {
    throw new Error(
      `${name} is not installed: install Debian's package ${debianPackage}, or set ${LEFT_OUT}`,
    );
  }
  return join(folder, name);
}
