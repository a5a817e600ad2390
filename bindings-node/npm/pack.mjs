// Packs what is published: `node bindings-node/npm/pack.mjs <out-dir> [<addons-dir>]`.
//
// It makes one tarball each of `pivotal-webhooks` and `pivotal-webhooks-wasm`, and one for every addon
// in `addons-dir`, by default `native`: `pivotal-webhooks-<platform>`. npm installs the addon for its
// platform.

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PLATFORMS, readJson, Stage, withPlatforms, WORKSPACE } from "./stage.mjs";

const here = dirname(fileURLToPath(import.meta.url));

function main(outDir, addons = join(here, "..", "native")) {
  const stage = new Stage(outDir);
  const node = readJson(join(here, "..", "package.json"));
  const wasm = readJson(join(WORKSPACE, "bindings-wasm", "package.json"));
  stage.copy(join(here, ".."), withPlatforms(node));
  stage.copy(join(WORKSPACE, "bindings-wasm"), wasm);
  for (const platform of Object.keys(PLATFORMS)) {
    const addon = `${node.name}.${platform}.node`;
    const built = join(addons, addon);
    if (existsSync(built)) stage.platform(node, platform, "The native addon", addon, built);
  }
  stage.pack();
}

const [outDir, addons] = process.argv.slice(2);
if (outDir === undefined) {
  throw new Error("usage: node bindings-node/npm/pack.mjs <out-dir> [<addons-dir>]");
}
main(resolve(outDir), addons && resolve(addons));
