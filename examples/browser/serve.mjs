// Serves the page on this machine.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const packagePath = createRequire(import.meta.url).resolve("pivotal-webhooks-wasm/package.json");

const FILES = {
  "/": ["text/html", join(here, "index.html")],
  "/page.css": ["text/css", join(here, "page.css")],
  "/page.mjs": ["text/javascript", join(here, "page.mjs")],
  "/pivotal-webhooks-wasm.mjs": ["text/javascript", join(dirname(packagePath), "dist/index.mjs")],
};

const server = createServer(async ({ url }, response) => {
  const [type, file] = FILES[new URL(url, "http://localhost").pathname] ?? [];
  if (file === undefined) {
    response.writeHead(404).end();
  } else {
    response.writeHead(200, { "content-type": type }).end(await readFile(file));
  }
});

server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
