// What npm packs: folders, each with a manifest, its files and the licences.

import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

export const WORKSPACE = join(here, "..", "..");

/** The platforms that have native packages, with the compiler's names for them. */
export const PLATFORMS = readJson(join(here, "platforms.json"));

export function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/**
 * The manifest with a package for every platform as an optional dependency, of which npm installs the
 * one that fits. The manifests in the repository have none: npm would look them up whenever the workspace
 * is installed, although they exist only in a release.
 */
export function withPlatforms(manifest) {
  const names = Object.keys(PLATFORMS).map((platform) => `${manifest.name}-${platform}`);
  const optionalDependencies = Object.fromEntries(names.map((name) => [name, manifest.version]));
  return { ...manifest, optionalDependencies };
}

/** The packages that are packed together. */
export class Stage {
  #out;
  #folders = [];

  /** Empties `out`, which gets the tarballs. */
  constructor(out) {
    this.#out = out;
    rmSync(out, { recursive: true, force: true });
  }

  /** A package with the files of its manifest, which are in the folder `from`, and a README. */
  copy(from, manifest, readme = join(from, "README.md")) {
    const to = this.#written(manifest);
    cpSync(readme, join(to, "README.md"));
    for (const name of manifest.files) {
      cpSync(join(from, name), join(to, name), { recursive: true });
    }
  }

  /** The package of a platform, which belongs to the package of `manifest` and has one native file. */
  platform(manifest, platform, what, name, file) {
    const { os, cpu, libc, rust } = PLATFORMS[platform];
    const { author, engines, homepage, license, repository, version } = manifest;
    const description = `${what} of ${manifest.name} for ${rust}.`;
    const to = this.#written({
      name: `${manifest.name}-${platform}`,
      version,
      description,
      homepage,
      ...(repository && { repository }),
      license,
      author,
      engines,
      os: [os],
      cpu: [cpu],
      ...(libc && { libc: [libc] }),
      type: "commonjs",
      main: name,
      files: [name],
    });
    cpSync(file, join(to, name));
    // An artefact of a workflow has lost the permission.
    chmodSync(join(to, name), 0o755);
    writeFileSync(join(to, "README.md"), `${what} of \`${manifest.name}\` for ${rust}.\n`);
  }

  /** Makes a tarball of each package. */
  pack() {
    const windows = process.platform === "win32";
    execFileSync(
      windows ? "npm.cmd" : "npm",
      ["pack", "--silent", "--pack-destination", this.#out, ...this.#folders],
      { stdio: "inherit", shell: windows },
    );
  }

  /** A package's folder, with its manifest and the licences. */
  #written(manifest) {
    const to = join(this.#out, "stage", manifest.name);
    const licences = ["LICENSE", "LICENSE-APACHE", "LICENSE-MIT"];
    const text = JSON.stringify({ ...manifest, files: [...manifest.files, ...licences] }, null, 2);
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, "package.json"), `${text}\n`);
    for (const name of licences) cpSync(join(WORKSPACE, name), join(to, name));
    this.#folders.push(to);
    return to;
  }
}
