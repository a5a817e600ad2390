// Measures the time of a start, from the import to the first verified delivery:
// `node bindings-wasm/bench/cold.mjs`, after a build of both packages.
//
// In Node, each start is a new process. In workerd, no clock runs while a Worker works, so the time is
// measured until a new Worker has answered its first request; the time of an empty Worker is printed
// beside it. In Chromium, if the variable CHROMIUM names one, each start is a new page, and no compiled
// code is used again.
//
// The rounds are interleaved, so that a busy machine slows all of them. The output has the median and
// the least time.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { chromium } from "playwright-core";
import { SECRET, svixHeaders, unixNow } from "../../bindings-node/test/support/sender.mjs";

const ROUNDS = 15;

const here = dirname(fileURLToPath(import.meta.url));

const PACKAGES = {
  native: "pivotal-webhooks",
  wasm: "pivotal-webhooks-wasm",
  svix: "svix",
};
const { native: _, ...ANYWHERE } = PACKAGES;

const BODY = JSON.stringify({ id: "evt_1", type: "customer.churned", data: {} });
const HEADERS = svixHeaders({ at: unixNow(), body: BODY });
const VERIFY = `new Webhook("${SECRET}").verify(${JSON.stringify(BODY)}, ${JSON.stringify(HEADERS)})`;

async function inNode() {
  const start = (name) => () => {
    const script = `const start = performance.now();
      const { Webhook } = await import("${name}");
      ${VERIFY};
      console.log(performance.now() - start)`;
    const flags = ["--input-type=module", "--eval", script];
    return Number(execFileSync(process.execPath, flags, { cwd: here, encoding: "utf8" }));
  };
  return measure(mapped(PACKAGES, start));
}

async function inWorkerd() {
  const starts = { "an empty Worker": await workerStart("const Webhook = undefined;", "") };
  for (const [label, name] of Object.entries(ANYWHERE)) {
    starts[label] = await workerStart(`import { Webhook } from "${name}";`, VERIFY);
  }
  return measure(starts);
}

async function workerStart(imports, work) {
  const source = `${imports}
    export default { fetch() { ${work}; return new Response("verified"); } };`;
  const script = await bundled(source, ["workerd"], ["*.wasm"]);
  const modules = [
    { type: "ESModule", path: "worker.mjs", contents: script },
    ...["core.wasm"]
      .filter((path) => script.includes(path))
      .map((path) => ({ type: "CompiledWasm", path, contents: moduleBytes(path) })),
  ];
  return async () => {
    const start = performance.now();
    const worker = new Miniflare({ modules, cf: false, compatibilityDate: "2026-04-01" });
    const answer = await (await worker.dispatchFetch("http://localhost/")).text();
    const time = performance.now() - start;
    await worker.dispose();
    if (answer !== "verified") throw new Error(answer);
    return time;
  };
}

async function inChromium(executablePath) {
  const browser = await chromium.launch({ executablePath, args: ["--disable-gpu"] });
  try {
    const starts = {};
    for (const [label, name] of Object.entries(ANYWHERE)) {
      const script = await bundled(`export { Webhook } from "${name}";`, ["browser"]);
      starts[label] = () => pageStart(browser, script);
    }
    return await measure(starts);
  } finally {
    await browser.close();
  }
}

async function pageStart(browser, script) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route("**/*", (route) =>
    route.request().url().endsWith(".mjs")
      ? route.fulfill({ contentType: "text/javascript", body: script })
      : route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
  );
  await page.goto("http://localhost/");
  const time = await page.evaluate(`(async () => {
    const start = performance.now();
    const { Webhook } = await import("/entry.mjs");
    ${VERIFY};
    return performance.now() - start;
  })()`);
  await context.close();
  return time;
}

async function bundled(contents, conditions, external = []) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here },
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2022",
    conditions,
    mainFields: ["browser", "module", "main"],
    external,
  });
  return outputFiles[0].text;
}

function moduleBytes(name) {
  return readFileSync(join(here, "..", "dist", name));
}

function mapped(values, map) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}

/** The milliseconds of each start, round by round. */
async function measure(starts) {
  const times = mapped(starts, () => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [label, start] of Object.entries(starts)) times[label].push(await start());
  }
  return times;
}

function print(where, times) {
  console.log(where.padEnd(24), "median, ms".padStart(12), "least, ms".padStart(12));
  for (const [label, all] of Object.entries(times)) {
    const sorted = all.sort((one, other) => one - other);
    const cells = [sorted[ROUNDS >> 1], sorted[0]].map((time) => time.toFixed(1).padStart(12));
    console.log(label.padEnd(24), ...cells);
  }
}

print("Node", await inNode());
print("workerd", await inWorkerd());
const { CHROMIUM } = process.env;
if (CHROMIUM) {
  print("Chromium", await inChromium(CHROMIUM));
} else {
  console.log("Chromium: the variable CHROMIUM names none");
}
