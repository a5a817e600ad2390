// Paths in the workspace, and the vectors in the form that the tests read.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const WORKSPACE = fileURLToPath(new URL("../../../", import.meta.url));

const VECTORS = join(WORKSPACE, "test-vectors", "vectors");

/** The paths of all vector files. */
export function vectorFiles() {
  const names = readdirSync(VECTORS).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => join(VECTORS, name));
}

/** Every case of every file. */
export function allCases() {
  return vectorFiles().flatMap((path) => JSON.parse(readFileSync(path, "utf8")).cases);
}

/** Every case that a webhook refuses. */
export function refusedCases() {
  return allCases().filter((one) => one.do !== "restore" && one.expect.error !== undefined);
}

/** Says how many cases were run, on the console and in the file that a variable names. */
export function reportCount(count, variable = "PIVOTAL_VECTORS_COUNT_FILE") {
  console.log(`vectors: ${count}`);
  const file = process.env[variable];
  if (file !== undefined) {
    writeFileSync(file, `${count}\n`);
  }
}

/** The value of an environment variable that `cargo xtask test` sets. */
export function fromXtask(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set: run this test through \`cargo xtask test\``);
  }
  return value;
}
