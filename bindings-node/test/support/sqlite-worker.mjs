// A process with a store in an SQLite file: `claim PATH TOKEN` prints what a claim gives; `transaction`
// receives a delivery, and stays in the transaction of its handler.

import { DatabaseSync } from "node:sqlite";
import { Webhook } from "pivotal-webhooks";
import { claimOf, Once, SqliteStore } from "pivotal-webhooks/idempotency";
import { receiver } from "pivotal-webhooks/receiving";

const [task, path, ...given] = process.argv.slice(2);

if (task === "claim") {
  const store = new SqliteStore(path, { timeout: 60 });
  console.log(await store.claim("first", given[0], 3_600_000));
} else {
  const [secret, body, headers, now] = given;
  const clock = () => Number(now);
  const handle = async (event) => {
    const database = new DatabaseSync(path);
    database.exec("BEGIN IMMEDIATE");
    database.exec("INSERT INTO effects VALUES ('evt_1')");
    claimOf(event).completeIn(database);
    console.log("in the transaction");
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  };
  const once = new Once(new SqliteStore(path, { clock, timeout: 50 }), { storeTimeout: 50 });
  const receive = receiver(new Webhook(secret, { clock }), handle, { once, onOutcome() {} });
  await receive({ method: "POST", headers: JSON.parse(headers), body });
}
