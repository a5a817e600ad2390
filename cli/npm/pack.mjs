// Packs the tool for npm: `node cli/npm/pack.mjs <out-dir> <programs-dir>`.
//
// It makes a tarball of the launcher, `pivotal-webhooks-cli`, and one for every program in `programs-dir`,
// which has a folder for each platform: `pivotal-webhooks-cli-<platform>`. npm installs the program for
// its platform.

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PLATFORMS, readJson, Stage, withPlatforms } from "../../bindings-node/npm/stage.mjs";

const here = dirname(fileURLToPath(import.meta.url));

function main(outDir, programs) {
  const stage = new Stage(outDir);
  const manifest = readJson(join(here, "package.json"));
  stage.copy(here, withPlatforms(manifest), join(here, "..", "README.md"));
  for (const [platform, { os }] of Object.entries(PLATFORMS)) {
    const program = os === "win32" ? "pivotal-webhooks.exe" : "pivotal-webhooks";
    const built = join(programs, platform, program);
    if (existsSync(built)) stage.platform(manifest, platform, "The program", program, built);
  }
  stage.pack();
}

const [outDir, programs] = process.argv.slice(2);
if (programs === undefined) {
  throw new Error("usage: node cli/npm/pack.mjs <out-dir> <programs-dir>");
}
main(resolve(outDir), resolve(programs));
