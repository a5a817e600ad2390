import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as idempotency from "pivotal-webhooks/idempotency";
import { roundTripsSuite, storeArgumentsSuite, storesSuite } from "./suites/stores.mjs";
import { WORKSPACE } from "./support/files.mjs";
import { SCENARIOS } from "./support/scenarios.mjs";
import { temporaryFolder } from "./support/stores.mjs";

storesSuite(idempotency);
roundTripsSuite(idempotency);
storeArgumentsSuite(idempotency);

const BUN = join(
  ...[WORKSPACE, "node_modules", "@oven", `bun-${process.platform}-${process.arch}`],
  ...["bin", "bun"],
);

test(
  "the SQLite store does what the scenarios say in Bun",
  { skip: !existsSync(BUN) },
  (context) => {
    const program = fileURLToPath(new URL("support/bun-stores.mjs", import.meta.url));
    const printed = execFileSync(BUN, ["--no-install", program, temporaryFolder(context)]);
    assert.equal(Number(printed), 3 * SCENARIOS.length);
  },
);
