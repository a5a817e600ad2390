//! Checks the programs that the tasks need, then installs and builds the rest in the project's own
//! folders.

use std::{
    collections::BTreeMap,
    env::{
        consts::{DLL_PREFIX, DLL_SUFFIX},
        split_paths,
    },
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    thread,
};

use crate::{
    failure::{About as _, Failure, Result},
    shell::{self, Shell, cargo},
    stamp::unless_fresh,
};

/// The programs of this machine that the tasks start from.
pub(crate) struct Machine {
    python: &'static str,
    python_version: String,
    node_version: String,
    /// Whether what runs in a browser is left out.
    pub(crate) without_chromium: bool,
    /// Whether what needs Redis, Valkey or PostgreSQL is left out.
    pub(crate) without_servers: bool,
}

impl Machine {
    /// Finds Node, Python and the compiler's target for the wasm package, or says what is missing.
    pub(crate) fn detect() -> Result<Self> {
        let (python, python_version) = find_python()?;
        let node_version = find_node()?;
        add_target(WASM)?;
        Ok(Self {
            python,
            python_version,
            node_version,
            without_chromium: false,
            without_servers: false,
        })
    }

    /// The Python of the tasks' own environment, with every tool of the lock file.
    pub(crate) fn python(&self) -> Result<PathBuf> {
        self.environment("python", PYTHON_LOCK)
    }

    /// The Python of a virtual environment in `target/xtask` that has the packages of a lock file.
    pub(crate) fn environment(&self, folder: &str, lock: &str) -> Result<PathBuf> {
        let environment = shell::work().join(folder);
        let python = environment.join(IN_ENVIRONMENT).join("python");
        unless_fresh(
            &format!("python packages of {}", lock.replace('/', " ")),
            &[lock],
            &[&self.python_version, &environment.to_string_lossy()],
            std::slice::from_ref(&python),
            || {
                Shell::new(self.python).args(["-m", "venv", "--clear"]).arg(&environment).run()?;
                pip(&python, ["--require-hashes", "--requirement", lock])
            },
        )?;
        Ok(python)
    }

    /// The Python of the tasks' own environment, with the wheel of this source installed.
    pub(crate) fn python_with_wheel(&self) -> Result<PathBuf> {
        let python = self.python()?;
        let wheels = self.wheels();
        unless_fresh(
            "python wheel",
            &[&RUST, WHEEL].concat(),
            &[&self.python_version, &python.to_string_lossy()],
            std::slice::from_ref(&wheels),
            || {
                build_wheel(&python, &wheels, &[])?;
                install_wheel(&python, &wheels, &["--force-reinstall"])
            },
        )?;
        Ok(python)
    }

    /// The folder that the wheel is built into.
    pub(crate) fn wheels(&self) -> PathBuf {
        shell::work().join("wheels")
    }

    /// Unpacks the wheel into a folder, for other Pythons to import.
    pub(crate) fn unpack_wheel(&self, site: &Path) -> Result {
        let python = self.python_with_wheel()?;
        unless_fresh(
            "python wheel unpacked",
            &[&RUST, WHEEL].concat(),
            &[],
            &[site.to_path_buf()],
            || {
                remove_dir(site)?;
                install_wheel(&python, &self.wheels(), &["--target", &site.to_string_lossy()])
            },
        )
    }

    /// The source distribution of this source.
    pub(crate) fn sdist(&self) -> Result<PathBuf> {
        let python = self.python()?;
        let folder = shell::work().join("sdist");
        unless_fresh(
            "python source distribution",
            &[&RUST, WHEEL, SDIST].concat(),
            &[],
            std::slice::from_ref(&folder),
            || {
                remove_dir(&folder)?;
                maturin(&python, "sdist").arg("--out").arg(&folder).run()
            },
        )?;
        only_file(&folder)
    }

    /// A folder with the Python package as pip builds it from the source distribution, which it
    /// unpacks far from this folder.
    pub(crate) fn python_from_sdist(&self) -> Result<PathBuf> {
        let (python, sdist) = (self.python()?, self.sdist()?);
        let site = shell::work().join("sdist site");
        unless_fresh(
            "python package from its source distribution",
            &[&RUST, WHEEL, SDIST].concat(),
            &[&self.python_version],
            std::slice::from_ref(&site),
            || {
                remove_dir(&site)?;
                // All files of the archive have the same time, so cargo would not see them as new.
                let target = shell::work().join("sdist target");
                remove_dir(&target)?;
                // pip finds maturin on the PATH: the pinned one, instead of another from PyPI.
                let tools = python.parent().map(Path::to_path_buf);
                let path = std::env::var_os("PATH").unwrap_or_default();
                let path = std::env::join_paths(tools.into_iter().chain(split_paths(&path)));
                pip_install(&python)
                    .args(["--no-deps", "--no-index", "--no-build-isolation", "--no-cache-dir"])
                    .arg("--target")
                    .arg(&site)
                    .arg(&sdist)
                    .env("PATH", path.about("PATH")?)
                    .env("CARGO_TARGET_DIR", target)
                    .run()
            },
        )?;
        Ok(site)
    }

    /// The CPythons of this machine that the wheel is for: those on the PATH, and pyenv's.
    pub(crate) fn other_pythons(&self) -> Vec<PathBuf> {
        let on_path = (OLDEST_PYTHON.1..20)
            .flat_map(|minor| [format!("python3.{minor}"), format!("python3.{minor}t")])
            .map(PathBuf::from);
        let pyenv = std::env::var_os("PYENV_ROOT")
            .map(PathBuf::from)
            .or_else(|| Some(std::env::home_dir()?.join(".pyenv")));
        let versions = pyenv.and_then(|root| fs::read_dir(root.join("versions")).ok());
        let managed = versions.into_iter().flatten().flatten();
        let managed = managed.map(|version| version.path().join("bin/python"));
        let mut pythons: Vec<PathBuf> = on_path.chain(managed).collect();
        pythons.retain(|python| {
            let version = version_of(python, "Python ");
            version.is_some_and(|version| numbers(&version) >= Some(OLDEST_PYTHON))
        });
        pythons
    }

    /// One CPython of each version on this machine, the oldest first: those without the global lock, or
    /// the others.
    pub(crate) fn distinct_pythons(&self, free_threaded: bool) -> Vec<PathBuf> {
        let script = "import sys, sysconfig; print(*sys.version_info[:3], \
                      int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))))";
        let free_threaded = if free_threaded { "1" } else { "0" };
        let mut found = BTreeMap::new();
        for python in self.other_pythons() {
            let facts = Shell::new(&python).args(["-c", script]).quiet_output().unwrap_or_default();
            let facts: Vec<&str> = facts.split_whitespace().collect();
            let Some((&kind, version)) = facts.split_last() else {
                continue;
            };
            if kind == free_threaded {
                let version: Vec<u32> = version.iter().flat_map(|part| part.parse()).collect();
                found.entry(version).or_insert(python);
            }
        }
        found.into_values().collect()
    }

    /// A CPython of a version, with the global lock.
    pub(crate) fn python_of(&self, version: (u32, u32)) -> Option<PathBuf> {
        let mut pythons = self.distinct_pythons(false).into_iter();
        pythons.find(|python| {
            version_of(python, "Python ").is_some_and(|text| numbers(&text) == Some(version))
        })
    }

    /// The Nodes to test under: this machine's, and the supported ones from `node_modules`.
    pub(crate) fn nodes(&self) -> Vec<PathBuf> {
        let platform = match std::env::consts::OS {
            "macos" => "darwin",
            "windows" => "win",
            other => other,
        };
        let arch = match std::env::consts::ARCH {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            other => other,
        };
        let binary = if cfg!(windows) { "bin/node.exe" } else { "bin/node" };
        let installed = SUPPORTED_NODES
            .iter()
            .map(|major| format!("node_modules/node{major}-{platform}-{arch}/{binary}"))
            .map(|path| shell::root().join(path))
            .filter(|path| path.exists());
        let mut nodes: Vec<PathBuf> = installed.collect();
        if nodes.len() < SUPPORTED_NODES.len() {
            println!("npm has no Node of every supported version for this platform");
            nodes.insert(0, "node".into());
        }
        nodes
    }

    /// A folder with the Python package, built so that its verification can be made to panic.
    pub(crate) fn python_probe(&self) -> Result<PathBuf> {
        self.python_with_feature("panic-probe", "probe")
    }

    /// A folder with the Python package, built so that the core can be measured beside it.
    pub(crate) fn python_bench(&self) -> Result<PathBuf> {
        self.python_with_feature("bench", "bench")
    }

    /// A folder with the packages of PyPI that only benches need.
    pub(crate) fn python_peers(&self) -> Result<PathBuf> {
        let python = self.python()?;
        let site = shell::work().join("bench/peers");
        let lock = "bindings-python/bench/requirements.txt";
        unless_fresh(
            "python packages of the benches",
            &[lock],
            &[&self.python_version],
            std::slice::from_ref(&site),
            || {
                remove_dir(&site)?;
                pip_install(&python)
                    .args(["--no-deps", "--require-hashes", "--requirement", lock, "--target"])
                    .arg(&site)
                    .run()
            },
        )?;
        Ok(site)
    }

    fn python_with_feature(&self, feature: &str, folder: &str) -> Result<PathBuf> {
        let python = self.python()?;
        let wheels = shell::work().join(folder).join("wheels");
        let site = shell::work().join(folder).join("python");
        unless_fresh(
            &format!("python wheel with {feature}"),
            &[&RUST, WHEEL].concat(),
            &[&self.python_version],
            std::slice::from_ref(&site),
            || {
                build_wheel(&python, &wheels, &["--features", feature])?;
                remove_dir(&site)?;
                install_wheel(&python, &wheels, &["--target", &site.to_string_lossy()])
            },
        )?;
        Ok(site)
    }

    /// The JavaScript tools of the lock file, in `node_modules`.
    pub(crate) fn node_packages(&self) -> Result {
        unless_fresh(
            "node packages",
            &["package-lock.json"],
            &[&self.node_version],
            &[shell::root().join("node_modules/.package-lock.json")],
            || npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).run(),
        )
    }

    /// The packages of npm that only benches need, in a `node_modules` beside the benches.
    pub(crate) fn node_peers(&self) -> Result {
        let folder = "bindings-node/bench";
        unless_fresh(
            "node packages of the benches",
            &["bindings-node/bench/package-lock.json"],
            &[&self.node_version],
            &[shell::root().join(folder).join("node_modules")],
            || {
                npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--workspaces=false"])
                    .dir(folder)
                    .run()
            },
        )
    }

    /// Installs the packages of Python and JavaScript while `compile` runs: the one waits for the network
    /// and the other for the processors. What fails is reported by the step that needs the packages.
    pub(crate) fn while_packages_install<T>(&self, compile: impl FnOnce() -> T) -> T {
        thread::scope(|scope| {
            scope.spawn(|| self.python());
            scope.spawn(|| self.node_packages());
            compile()
        })
    }

    /// Compiles the Rust of both npm packages, which needs no package of JavaScript yet.
    pub(crate) fn compile_for_node(&self) -> Result {
        compile_module(&[])?;
        cargo(["build", "--package", "xtask-bindgen"]).run()?;
        compile_addon(&[])
    }

    /// Both npm packages, built from this source.
    pub(crate) fn node_with_builds(&self) -> Result {
        self.node_packages()?;
        let wasm = shell::root().join("bindings-wasm/dist");
        self.build_wasm("wasm module", &[], &shell::work().join("module"), &wasm)?;
        let package = shell::root().join("bindings-node");
        self.build_addon("node addon", &[], &wasm, &package)
    }

    /// A folder with the packages as npm would publish them: both, and the addon of this platform.
    pub(crate) fn npm_tarballs(&self) -> Result<PathBuf> {
        self.node_with_builds()?;
        let folder = shell::work().join("tarballs");
        unless_fresh(
            "npm tarballs",
            &[&RUST[..], JAVASCRIPT, &["LICENSE", "LICENSE-APACHE", "LICENSE-MIT"]].concat(),
            &[&self.node_version],
            std::slice::from_ref(&folder),
            || Shell::new("node").arg("bindings-node/npm/pack.mjs").arg(&folder).run(),
        )?;
        Ok(folder)
    }

    /// The native package, built so that its verification can be made to panic.
    pub(crate) fn node_probe(&self) -> Result<PathBuf> {
        self.node_packages()?;
        let (package, wasm) = (shell::work().join("probe/node"), self.wasm_probe()?);
        self.build_addon("node addon with panic probe", PROBE, &wasm, &package)?;
        Ok(package)
    }

    /// The wasm package, built so that its verification can be made to panic.
    pub(crate) fn wasm_probe(&self) -> Result<PathBuf> {
        self.node_packages()?;
        let dist = shell::work().join("probe/wasm");
        let module = shell::work().join("probe/module");
        self.build_wasm("wasm module with panic probe", PROBE, &module, &dist)?;
        Ok(dist)
    }

    fn build_addon(&self, name: &str, features: &[&str], wasm: &Path, package: &Path) -> Result {
        unless_fresh(
            name,
            &[&RUST[..], JAVASCRIPT].concat(),
            &[&self.node_version],
            &[package.join("dist/index.cjs"), package.join("native")],
            || {
                compile_addon(features)?;
                let library = format!("{DLL_PREFIX}pivotal_webhooks_node{DLL_SUFFIX}");
                Shell::new("node")
                    .arg("bindings-node/build.mjs")
                    .arg(shell::target().join("release").join(library))
                    .args([wasm, package])
                    .run()
            },
        )
    }

    fn build_wasm(&self, name: &str, features: &[&str], module: &Path, dist: &Path) -> Result {
        unless_fresh(
            name,
            &[&RUST[..], JAVASCRIPT].concat(),
            &[&self.node_version],
            &[dist.join("core.wasm"), dist.join("diagnosis.wasm")],
            || {
                build_module(features, &module.join("core.wasm"))?;
                let with_diagnosis = [features, &["--features", "diagnosis"]].concat();
                build_module(&with_diagnosis, &module.join("diagnosis.wasm"))?;
                Shell::new("node").arg("bindings-wasm/build.mjs").arg(module).arg(dist).run()
            },
        )
    }
}

fn compile_addon(features: &[&str]) -> Result {
    cargo(["build", "--release", "--package", "pivotal-webhooks-node"]).args(features).run()
}

fn compile_module(features: &[&str]) -> Result {
    cargo(["build", "--profile", "wasm", "--package", "pivotal-webhooks-wasm"])
        .args(["--target", WASM])
        .args(features)
        .run()
}

fn build_module(features: &[&str], module: &Path) -> Result {
    compile_module(features)?;
    let built = shell::target().join(WASM).join("wasm/pivotal_webhooks_wasm.wasm");
    cargo(["run", "--package", "xtask-bindgen", "--"]).arg(built).arg(module).run()
}

/// The compiler's target for the wasm package.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// A target without an operating system: shows that the core needs none.
pub(crate) const BARE_METAL: &str = "thumbv7em-none-eabi";

/// What every build of Rust depends on.
pub(crate) const RUST: [&str; 6] = [
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "core/Cargo.toml",
    "core/src",
    "rust-toolchain.toml",
];

/// The sources of the addon.
pub(crate) const ADDON: &[&str] =
    &["bindings-node/Cargo.toml", "bindings-node/build.rs", "bindings-node/src"];
const JAVASCRIPT: &[&str] =
    &["bindings-node", "bindings-wasm", "package-lock.json", "xtask/bindgen"];
pub(crate) const WHEEL: &[&str] = &[
    "bindings-python/Cargo.toml",
    "bindings-python/LICENSE-APACHE",
    "bindings-python/LICENSE-MIT",
    "bindings-python/README.md",
    "bindings-python/pyproject.toml",
    "bindings-python/python",
    "bindings-python/src",
];
/// Other files of the source distribution: Cargo needs all files that the core's manifest names.
const SDIST: &[&str] = &["core/README.md", "core/benches", "core/events.json", "test-vectors"];
const PYTHON_LOCK: &str = "bindings-python/requirements-test.txt";
pub(crate) const PYTHON_MANIFEST: &str = "bindings-python/Cargo.toml";
const PROBE: &[&str] = &["--features", "panic-probe"];
pub(crate) const IN_ENVIRONMENT: &str = if cfg!(windows) { "Scripts" } else { "bin" };

const SUPPORTED_NODES: [u32; 3] = [20, 22, 24];
const OLDEST_PYTHON: (u32, u32) = (3, 10);
const OLDEST_NODE: u32 = 20;

fn find_python() -> Result<(&'static str, String)> {
    let mut found = None;
    for name in
        ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"]
    {
        let Some(version) = version_of(name, "Python ") else {
            continue;
        };
        if numbers(&version) >= Some(OLDEST_PYTHON) {
            let modules = Shell::new(name).args(["-c", "import ensurepip, venv"]);
            return match modules.quiet_output() {
                Some(_) => Ok((name, version)),
                None => Err(Failure::new(format!(
                    "Python {version} can't make virtual environments; on Debian and Ubuntu install \
                     python3-venv"
                ))),
            };
        }
        found.get_or_insert(version);
    }
    let found = found.map_or("none was found".into(), |version| format!("found {version}"));
    Err(Failure::new(format!(
        "Python 3.10 or newer is needed on the PATH, {found}; see https://www.python.org/downloads"
    )))
}

fn find_node() -> Result<String> {
    let found = version_of("node", "v");
    let problem = match &found {
        None => "none was found".into(),
        Some(version) if numbers(version).is_none_or(|(major, _)| major < OLDEST_NODE) => {
            format!("found {version}")
        }
        Some(version) if npm(["--version"]).quiet_output().is_none() => {
            format!("found {version}, but without npm")
        }
        Some(version) => return Ok(version.clone()),
    };
    Err(Failure::new(format!(
        "Node 20 or newer with npm is needed on the PATH, {problem}; see https://nodejs.org"
    )))
}

fn version_of(program: impl AsRef<OsStr>, prefix: &str) -> Option<String> {
    let text = Shell::new(program).arg("--version").quiet_output()?;
    Some(text.trim().strip_prefix(prefix)?.to_owned())
}

fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

pub(crate) fn add_target(target: &str) -> Result {
    let libraries = Shell::new("rustc").args(["--print", "target-libdir", "--target", target]);
    let there =
        |folder: String| fs::read_dir(folder.trim()).is_ok_and(|mut all| all.next().is_some());
    if libraries.quiet_output().is_some_and(there) {
        return Ok(());
    }
    println!("-- compiler target {target}");
    Shell::new("rustup").args(["target", "add", target]).run().about(format!(
        "the compiler's target {target} is missing and rustup can't add it; see https://rustup.rs"
    ))
}

/// An npm command.
pub(crate) fn npm<const N: usize>(arguments: [&str; N]) -> Shell {
    Shell::new(if cfg!(windows) { "npm.cmd" } else { "npm" }).args(arguments)
}

fn pip(python: &Path, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Result {
    pip_install(python).args(arguments).run()
}

pub(crate) fn pip_install(python: &Path) -> Shell {
    Shell::new(python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
}

fn maturin(python: &Path, command: &str) -> Shell {
    Shell::new(python).args(["-m", "maturin", command]).args(["--manifest-path", PYTHON_MANIFEST])
}

fn build_wheel(python: &Path, wheels: &Path, features: &[&str]) -> Result {
    remove_dir(wheels)?;
    maturin(python, "build")
        .args(["--release", "--locked", "--quiet", "--interpreter"])
        .arg(python)
        .arg("--out")
        .arg(wheels)
        .args(features)
        .run()
}

fn install_wheel(python: &Path, wheels: &Path, options: &[&str]) -> Result {
    let wheels = wheels.to_string_lossy();
    let wheel = ["--no-deps", "--no-index", "--find-links", &wheels, "pivotal-webhooks"];
    pip(python, options.iter().chain(&wheel))
}

/// The one file of a folder.
pub(crate) fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(folder).about(folder.display())?;
    match (files.next(), files.next()) {
        (Some(file), None) => Ok(file?.path()),
        _ => Err(Failure::new(format!("{}: not one file", folder.display()))),
    }
}

pub(crate) fn remove_dir(dir: &Path) -> Result {
    if dir.exists() { fs::remove_dir_all(dir).about(dir.display()) } else { Ok(()) }
}
