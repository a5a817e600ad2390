// Checks that every block of docs/javascript.md, handlers.md, idempotency.md, queues.md and troubleshooting.md is strict TypeScript and does what the page says.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { after, beforeEach, describe, mock, test } from "node:test";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { Webhook } from "pivotal-webhooks";
import { ENVIRONMENT_VARIABLES } from "pivotal-webhooks/diagnosis";
import { newSecret, sampleEvent, SignedRequest, signedRequest } from "pivotal-webhooks/testing";
import { freezeDate } from "./support/clock.mjs";
import { WORKSPACE } from "./support/files.mjs";
import { blocks, hosts, sections, WITH_REQUEST } from "./support/page.mjs";
import { SECRET } from "./support/sender.mjs";

process.env.PIVOTAL_WEBHOOK_SECRET = SECRET;
freezeDate();

const PATH = "/webhooks/pivotal";
const URL_OF_ALL = `http://localhost${PATH}`;
const OK = [200, "ok"];

// The folder is inside the workspace, so that the packages are found, and is ignored by git.
const folder = mkdtempSync(join(WORKSPACE, "bindings-node", "dist", "docs-"));
after(() => rmSync(folder, { recursive: true, force: true }));

// The block for a `Request` exports nothing without the line of a host.
const modules = new Map([...blocks].filter(([title]) => title !== WITH_REQUEST));
for (const [name, section] of [
  ["Queues", "## Another queue"],
  ["Troubleshooting", ""],
  ["Handlers", ""],
  ["Idempotency", "## Order"],
]) {
  const other = readFileSync(join(WORKSPACE, "docs", `${name.toLowerCase()}.md`), "utf8");
  const text = other.slice(other.indexOf(section));
  modules.set(name, /^```ts\n(.*?)^```$/ms.exec(text)[1]);
}
modules.set(
  "Troubleshooting",
  `declare const secret: string, body: Uint8Array, headers: Headers;\n${modules.get("Troubleshooting")}`,
);
for (const [host, code] of hosts) modules.set(host, code);
const fileOf = (title) => join(folder, title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"));
for (const [title, code] of modules) writeFileSync(`${fileOf(title)}.mts`, code);

const genuine = sampleEvent("customer.at_risk");
const sample = () => genuine;
const signed = () => signedRequest(sample(), SECRET);
const ran = new Set();

const logged = [];
beforeEach(() => {
  logged.length = 0;
  mock.restoreAll();
  for (const level of ["log", "info", "warn", "error"]) {
    mock.method(console, level, (...given) => logged.push([level, ...given]));
  }
});

/** The module of a block. */
async function moduleOf(title) {
  const { code } = await transform(modules.get(title), {
    loader: "ts",
    target: "es2022",
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
  });
  writeFileSync(`${fileOf(title)}.mjs`, code);
  ran.add(title);
  return import(pathToFileURL(`${fileOf(title)}.mjs`));
}

/** The answer of a receiver to a genuine delivery, after a check that it refuses others. */
async function judged(post) {
  const [refused, text] = await post(signed().tampered());
  assert.deepEqual([refused, text], [401, "invalid signature"]);
  const [[level, line], ...others] = logged.splice(0);
  assert.deepEqual([level, others], ["warn", []]);
  assert.match(line, /^webhook refused \(signature_mismatch\) \{"status":401,.*"help":/);
  assert.equal((await post(signed().oversized()))[0], 413);
  logged.length = 0;
  return post(signed());
}

async function judgedOn(server) {
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
  after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}${PATH}`;
  return judged(async (request) => answerOf(await fetch(url, request.init())));
}

async function answerOf(response) {
  return [response.status, await response.text()];
}

const judgedFetch = (receive) =>
  judged(async (request) => answerOf(await receive(request.request(URL_OF_ALL))));

test("every block is strict TypeScript", () => {
  const compilerOptions = {
    ...{ strict: true, module: "nodenext", target: "es2022", types: ["node"], noEmit: true },
    experimentalDecorators: true,
    skipLibCheck: true,
  };
  writeFileSync(
    join(folder, "hosts.d.ts"),
    `type Receive = (request: Request) => Promise<Response>;
    declare const Deno: { serve(handler: Receive): void };
    declare const Bun: { serve(options: { routes: { [path: string]: Receive } }): void };`,
  );
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
  const tsc = join(dirname(typescript), "bin", "tsc");
  try {
    execFileSync(process.execPath, [tsc, "--project", folder], { encoding: "utf8" });
  } catch (error) {
    assert.fail(error.stdout);
  }
});

describe("a block receives", () => {
  const told = () => {
    const [[level, line], ...others] = logged.splice(0);
    assert.equal(level, "info");
    assert.match(line, /^webhook accepted \{"type":"customer.at_risk","id":/);
    assert.deepEqual(others, [["log", "customer.at_risk", sample().id]]);
  };

  test("with Express", async () => {
    const { app } = await moduleOf("Express");
    assert.deepEqual(await judgedOn(createServer(app)), OK);
    told();
  });

  test("with Fastify", async () => {
    const { app } = await moduleOf("Fastify");
    await app.ready();
    assert.deepEqual(await judgedOn(app.server), OK);
  });

  test("with Koa", async () => {
    const { app } = await moduleOf("Koa");
    assert.deepEqual(await judgedOn(createServer(app.callback())), OK);
    told();
  });

  test("with Hono", async () => {
    const { app } = await moduleOf("Hono");
    assert.deepEqual(await judgedFetch((request) => app.fetch(request)), OK);
    told();
  });

  test("with Next's pages router", async () => {
    const { default: route, config } = await moduleOf("Next's pages router");
    assert.equal(config.api.bodyParser, false);
    assert.deepEqual(await judgedOn(createServer(route)), OK);
    told();
  });

  test("with NestJS", async () => {
    const { createApp } = await moduleOf("NestJS");
    const app = await createApp();
    await app.init();
    assert.deepEqual(await judgedOn(createServer(app.getHttpAdapter().getInstance())), OK);
    told();
  });

  test("with node:http", async () => {
    const { app } = await moduleOf("node:http");
    assert.deepEqual(await judgedOn(app), OK);
    told();
  });

  test("with AWS Lambda", async () => {
    const { handler } = await moduleOf("AWS Lambda");
    const call = async (request) => {
      const { statusCode, body } = await handler(request.lambdaEvent("2.0"), {});
      return [statusCode, body];
    };
    assert.deepEqual(await judged(call), OK);
    told();
  });

  test("with a Request, on every host of the table", async () => {
    assert.equal(hosts.size, 7);
    for (const [host, code] of hosts) {
      let served;
      globalThis.Deno = { serve: (handler) => (served = handler) };
      globalThis.Bun = { serve: ({ routes }) => (served = routes[PATH]) };
      const { POST, action, default: worker, ...others } = await moduleOf(host);
      delete globalThis.Deno;
      delete globalThis.Bun;
      // SvelteKit refuses a module that exports anything else, and so do Next's types.
      assert.deepEqual(others, {});
      const call = served ?? worker?.fetch ?? POST ?? action;
      const given = (request) => (code.includes("{ request }") ? { request } : request);
      assert.deepEqual(await judgedFetch((request) => call(given(request))), OK, host);
      told();
    }
  });

  test("without a receiver", async () => {
    const { receive } = await moduleOf("Without a receiver");
    const post = async (request) => answerOf(await receive(request.request(URL_OF_ALL)));
    assert.deepEqual(await post(signed()), OK);
    assert.deepEqual(logged.splice(0), [["log", "customer.at_risk", sample().id]]);
    assert.deepEqual(await post(signed().tampered()), [401, "refused"]);
    const [[level, code]] = logged.splice(0);
    assert.deepEqual([level, code], ["warn", "signature_mismatch"]);
    const own = await moduleOf("Without a receiver 2");
    assert.deepEqual(await judgedFetch(own.receive), OK);
    told();
  });

  test("and measures", async () => {
    const { receive } = await moduleOf("Logs and metrics");
    assert.deepEqual(await judgedFetch(receive), OK);
  });
});

test("the events are handled", async () => {
  const { handle } = await moduleOf("Events");
  const handled = (type) => {
    const { body, headers } = signedRequest(sampleEvent(type), SECRET);
    handle(new Webhook(SECRET).unwrap(body, headers));
    return logged.pop();
  };
  assert.deepEqual(handled("customer.at_risk"), ["log", "at risk", "sam@example.com"]);
  assert.deepEqual(handled("task.completed").slice(0, 2), ["log", "task completed"]);
  assert.deepEqual(handled("customer.created"), ["log", "not handled", "customer.created"]);
});

test("a diagnosis names the accident", async () => {
  await moduleOf("Refused deliveries");
  const [level, code] = logged.pop();
  assert.deepEqual([level, code], ["log", "body_json_spacing"]);
});

test("the block of the page about troubleshooting names the accident", async () => {
  const { body, headers } = signed();
  const given = { secret: SECRET, body: Buffer.concat([body, Buffer.from("\n")]), headers };
  Object.assign(globalThis, given);
  await moduleOf("Troubleshooting");
  for (const name of Object.keys(given)) delete globalThis[name];
  const [level, message] = logged.pop();
  assert.equal(level, "log");
  assert.match(message, /^the body has got white space at its start/);
});

test("a receiver logs the accident, and the variables of production are documented", async () => {
  const { receive } = await moduleOf("Refused deliveries 2");
  const { body, headers } = signed();
  const init = { method: "POST", headers, body: `${new TextDecoder().decode(body)}\n` };
  const { status } = await receive(new Request(URL_OF_ALL, init));
  assert.equal(status, 401);
  assert.match(logged.at(-1)[1], /^webhook diagnosed \(body_newline_added\) \{"message":/);
  for (const name of ENVIRONMENT_VARIABLES) {
    assert.ok(sections.get("Refused deliveries").includes(`\`${name}\``), name);
  }
});

test("the newest state is kept, whatever the order of the deliveries", async (t) => {
  const { keepNewest } = await moduleOf("Idempotency");
  if (!isBuiltin("node:sqlite")) {
    t.skip("this Node has no SQLite");
    return;
  }
  const { DatabaseSync } = await import("node:sqlite");
  const times = ["2026-05-26T18:42:00Z", "2026-05-26T20:42:01+02:00", "2026-05-26T18:42:02.500Z"];
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
    [2, 0, 1],
  ]) {
    const database = new DatabaseSync(":memory:");
    database.exec("CREATE TABLE customers (id PRIMARY KEY, health_score, changed_at)");
    for (const number of order) {
      const sample = sampleEvent("customer.health_score_dropped", {
        created_at: times[number],
        data: { object: { id: "cus_1", health_score: number } },
      });
      const { body, headers } = signedRequest(sample, SECRET);
      keepNewest(database, new Webhook(SECRET).unwrap(body, headers));
    }
    const rows = database.prepare("SELECT id, health_score FROM customers").all();
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [{ id: "cus_1", health_score: 2 }],
    );
  }
});

test("handlers by type receive", async () => {
  const { receive } = await moduleOf("Handlers");
  assert.deepEqual(await judgedFetch(receive), OK);
  assert.deepEqual(logged.pop(), ["log", "at risk", "sam@example.com"]);
  await receive(signedRequest(sampleEvent("webhook.ping"), SECRET).request(URL_OF_ALL));
  assert.deepEqual(logged.pop(), ["log", "listed", "webhook.ping"]);
});

test("a job of a receiver reaches the worker", async () => {
  const { jobOf, work } = await moduleOf("Queues");
  const { body, headers } = signed();
  work(jobOf(new Webhook(SECRET).unwrap(body, headers)));
  assert.deepEqual(logged.pop(), ["log", sample().id, "sam@example.com"]);
});

test("the tests pass, and their table is of methods that exist", async () => {
  await moduleOf("Your tests");
  await moduleOf("Your tests 2");
  const [, ...rows] = [
    ...sections.get("Your tests").matchAll(/^\| .* \| `.*signed\.(\w+).*` \|$/gm),
  ];
  for (const [, name] of rows) assert.notEqual(signed()[name], undefined, name);
  for (const [, name] of sections.get("Your tests").matchAll(/`(\w+)\(\)`/g)) {
    assert.equal(typeof signed()[name], "function", name);
  }
});

test("every fault is in the table, and is refused with its code", () => {
  const rows = [...sections.get("Your tests").matchAll(/^\| (`\w+\(\)`.*) \| `(\w+)`.* \|$/gm)];
  const documented = rows.flatMap(([, names, code]) =>
    [...names.matchAll(/`(\w+)\(\)`/g)].map(([, name]) => [name, code]),
  );
  // In text, not in the example: how to send a request, and `again`, which is no fault.
  const others = [...sections.get("Your tests").matchAll(/`[^`\n]*signed\.(\w+)\([^`\n]*`/g)];
  assert.deepEqual(
    new Set(["constructor", ...others.map(([, name]) => name), ...new Map(documented).keys()]),
    new Set(Object.getOwnPropertyNames(SignedRequest.prototype)),
  );
  const webhook = new Webhook(SECRET);
  for (const [name, code] of documented) {
    const { body, headers } = signed()[name]();
    assert.throws(() => webhook.unwrap(body, headers), { code }, name);
  }
});

test("the advice of running it", async () => {
  const { body, headers } = signed();
  const [now, before] = [newSecret(), SECRET];
  assert.equal(new Webhook([now, before]).unwrap(body, headers).delivery.label, null);
  assert.equal(new Webhook({ now, before }).unwrap(body, headers).delivery.label, "before");
  assert.ok(Webhook.pivot(SECRET, { maxEventAge: 86_400 }));
  assert.equal(new Webhook(SECRET).maxBody, 2 ** 20);
});

test("code from Svix runs", async () => {
  const { payload, raw } = await moduleOf("Coming from Svix");
  assert.deepEqual(payload, {});
  assert.equal(raw.maxBody, 2 ** 20);
});

test("no block was left out", () => {
  assert.deepEqual(
    [...modules.keys()].filter((title) => !ran.has(title)),
    [],
  );
});
