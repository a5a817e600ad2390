// Builds the page: `node playground/build.mjs [<out-file>]`, by default `dist/index.html`.
//
// The page is one file with its style, its script and the WebAssembly modules, so that it works from a
// disk and offline. Its Content-Security-Policy names the hashes of both, and allows no connection.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

async function bundled(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(here, "src", entry)],
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    write: false,
    logLevel: "warning",
  });
  return outputFiles[0].text.trim();
}

function hashOf(text) {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** The text with the content right after the marker, which stands in it once. */
function filled(text, [marker, content]) {
  const [before, after, ...others] = text.split(marker);
  if (after === undefined || others.length > 0) throw new Error(`not once in the page: ${marker}`);
  return before + marker + content + after;
}

const outFile = resolve(process.argv[2] ?? join(here, "dist", "index.html"));
const [style, script] = await Promise.all([bundled("page.css"), bundled("main.ts")]);
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)} 'wasm-unsafe-eval'`,
  `style-src ${hashOf(style)}`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join("; ");
const page = [
  ['Content-Security-Policy" content="', policy],
  ["<style>", style],
  ['<script type="module">', script],
].reduce(filled, readFileSync(join(here, "src", "index.html"), "utf8"));
mkdirSync(dirname(outFile), { recursive: true });
writeFileSync(outFile, page);
console.log(`${outFile}: ${Math.round(page.length / 1024)} KiB`);
