// Tests the packed packages, installed outside the repository, in pages of a real browser: unbundled,
// and bundled by each bundler.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after, describe, test } from "node:test";
import { esbuild, vite, webpacked } from "./bundlers.mjs";
import { launch } from "./chromium.mjs";
import {
  ANSWERS,
  bundled,
  checkVectors,
  delivery,
  installed,
  PACKAGES,
  report,
} from "./project.mjs";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript" };

const project = installed();
const server = createServer(serve).listen(0, "127.0.0.1");
after(() => server.close());
await once(server, "listening");
const browser = await launch();
for (const packageName of PACKAGES) {
  mkdirSync(join(project, packageName));
  const page = await bundled("page.mjs", { project, packageName });
  writeFileSync(join(project, packageName, "page.js"), page);
}

/** The HTML of the page for each way to run an entry that imports the package by its name. */
const MAKERS = {
  async chromium(_, packageName) {
    const dist = `/node_modules/${packageName}/dist`;
    const imports = {
      [packageName]: `${dist}/${packageName === "pivotal-webhooks" ? "wasm/" : ""}index.mjs`,
      [`${packageName}/fetch`]: `${dist}/receivers/fetch.mjs`,
      [`${packageName}/queue`]: `${dist}/queue.mjs`,
    };
    return `<script nonce="map" type="importmap">${JSON.stringify({ imports })}</script>
      <script type="module" src="/${packageName}/page.js"></script>`;
  },
  async vite(entry, packageName) {
    await vite(entry, join(project, packageName, "vite", "page.js"));
    return `<script type="module" src="/${packageName}/vite/page.js"></script>`;
  },
  async webpack(entry, packageName) {
    await webpacked(entry, join(project, packageName, "webpack.js"));
    return `<script src="/${packageName}/webpack.js"></script>`;
  },
  async esbuild(entry, packageName) {
    await esbuild(entry, join(project, packageName, "esbuild.js"));
    return `<script src="/${packageName}/esbuild.js"></script>`;
  },
  async "web worker"(entry, packageName) {
    await webpacked(entry, join(project, packageName, "worker.js"), { target: "webworker" });
    return `<script nonce="map">
      globalThis.results = new Promise((resolve) => {
        new Worker("/${packageName}/worker.js").onmessage = ({ data }) => resolve(data);
      });
    </script>`;
  },
};

describe("in a page", { concurrency: 2 }, () => {
  for (const [run, packageName] of Object.keys(MAKERS).flatMap((run) =>
    PACKAGES.map((name) => [run, name]),
  )) {
    test(`${packageName} by ${run}`, async () => {
      const script = await MAKERS[run](join(project, packageName, "page.js"), packageName);
      const file = `${packageName}/${run}.html`;
      writeFileSync(join(project, file), `<!doctype html><meta charset="utf-8">${script}`);

      const page = await browser.newPage();
      try {
        const faults = [];
        page.on("pageerror", (error) => faults.push(error));
        page.on("console", (message) => faults.push(message.text()));
        await page.goto(`http://127.0.0.1:${server.address().port}/${file}`);
        const results = await page.evaluate(() => globalThis.results);
        assert.deepEqual(faults, []);
        assert.deepEqual(results.answers, ANSWERS);
        const count = checkVectors(results);
        report(run, count);
      } finally {
        await page.close();
      }
    });
  }
});

/** A file of the project, or a delivery as its sender would send it. */
function serve({ url }, response) {
  const path = decodeURI(new URL(url, "http://localhost").pathname);
  if (path === "/delivery") {
    const { body, headers } = delivery();
    response.writeHead(200, headers).end(body);
    return;
  }
  if (path === "/favicon.ico") {
    response.writeHead(204).end();
    return;
  }
  response.writeHead(200, {
    "content-type": TYPES[extname(path)] ?? "application/octet-stream",
    // The strictest policy of a page with WebAssembly. The other two headers allow shared memory, which
    // the vectors use.
    "content-security-policy":
      "default-src 'self'; script-src 'self' 'nonce-map' 'wasm-unsafe-eval'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  });
  response.end(readFileSync(join(project, normalize(path))));
}
