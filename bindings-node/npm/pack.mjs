// Packs what is published: `node bindings-node/npm/pack.mjs <out-dir> [<addons-dir>]`.
//
// It makes one tarball each of `pivotal-webhooks` and `pivotal-webhooks-wasm`, and one for every addon
// in `addons-dir`, by default `native`: `pivotal-webhooks-<platform>`. npm installs the addon for its platform. The addons are
// added as optional dependencies here and not in the manifest of `pivotal-webhooks`: there, npm would
// look them up whenever the workspace is installed, although they exist only in a release.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const workspace = join(here, "..", "..");

/** The platforms that have an addon, with the compiler's names for them. */
export const PLATFORMS = readJson(join(here, "platforms.json"));

function main(outDir, addons = join(here, "..", "native")) {
  const stage = join(outDir, "stage");
  rmSync(outDir, { recursive: true, force: true });
  const node = readJson(join(here, "..", "package.json"));
  const packages = Object.keys(PLATFORMS).map((platform) => `${node.name}-${platform}`);
  const optionalDependencies = Object.fromEntries(packages.map((name) => [name, node.version]));

  const folders = [
    copied("bindings-node", { ...node, optionalDependencies }),
    copied("bindings-wasm", readJson(join(workspace, "bindings-wasm", "package.json"))),
    ...Object.keys(PLATFORMS).flatMap((platform) => {
      const addon = `${node.name}.${platform}.node`;
      const built = join(addons, addon);
      return existsSync(built) ? [addonPackage(platform, addon, built)] : [];
    }),
  ];
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  execFileSync(npm, ["pack", "--silent", "--pack-destination", outDir, ...folders], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });

  function copied(folder, manifest) {
    const from = join(workspace, folder);
    const to = written(manifest);
    for (const name of ["README.md", ...manifest.files]) {
      cpSync(join(from, name), join(to, name), { recursive: true });
    }
    return to;
  }

  function addonPackage(platform, addon, built) {
    const { rust, os, cpu, libc } = PLATFORMS[platform];
    const { author, engines, homepage, license, repository, version } = node;
    const to = written({
      name: `${node.name}-${platform}`,
      version,
      description: `The native addon of ${node.name} for ${rust}.`,
      homepage,
      ...(repository && { repository }),
      license,
      author,
      engines,
      os: [os],
      cpu: [cpu],
      ...(libc && { libc: [libc] }),
      type: "commonjs",
      main: addon,
      files: [addon],
    });
    cpSync(built, join(to, addon));
    writeFileSync(join(to, "README.md"), `The native addon of \`${node.name}\` for ${rust}.\n`);
    return to;
  }

  /** A package's folder, with its manifest and the licences. */
  function written(manifest) {
    const to = join(stage, manifest.name);
    const licences = ["LICENSE", "LICENSE-APACHE", "LICENSE-MIT"];
    const text = JSON.stringify({ ...manifest, files: [...manifest.files, ...licences] }, null, 2);
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, "package.json"), `${text}\n`);
    for (const name of licences) cpSync(join(workspace, name), join(to, name));
    return to;
  }
}

function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [outDir, addons] = process.argv.slice(2);
  if (outDir === undefined)
    throw new Error("usage: node bindings-node/npm/pack.mjs <out-dir> [<addons-dir>]");
  main(resolve(outDir), addons && resolve(addons));
}
