import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { freezeDate } from "./support/clock.mjs";
import { WORKSPACE } from "./support/files.mjs";
import { SECRET, svixHeaders } from "./support/sender.mjs";

process.env.PIVOTAL_WEBHOOK_SECRET = SECRET;
freezeDate();

// The folder is inside the workspace, so that the packages are found, and is ignored by git.
const folder = mkdtempSync(join(WORKSPACE, "bindings-node", "dist", "readme-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const READMES = ["README.md", "bindings-node/README.md"];

const blocks = READMES.map((path) => {
  const text = readFileSync(join(WORKSPACE, path), "utf8");
  const found = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block);
  assert.equal(found.length, 1, path);
  return found[0];
});

test("the receiver in the project's README has at most eight lines after its imports", () => {
  const lines = blocks[0].split("\n").filter((line) => line !== "" && !line.startsWith("import "));
  assert.ok(lines.length <= 8);
});

test("the receivers in the READMEs are strict TypeScript", () => {
  const config = {
    strict: true,
    module: "nodenext",
    target: "es2022",
    types: ["node"],
    noEmit: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: config }));
  for (const [index, block] of blocks.entries()) {
    writeFileSync(join(folder, `receiver-${index}.mts`), block);
  }
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
  const tsc = join(dirname(typescript), "bin", "tsc");
  execFileSync(process.execPath, [tsc, "--project", folder], { stdio: "inherit" });
});

/** Serves a block of a README, and returns a function that posts an event to it. */
async function served(source, name) {
  const file = join(folder, `${name}.mjs`);
  await build({
    stdin: { contents: source, loader: "ts", resolveDir: folder },
    bundle: true,
    packages: "external",
    format: "esm",
    outfile: file,
  });
  const { app } = await import(pathToFileURL(file));
  const server = app.listen(0, "127.0.0.1");
  after(() => server.close());
  await once(server, "listening");
  return async (event, sent = JSON.stringify(event)) => {
    const headers = svixHeaders({ body: JSON.stringify(event) });
    const response = await fetch(`http://127.0.0.1:${server.address().port}/webhooks/pivotal`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: sent,
    });
    return [response.status, await response.text()];
  };
}

const ping = { id: "evt_1", type: "webhook.ping", data: {} };
const data = { object: { id: "cus_1", owner_email: "sam@example.com" } };
const atRisk = { ...ping, type: "customer.at_risk", data };

for (const [index, path] of READMES.entries()) {
  test(`the receiver in ${path} takes what was signed and refuses the rest`, async (context) => {
    const post = await served(blocks[index], `receiver-${index}`);
    const log = context.mock.method(console, "log", () => {});
    assert.deepEqual(await post(atRisk), [200, "ok"]);
    assert.deepEqual(log.mock.calls[0]?.arguments, ["evt_1", "sam@example.com"]);
    assert.deepEqual(await post(ping), [200, "ok"]);
    assert.equal((await post({ ...atRisk, id: "" }))[0], 400);
    assert.equal((await post(atRisk, `${JSON.stringify(atRisk)} `))[0], 401);
    assert.equal(log.mock.callCount(), 1);
  });
}

const hasSqlite = isBuiltin("node:sqlite");

test(
  "the option once in the project's README runs the handler once for each event",
  { skip: !hasSqlite && "this Node has no node:sqlite" },
  async (context) => {
    const text = readFileSync(join(WORKSPACE, "README.md"), "utf8");
    const [, option] = text.match(/`(\{ once: new SqliteStore.*? \})`/);
    const path = join(folder, "webhooks.db");
    const source = blocks[0]
      .replace(/\}\)\);\n$/, `}, ${option}));\n`)
      .replace('"webhooks.db"', JSON.stringify(path));
    assert.ok(source.includes(path));
    const post = await served(
      `import { SqliteStore } from "pivotal-webhooks/idempotency";\n${source}`,
      "once",
    );
    const log = context.mock.method(console, "log", () => {});
    assert.deepEqual(await post(atRisk), [200, "ok"]);
    assert.equal((await post(atRisk))[0], 200);
    assert.equal(log.mock.callCount(), 1);
  },
);
