// Runs the scenarios in Bun, with `bun:sqlite`: `bun bun-stores.mjs FOLDER`. Prints how many were run.

import { join } from "node:path";
import { Database } from "bun:sqlite";
import { DONE, SqliteStore } from "pivotal-webhooks/idempotency";
import { testClock } from "./clock.mjs";
import { runScenario, SCENARIOS } from "./scenarios.mjs";

const [folder] = process.argv.slice(2);

const FORMS = [
  (path) => path,
  (path) => new Database(path),
  (path) => new Database(path, { strict: true, safeIntegers: true }),
];

let count = 0;
for (const open of FORMS) {
  for (const { steps } of SCENARIOS) {
    const clock = testClock(1_750_000_000);
    const database = open(join(folder, `${(count += 1)}.db`));
    const store = new SqliteStore(database, { clock, timeout: 60 });
    const made = { store, wait: clock.advance, setClock: clock.advance, second: 1000 };
    await runScenario(made, steps, DONE);
    (typeof database === "string" ? store : database).close();
  }
}
console.log(count);
