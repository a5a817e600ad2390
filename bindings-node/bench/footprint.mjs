// Measures what a package costs before its first call: the time and the memory of its import, each in a
// new process, and the bytes that a Worker downloads: `node bindings-node/bench/footprint.mjs`, after a
// build of both packages.

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { median, ROUNDS as MOST, tableOf, write } from "./delivery.mjs";

const ROUNDS = Math.min(15, MOST);
const PACKAGES = [
  "pivotal-webhooks",
  "pivotal-webhooks-wasm",
  "svix",
  "standardwebhooks",
  "stripe",
  "@octokit/webhooks-methods",
];
const ADDON = "the addon alone";

const here = dirname(fileURLToPath(import.meta.url));

/** Milliseconds, and KiB of resident memory that a statement added. */
function spentBy(statement) {
  // Node loads its own loader with the first module.
  const script = `await import("./delivery.mjs");
    const before = process.memoryUsage.rss();
    const start = performance.now();
    ${statement};
    const spent = performance.now() - start;
    console.log(spent, (process.memoryUsage.rss() - before) / 1024)`;
  const flags = ["--input-type=module", "--eval", script];
  const text = execFileSync(process.execPath, flags, { cwd: here, encoding: "utf8" });
  return text.split(" ").map(Number);
}

/** What a program does to load the addon without the package. */
function loadingOfAddon() {
  const folder = join(here, "../native");
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".node"));
  return `process.dlopen({ exports: {} }, ${JSON.stringify(join(folder, file))})`;
}

function imports() {
  const statements = Object.fromEntries(PACKAGES.map((name) => [name, `await import("${name}")`]));
  statements[ADDON] = loadingOfAddon();
  const runs = Object.fromEntries(Object.keys(statements).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, statement] of Object.entries(statements)) runs[name].push(spentBy(statement));
  }
  const table = tableOf(
    "footprint, JavaScript",
    "Each import is that of a new process, after that of a small module. The memory is what became " +
      "resident during the import. `the addon alone` is `process.dlopen`.",
    { clock: "time of the clock", unit: "Milliseconds and KiB" },
  );
  for (const [name, found] of Object.entries(runs)) {
    for (const [index, column] of ["ms to import", "KiB of memory"].entries()) {
      const rounds = found.map((values) => values[index]);
      table.rows.push({ column, case: name, rounds });
      console.log(name.padEnd(28), median(rounds).toFixed(2).padStart(10), column);
    }
  }
  return table;
}

function download() {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  const dist = join(here, "../../bindings-wasm/dist");
  const sizes = ["core.wasm", "workerd.mjs"].map(
    (name) => brotliCompressSync(readFileSync(join(dist, name)), { params }).length,
  );
  const table = tableOf(
    "footprint, download",
    "The module and the JavaScript that a Worker downloads, compressed with brotli at quality 11.",
    { clock: "no clock", unit: "Bytes" },
  );
  const [module, script] = sizes;
  const values = {
    "core.wasm": module,
    "workerd.mjs": script,
    "pivotal-webhooks-wasm in workerd": module + script,
  };
  for (const [name, bytes] of Object.entries(values)) {
    table.rows.push({ column: "bytes in brotli", case: name, rounds: [bytes] });
    console.log(name.padEnd(34), `${bytes}`.padStart(8), "bytes in brotli");
  }
  return table;
}

write([imports(), download()]);
