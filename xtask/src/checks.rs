//! All checks of the project, by name. `.ci/run` runs all of them.

use std::{
    collections::BTreeSet,
    fs,
    num::NonZero,
    path::{Path, PathBuf},
    process, thread,
    time::Instant,
};

use crate::{
    assure, chromium, conventions, demo,
    failure::{About as _, Failure, Result},
    generated, instructions, once, pydantic, servers,
    setup::{BARE_METAL, Machine, add_target, npm, only_file},
    shell::{self, Shell, cargo},
    surface, tool,
};

/// Parts of the names of the checks that build no binding.
pub(crate) const STATIC: [&str; 6] =
    ["format", "lint", "drift", "conventions", "workflows", "public surface"];

type Check = fn(&Machine) -> Result;

const CHECKS: &[(&str, Check)] = &[
    ("format of rust", |_| cargo(["fmt", "--all", "--check"]).run()),
    (LINT_RUST, lint_rust),
    ("format of python", |machine| ruff(machine, &["format", "--check"])),
    ("format of javascript", |machine| {
        machine.node_packages()?;
        npm(["run", "--silent", "check"]).run()
    }),
    ("lint of python", |machine| ruff(machine, &["check"])),
    ("lint of javascript", |machine| {
        machine.node_packages()?;
        npm(["run", "--silent", "lint"]).run()
    }),
    ("dependency rules", dependency_rules),
    ("crates under the core", few_crates),
    ("drift of generated sources", |_| generated::check()),
    ("drift of vectors", |machine| {
        Shell::new(machine.python()?).args(["test-vectors/generate.py", "--check"]).run()
    }),
    ("conventions", |_| conventions::check()),
    ("workflows", workflows),
    ("public surface", surface::check),
    ("tests of the tasks", |_| cargo(["test", "--locked", "--package", "xtask"]).run()),
    ("oldest supported rust", oldest_rust),
    ("core without an operating system", |_| {
        add_target(BARE_METAL)?;
        cargo(["build", "--locked", "--package", "pivotal-webhooks", "--no-default-features"])
            .args(["--target", BARE_METAL])
            .run()
    }),
    ("core documentation", |_| {
        cargo(["doc", "--locked", "--no-deps", "--package", "pivotal-webhooks"])
            .args(["--package", "pivotal-webhooks-axum", "--features", "pivotal-webhooks/http"])
            .env("RUSTDOCFLAGS", "--deny warnings")
            .run()
    }),
    ("core tests", |_| {
        cargo(["test", "--locked", "--package", "pivotal-webhooks", "--features", "http"])
            .args(["--package", "pivotal-webhooks-test-vectors"])
            .env(COUNT_FILE, count_file("rust")?)
            .env(DIAGNOSIS_COUNT_FILE, count_file("rust diagnosis")?)
            .run()
    }),
    ("second verifier", |_| {
        cargo(["test", "--locked", "--package", "pivotal-webhooks-differential"]).run()
    }),
    ("no branch on a key", assure::check_keys),
    ("instructions", |_| instructions::check()),
    ("command line", |_| cargo(["test", "--locked", "--package", "pivotal-webhooks-cli"]).run()),
    ("packages of the command line", tool::check),
    ("axum receiver", |_| {
        cargo(["test", "--locked", "--package", "pivotal-webhooks-axum"])
            .args(["--package", "example-axum"])
            .run()
    }),
    ("python types", python_types),
    ("python tests", python_tests),
    ("python versions", |machine| python_versions(machine)),
    ("python packages", python_packages),
    ("python package from its source distribution", |machine| {
        Shell::new(machine.python()?)
            .arg("bindings-python/tests/vectors_without_pytest.py")
            .env("PYTHONPATH", machine.python_from_sdist()?)
            .run()
    }),
    ("javascript types", |machine| {
        machine.node_with_builds()?;
        npm(["run", "--silent", "types"]).run()
    }),
    ("types of the README's receivers", readme_types),
    ("node tests", |machine| javascript_tests(machine, "bindings-node", "node")),
    ("wasm tests", |machine| javascript_tests(machine, "bindings-wasm", "wasm")),
    ("npm packages", |machine| runtime_tests(machine, &["packages", "types", "nestjs"], &[])),
    ("javascript runtimes", |machine| {
        runtime_tests(
            machine,
            &["servers", "bundles", "runners", "next", "sveltekit"],
            &["bun", "deno", "edge-light"],
        )
    }),
    (IN_CHROMIUM, |machine| runtime_tests(machine, &["browsers"], &BROWSER_RUNS)),
    (PLAYGROUND, playground),
    ("assurance, quick", assure::check),
    ("a store shared by two languages", shared_store),
    ("receivers under the command line's check", checked_receivers),
    ("each event once under faults", once::check),
    ("equal numbers of vectors in every binding and runtime", compare_counts),
    ("demo", |_| demo::run()),
];

/// The check in whose time the packages of Python and JavaScript are installed.
const LINT_RUST: &str = "lint of rust";

/// The check of the page in `playground`, which needs a browser.
const PLAYGROUND: &str = "playground in chromium";

/// The check that needs a browser, and the runs of the vectors in it.
const IN_CHROMIUM: &str = "javascript in chromium";
const BROWSER_RUNS: [&str; 5] = ["chromium", "vite", "webpack", "esbuild", "web worker"];

/// Runs the checks whose name contains one of these, or all of them.
pub(crate) fn run(names: &[String], without_chromium: bool, without_servers: bool) -> Result {
    let mut machine = Machine::detect()?;
    machine.without_chromium = without_chromium;
    machine.without_servers = without_servers;
    let wanted = |name: &str| {
        (names.is_empty() || names.iter().any(|part| name.contains(part)))
            && !(without_chromium && [IN_CHROMIUM, PLAYGROUND].contains(&name))
    };
    let checks: Vec<_> = CHECKS.iter().filter(|(name, _)| wanted(name)).collect();
    let mut failed = Vec::new();
    for (number, (name, check)) in (1..).zip(&checks) {
        println!("\n==== {number}/{} {name}", checks.len());
        let start = Instant::now();
        let checked = if *name == LINT_RUST && names.is_empty() {
            machine.while_packages_install(|| check(&machine))
        } else {
            check(&machine)
        };
        match checked {
            Ok(()) => println!("==== ok, {} s", start.elapsed().as_secs()),
            Err(error) => {
                println!("==== FAILED: {error}");
                failed.push(*name);
            }
        }
    }
    let passed = checks.len().saturating_sub(failed.len());
    if !failed.is_empty() {
        println!("\nfailed: {}", failed.join(", "));
    }
    if without_chromium {
        println!("\nleft out: {IN_CHROMIUM}, {PLAYGROUND}");
    }
    if without_servers {
        println!("\nleft out: what needs Redis, Valkey or PostgreSQL");
    }
    println!("\nchecks: {passed} passed, {} failed", failed.len());
    if failed.is_empty() && passed > 0 {
        Ok(())
    } else {
        Err(Failure::new("not every check passed"))
    }
}

/// Where each binding or runtime leaves the number of vectors that it ran.
const COUNT_FILE: &str = "PIVOTAL_VECTORS_COUNT_FILE";

/// The same for the vectors of diagnosis.
const DIAGNOSIS_COUNT_FILE: &str = "PIVOTAL_DIAGNOSIS_COUNT_FILE";

const DIAGNOSIS_RUNS: [&str; 4] =
    ["rust diagnosis", "python diagnosis", "node diagnosis", "wasm diagnosis"];

const RUNS: [&str; 8] = ["rust", "python", "node", "wasm", "workerd", "bun", "deno", "edge-light"];

fn count_file(run: &str) -> Result<PathBuf> {
    let folder = shell::work().join("counts");
    fs::create_dir_all(&folder)?;
    let file = folder.join(run);
    if file.exists() {
        fs::remove_file(&file)?;
    }
    Ok(file)
}

fn compare_counts(machine: &Machine) -> Result {
    let in_chromium = if machine.without_chromium { &[][..] } else { &BROWSER_RUNS };
    compare(RUNS.iter().chain(in_chromium))?;
    compare(&DIAGNOSIS_RUNS)
}

fn compare<'r>(runs: impl IntoIterator<Item = &'r &'r str>) -> Result {
    let mut counts = Vec::new();
    for run in runs {
        let file = shell::work().join("counts").join(run);
        let count = fs::read_to_string(&file)
            .about(format!("no count of vectors was written for {run}"))?;
        println!("{run:>10}: {} vectors", count.trim());
        counts.push(count.trim().to_owned());
    }
    counts.dedup();
    if counts.len() == 1 {
        Ok(())
    } else {
        Err(Failure::new("not all of them ran the same number of vectors"))
    }
}

/// The packages whose builds need valgrind's headers and a compiler of C++. `assure` builds them.
const NEED_MORE: [&str; 2] =
    ["--exclude=pivotal-webhooks-assurance", "--exclude=pivotal-webhooks-fuzz"];

fn lint_rust(_: &Machine) -> Result {
    let clippy = |arguments: &[&str]| {
        cargo(["clippy", "--locked", "--all-targets"])
            .args(arguments)
            .args(["--", "--deny", "warnings"])
            .run()
    };
    let [valgrind, fuzz] = NEED_MORE;
    clippy(&[
        "--workspace",
        valgrind,
        fuzz,
        "--features",
        "pivotal-webhooks/http,pivotal-webhooks-cli/alias,pivotal-webhooks-python/bench",
    ])?;
    clippy(&["--workspace", valgrind, fuzz, "--features", "pivotal-webhooks/panic-probe"])?;
    cargo(["clippy", "--locked", "--package", "pivotal-webhooks", "--no-default-features"])
        .args(["--", "--deny", "warnings"])
        .run()
}

/// The most crates under the core: who reviews it reads all of them.
const CRATES_UNDER_THE_CORE: usize = 20;

fn few_crates(_: &Machine) -> Result {
    let tree = cargo(["tree", "--locked", "--package", "pivotal-webhooks"])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .output()?;
    let crates = tree.lines().filter_map(|line| line.split_once(" v").map(|(name, _)| name));
    let crates: BTreeSet<&str> = crates.filter(|name| *name != "pivotal-webhooks").collect();
    println!("{} crates: {crates:?}", crates.len());
    if crates.is_empty() || crates.len() > CRATES_UNDER_THE_CORE {
        return Err(Failure::new(format!("at most {CRATES_UNDER_THE_CORE} crates are allowed")));
    }
    Ok(())
}

/// Licences, sources and forbidden crates, by the rules in `deny.toml`. `cargo-deny` takes minutes to
/// build, so that it is run where it is installed already.
fn dependency_rules(_: &Machine) -> Result {
    if cargo(["deny", "--version"]).quiet_output().is_none() {
        println!("skipped: `cargo install --locked cargo-deny` installs what this check runs");
        return Ok(());
    }
    cargo(["deny", "--locked", "check", "bans", "licenses", "sources"]).run()
}

/// Compiles the published crates with the Rust version that the manifests promise.
fn oldest_rust(_: &Machine) -> Result {
    let version = env!("CARGO_PKG_RUST_VERSION");
    let install = ["toolchain", "install", version, "--profile", "minimal", "--no-self-update"];
    let compiler = Shell::new("rustup").args(["run", version, "rustc", "--version"]);
    if compiler.quiet_output().is_none() && Shell::new("rustup").args(install).run().is_err() {
        println!("skipped: rustup can't install Rust {version}");
        return Ok(());
    }
    Shell::new("rustup")
        .args(["run", version, "cargo", "check", "--locked"])
        .args(["--package", "pivotal-webhooks", "--features", "pivotal-webhooks/http"])
        .args(["--package", "pivotal-webhooks-axum", "--package", "pivotal-webhooks-cli"])
        .args(["--package", "pivotal-webhooks-python", "--package", "pivotal-webhooks-node"])
        .run()
}

/// Lints the workflows: their syntax, and what an attacker could use.
fn workflows(machine: &Machine) -> Result {
    let python = machine.python()?;
    Shell::new(python.with_file_name("actionlint")).run()?;
    Shell::new(python.with_file_name("zizmor")).args(["--offline", "--quiet", ".github"]).run()
}

fn ruff(machine: &Machine, arguments: &[&str]) -> Result {
    let python = machine.python()?;
    let folders =
        ["assurance", "bindings-python", "cli", "idempotency", "packaging", "test-vectors"];
    let examples = ["examples/django", "examples/fastapi", "examples/newest-state"];
    for folder in folders.iter().chain(&examples) {
        Shell::new(&python)
            .args(["-m", "ruff"])
            .args(arguments)
            .args(["--config", "bindings-python/pyproject.toml", folder])
            .run()?;
    }
    Ok(())
}

fn python_tests(machine: &Machine) -> Result {
    let tests = Shell::new(machine.python_with_wheel()?)
        .args(["-m", "pytest", "--quiet", "bindings-python/tests"])
        // The tests of a file share servers, so that they stay in one process.
        .args(["--dist=loadfile", &format!("--numprocesses={}", processors())])
        .env("PIVOTAL_PROBE_SITE", machine.python_probe()?)
        .env(COUNT_FILE, count_file("python")?)
        .env(DIAGNOSIS_COUNT_FILE, count_file("python diagnosis")?);
    with_servers(machine, tests)?.run()
}

/// Makes the servers ready that these tests start, or leaves out what needs them.
fn with_servers(machine: &Machine, tests: Shell) -> Result<Shell> {
    if machine.without_servers {
        return Ok(tests.env(servers::LEFT_OUT, "1"));
    }
    servers::install()?;
    Ok(tests.env(servers::VALKEY_PROGRAM, servers::valkey()?))
}

fn python_types(machine: &Machine) -> Result {
    let python = machine.python_with_wheel()?;
    let module = |arguments: &[&str]| {
        Shell::new(&python).arg("-m").args(arguments).dir("bindings-python").run()
    };
    module(&["mypy"])?;
    module(&["mypy.stubtest", "pivotal_webhooks._core"])?;
    module(&["basedpyright", "--pythonpath", &python.to_string_lossy()])
}

/// Checks the types of the README's two receivers with the type checkers of their languages.
fn readme_types(machine: &Machine) -> Result {
    let python = machine.python_with_wheel()?;
    machine.node_with_builds()?;
    let readme = fs::read_to_string(shell::root().join("README.md"))?;
    let folder = shell::work().join("readme");
    fs::create_dir_all(&folder)?;
    let receiver = |language: &str, name: &str| -> Result<PathBuf> {
        let block = readme.split(&format!("```{language}\n")).nth(1).unwrap_or_default();
        let file = folder.join(name);
        fs::write(&file, block.split("```").next().unwrap_or_default())?;
        Ok(file)
    };
    let file = receiver("python", "receiver.py")?;
    let mypy = Shell::new(&python).args(["-m", "mypy", "--strict", "--cache-dir"]);
    mypy.arg(folder.join("mypy")).arg(&file).run()?;
    // Pyright's strict mode: basedpyright's own warns of FastAPI's `= Depends(…)`.
    fs::write(folder.join("pyrightconfig.json"), r#"{ "typeCheckingMode": "strict" }"#)?;
    let pyright = Shell::new(&python).args(["-m", "basedpyright", "--pythonpath"]);
    pyright.arg(&python).arg("--project").arg(&folder).run()?;

    let file = receiver("ts", "receiver.mts")?;
    let options = ["--ignoreConfig", "--noEmit", "--strict", "--module", "nodenext"];
    let tsc = shell::root().join("node_modules/typescript/bin/tsc");
    Shell::new("node").arg(tsc).args(options).args(["--types", "node"]).arg(file).run()
}

/// Runs the vectors with every other CPython of this machine, because one wheel serves all of them.
fn python_versions(machine: &Machine) -> Result {
    let site = shell::work().join("site");
    machine.unpack_wheel(&site)?;
    for python in machine.other_pythons() {
        for program in ["vectors_without_pytest.py", "second_interpreter.py"] {
            Shell::new(&python)
                .arg(Path::new("bindings-python/tests").join(program))
                .env("PYTHONPATH", &site)
                .run()?;
        }
    }
    for version in [(3, 10), (3, 11)] {
        let Some(python) = machine.python_of(version) else {
            let (major, minor) = version;
            println!("skipped: there is no Python {major}.{minor} to run pydantic with");
            continue;
        };
        let pydantic = pydantic::for_python(&python, version)?;
        Shell::new(&python)
            .arg("bindings-python/tests/records_with_pydantic.py")
            .args([&site, &pydantic])
            .run()?;
    }
    Ok(())
}

/// Checks that the wheel and the source distribution contain the necessary files and no others.
fn python_packages(machine: &Machine) -> Result {
    let python = machine.python_with_wheel()?;
    let packages = [only_file(&machine.wheels())?, machine.sdist()?];
    Shell::new(&python).args(["-m", "twine", "check", "--strict"]).args(&packages).run()?;
    Shell::new(&python).arg("bindings-python/tests/check_packages.py").args(&packages).run()
}

/// Runs a package's tests under each Node that it supports.
fn javascript_tests(machine: &Machine, folder: &str, run: &str) -> Result {
    machine.node_with_builds()?;
    let (addon, wasm) = (machine.node_probe()?, machine.wasm_probe()?);
    let counts = count_file(run)?;
    let diagnosis = count_file(&format!("{run} diagnosis"))?;
    let workerd = count_file("workerd")?;
    let mut tests = Vec::new();
    for entry in fs::read_dir(shell::root().join(folder).join("test"))? {
        tests.push(entry?.path());
    }
    tests.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    tests.sort();
    let memory = MemoryFolder::new()?;
    for node in machine.nodes() {
        println!("-- {}", node.display());
        let mut command = node_tests(&node)
            .args(&tests)
            .env("PIVOTAL_PROBE_ADDON", &addon)
            .env("PIVOTAL_PROBE_WASM_DIR", &wasm)
            .env(COUNT_FILE, &counts)
            .env(DIAGNOSIS_COUNT_FILE, &diagnosis)
            .env("PIVOTAL_WORKERD_COUNT_FILE", &workerd)
            .env("PIVOTAL_PYTHON", machine.python()?);
        if let Some(MemoryFolder(folder)) = &memory {
            command = command.env("TMPDIR", folder);
        }
        with_servers(machine, command)?.run()?;
    }
    Ok(())
}

/// Node's test runner, for files that it runs at once: one for each processor, since it leaves one idle by
/// itself.
fn node_tests(node: &Path) -> Shell {
    Shell::new(node)
        .args(["--test", "--test-reporter=dot"])
        .arg(format!("--test-concurrency={}", processors()))
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// A folder for temporary files in memory, because workerd waits for the disk after each write. It is
/// removed when it is dropped.
struct MemoryFolder(PathBuf);

impl MemoryFolder {
    /// Makes the folder, if there is room for it.
    fn new() -> Result<Option<Self>> {
        let free = Shell::new("df").args(["--output=avail", MEMORY]).quiet_output();
        let free = free.and_then(|table| table.lines().last()?.trim().parse::<u64>().ok());
        if free.is_none_or(|kilobytes| kilobytes < 1 << 20) {
            return Ok(None);
        }
        let folder = Path::new(MEMORY).join(format!("pivotal-webhooks-{}", process::id()));
        fs::create_dir(&folder).about(folder.display())?;
        Ok(Some(Self(folder)))
    }
}

impl Drop for MemoryFolder {
    fn drop(&mut self) {
        // What can't be removed is lost when the machine ends.
        fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

/// Linux's file system in memory.
const MEMORY: &str = "/dev/shm";

/// A Python receiver and an Express receiver with one store.
fn shared_store(machine: &Machine) -> Result {
    let python = machine.python_with_wheel()?;
    machine.node_with_builds()?;
    let nodes = machine.nodes();
    let tests = Shell::new(nodes.last().map_or(Path::new("node"), PathBuf::as_path))
        .args(["--test", "--test-reporter=dot"])
        .arg("bindings-node/test/languages/shared-store.test.mjs")
        .env("PIVOTAL_PYTHON", python);
    with_servers(machine, tests)?.run()
}

/// Builds the page for verifying and composing deliveries, and uses it in a browser.
fn playground(machine: &Machine) -> Result {
    machine.node_with_builds()?;
    npm(["run", "--silent", "build", "--workspace", "playground"]).run()?;
    let nodes = machine.nodes();
    Shell::new(nodes.last().map_or(Path::new("node"), PathBuf::as_path))
        .args(["--test", "--test-reporter=dot", "playground/test/page.test.mjs"])
        .env("CHROMIUM", chromium::find()?)
        .run()
}

/// Runs the tool's `check` against the receivers for FastAPI and Express.
fn checked_receivers(machine: &Machine) -> Result {
    let python = machine.python_with_wheel()?;
    machine.node_with_builds()?;
    let nodes = machine.nodes();
    cargo(["test", "--locked", "--package", "pivotal-webhooks-cli", "--test", "check"])
        .args(["--", "--ignored"])
        .env("PIVOTAL_PYTHON", python)
        .env("PIVOTAL_NODE", nodes.last().map_or(Path::new("node"), PathBuf::as_path))
        .run()
}

/// Tests of the packed npm packages, installed into a project of their own.
fn runtime_tests(machine: &Machine, files: &[&str], runs: &[&str]) -> Result {
    let tarballs = machine.npm_tarballs()?;
    for run in runs {
        count_file(run)?;
    }
    let nodes = machine.nodes();
    let tests = files.iter().map(|file| format!("bindings-wasm/test/runtimes/{file}.test.mjs"));
    let mut command = node_tests(nodes.first().map_or(Path::new("node"), PathBuf::as_path))
        .args(tests)
        .env("PIVOTAL_TARBALLS", tarballs)
        .env("PIVOTAL_COUNTS", shell::work().join("counts"))
        .env("PIVOTAL_NODES", std::env::join_paths(&nodes).about("paths of Node")?);
    if runs.contains(&"chromium") {
        command = command.env("CHROMIUM", chromium::find()?);
    }
    command.run()
}
