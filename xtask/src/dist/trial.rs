//! Runs artefacts: all vectors, and one delivery to a receiver, on every system that this machine has or
//! emulates.

use std::{ffi::OsString, fs, path::Path};

use serde_json::Value;

use self::registry::Registry;
use super::{
    artefact::{Artefact, Form, Runtime},
    build::{CRATES, crate_file, wheel_file},
    copy, program,
    record::Step,
    tools::Tools,
};
use crate::{
    failure::{About as _, Failure, Result},
    setup,
    shell::{self, Shell, cargo},
};

mod pythons;
pub(crate) mod registry;

/// The package of npm that receivers are written with.
const PACKAGE: &str = "pivotal-webhooks";

/// Runs an artefact wherever it can be run.
pub(crate) fn artefact(
    tools: &Tools,
    registry: Option<&Registry>,
    artefact: &Artefact,
) -> Result<Step> {
    match &artefact.form {
        Form::Crates => crates(tools),
        Form::Sdist => sdist(tools),
        Form::Npm => npm(tools, registry),
        Form::Wheel(_) => wheel(tools, artefact.name, artefact.runtime),
        Form::Addon(addon) => self::addon(tools, registry, addon.platform, artefact.runtime),
        Form::Sbom | Form::SecondBuild => Ok(Step::Left("there is nothing to run".into())),
        Form::Program(program) => program::run(tools, registry, program, artefact.runtime),
        Form::ProgramSdist => program::run_sdist(tools),
    }
}

/// Puts the packed crates into a copy of the sources, in the place of those that they were made of. Runs
/// the vectors with the core, and the tool, which is compiled with all three.
fn crates(tools: &Tools) -> Result<Step> {
    copy::with_copy(|copied| {
        let (source, target) = (copied.join("source"), shell::work().join("dist/crate trial"));
        let mut patches = String::from("\n[patch.crates-io]\n");
        for (package, folder) in CRATES {
            let (archive, place) = (crate_file(package), source.join(folder));
            setup::remove_dir(&place.join("src"))?;
            let tar = Shell::new("tar").arg("--extract").arg("--file").arg(archive);
            tar.args(["--strip-components=1", "--directory"]).arg(&place).run()?;
            patches += &format!("{package}.path = '{folder}'\n");
        }
        let workspace = source.join("Cargo.toml");
        fs::write(&workspace, fs::read_to_string(&workspace)? + &patches)?;
        // A packed crate has no tests. This package needs what the vectors of the core need.
        let tests = source.join("assurance/differential/tests/packed.rs");
        fs::copy(shell::root().join("core/tests/vectors.rs"), tests)?;
        let counts = shell::work().join("dist/crate vectors");
        let cargo = |command| cargo([command]).dir(&source).env("CARGO_TARGET_DIR", &target);
        cargo("test")
            .args(["--quiet", "--package", "pivotal-webhooks-differential", "--test", "packed"])
            .env("PIVOTAL_VECTORS_COUNT_FILE", &counts)
            .run()?;
        equal_count(fs::read_to_string(&counts)?.trim())?;
        let tool = ["--quiet", "--package", "pivotal-webhooks-axum", "--package", program::PACKAGE];
        cargo("build").args(tool).run()?;
        program::answers(tools, &[target.join("debug/pivotal-webhooks").into()])?;
        let rust = Shell::new("rustc").arg("--version").output()?;
        Ok(Step::Done(format!("Rust {}", rust.split(' ').nth(1).unwrap_or_default())))
    })
}

fn sdist(tools: &Tools) -> Result<Step> {
    let site = tools.machine.python_from_sdist()?;
    let python = tools.machine.python()?;
    let report = Shell::new(python).arg("packaging/receive.py").env("PYTHONPATH", site).output()?;
    Ok(Step::Done(runtime_of(&report, None)?))
}

fn wheel(tools: &Tools, name: &str, runtime: Runtime) -> Result<Step> {
    let file = wheel_file(name)?;
    let (pythons, lacking) = pythons::of(tools, runtime);
    let mut names = Vec::new();
    for python in pythons {
        let report = python.receive(tools, &file)?;
        names.push(runtime_of(&report, None)?);
    }
    Ok(step(&names, lacking))
}

fn npm(tools: &Tools, registry: Option<&Registry>) -> Result<Step> {
    let registry = registry.ok_or_else(|| Failure::new("there is no registry"))?;
    // No addon fits this platform of npm, so that the package falls back to WebAssembly.
    let project = registry.project("npm", PACKAGE, &["--os=none", "--cpu=none"])?;
    let mut names = Vec::new();
    for node in tools.machine.nodes() {
        let report = receive(Shell::new(node), &project)?;
        names.push(runtime_of(&report, Some("wasm"))?);
    }
    Ok(step(&names, Vec::new()))
}

fn addon(
    tools: &Tools,
    registry: Option<&Registry>,
    platform: &str,
    runtime: Runtime,
) -> Result<Step> {
    let registry = registry.ok_or_else(|| Failure::new("there is no registry"))?;
    let nodes = match nodes(tools, runtime) {
        Ok(nodes) => nodes,
        Err(lacking) => return Ok(Step::Left(lacking.to_string())),
    };
    if nodes.is_empty() {
        return Ok(Step::Left("this machine has no Node for it".into()));
    }
    let project = registry.project(platform, PACKAGE, &npm_platform(platform))?;
    let mut names = Vec::new();
    for node in nodes {
        let report = receive(node, &project)?;
        names.push(runtime_of(&report, Some("native"))?);
    }
    Ok(step(&names, Vec::new()))
}

/// The options by which npm installs for another platform.
pub(super) fn npm_platform(platform: &str) -> Vec<String> {
    let mut parts = platform.split('-');
    let (os, cpu) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let libc = match parts.next() {
        Some("gnu") => Some("--libc=glibc".to_owned()),
        Some("musl") => Some("--libc=musl".to_owned()),
        _ => None,
    };
    [format!("--os={os}"), format!("--cpu={cpu}")].into_iter().chain(libc).collect()
}

fn receive(node: Shell, project: &Path) -> Result<String> {
    node.arg(shell::root().join("packaging/receive.mjs")).dir(project).output()
}

/// Commands that start the Nodes of a system.
fn nodes(tools: &Tools, runtime: Runtime) -> Result<Vec<Shell>> {
    Ok(match runtime {
        Runtime::Native => tools.machine.nodes().iter().map(Shell::new).collect(),
        Runtime::Arm64 => {
            let root = pythons::arm64_root()?;
            let node = tools.npm_binary("node24-linux-arm64")?.join("node");
            vec![emulated(&root)?.arg(node)]
        }
        Runtime::Musl => {
            let loader = tools.musl_root("amd64")?.join("usr/lib/ld-musl-x86_64.so.1");
            vec![Shell::new(loader).arg(tools.musl_node("x86_64")?)]
        }
        Runtime::Arm64Musl => {
            let root = tools.musl_root("arm64")?;
            let loader = root.join("usr/lib/ld-musl-aarch64.so.1");
            vec![emulated(&root)?.arg(loader).arg(tools.musl_node("aarch64")?)]
        }
        Runtime::Windows => {
            let node = tools.npm_binary("node22-win-x64")?.join("node.exe");
            // Node refuses the version of Windows that Wine says it is.
            vec![wine()?.arg(node).env("NODE_SKIP_PLATFORM_CHECK", "1")]
        }
        Runtime::FreeThreaded | Runtime::None => Vec::new(),
    })
}

/// The words that start a program of a system, which follows them; none if nothing runs it here.
pub(super) fn start(tools: &Tools, runtime: Runtime) -> Result<Option<Vec<OsString>>> {
    Ok(match runtime {
        // Programs for musl are linked statically.
        Runtime::Native | Runtime::Musl => Some(Vec::new()),
        Runtime::Arm64 => Some(emulated(&pythons::arm64_root()?)?.words()),
        Runtime::Arm64Musl => Some(emulated(&tools.musl_root("arm64")?)?.words()),
        Runtime::Windows => {
            let variables = wine()?.variables();
            Some([vec!["env".into()], variables, vec!["wine".into()]].concat())
        }
        Runtime::FreeThreaded | Runtime::None => None,
    })
}

/// Wine, with a Windows of its own.
fn wine() -> Result<Shell> {
    crate::debian::ensure("wine", &["wine", "wine64"])?;
    let prefix = shell::work().join("dist/wine");
    let wine = || Shell::new("wine").env("WINEPREFIX", &prefix).env("WINEDEBUG", "-all");
    wine().args(["wineboot", "--init"]).run()?;
    Shell::new("x86_64-w64-mingw32-gcc")
        .args(["-shared", "packaging/bcryptprimitives.c", "-ladvapi32", "-o"])
        .arg(prefix.join("drive_c/windows/system32/bcryptprimitives.dll"))
        .run()?;
    Ok(wine())
}

/// QEMU for programs of arm64, which find their libraries in a folder.
fn emulated(root: &Path) -> Result<Shell> {
    let program = "qemu-aarch64-static";
    crate::debian::ensure(program, &["qemu-user-static"])?;
    Ok(Shell::new(program).arg("-L").arg(root))
}

/// The runtime's name in a report, if all vectors ran in it, and with the expected backend.
fn runtime_of(report: &str, backend: Option<&str>) -> Result<String> {
    let report: Value = serde_json::from_str(report.trim()).about(report)?;
    let text = |name: &str| report.get(name).and_then(Value::as_str);
    let count = report.get("vectors").and_then(Value::as_u64).unwrap_or_default();
    equal_count(&count.to_string())?;
    if text("backend") != backend {
        return Err(Failure::new(format!("the backend is {:?}", text("backend"))));
    }
    text("runtime").map(str::to_owned).ok_or_else(|| Failure::new("the report names no runtime"))
}

/// Refuses a number of vectors that is not the number of the repository.
fn equal_count(count: &str) -> Result {
    let mut all = 0_usize;
    for file in fs::read_dir(shell::root().join("test-vectors/vectors"))? {
        let text = fs::read_to_string(file?.path())?;
        let file: Value = serde_json::from_str(&text)?;
        let cases = file.get("cases").and_then(Value::as_array).map_or(0, Vec::len);
        all = all.saturating_add(cases);
    }
    if count == all.to_string() {
        Ok(())
    } else {
        Err(Failure::new(format!("{count} vectors were run, of {all}")))
    }
}

/// `CPython 3.10.13, 3.11.7; not 3.14: …`.
fn step(names: &[String], lacking: Vec<String>) -> Step {
    let lacking = lacking.join("; ");
    let Some(first) = names.first() else {
        let why = if lacking.is_empty() { "this machine can't run it".into() } else { lacking };
        return Step::Left(why);
    };
    let kind = first.split(' ').next().unwrap_or_default();
    let versions =
        names.iter().map(|name| name.trim_start_matches(kind).trim()).collect::<Vec<_>>();
    let ran = format!("{kind} {}", versions.join(", "));
    Step::Done(if lacking.is_empty() { ran } else { format!("{ran}; {lacking}") })
}
