//! Builds the artefacts, one after the other.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    artefact::{Addon, Artefact, Form, Wheel},
    copy, folder, program,
    record::Step,
    tools::Tools,
};
use crate::{
    debian,
    failure::{About as _, Failure, Result},
    setup::{self, PYTHON_MANIFEST, add_target},
    shell::{self, Shell, cargo},
    stamp::unless_fresh,
};

/// The crates that are published and their folders, in the order in which crates.io needs them.
pub(crate) const CRATES: [(&str, &str); 3] = [
    ("pivotal-webhooks", "core"),
    ("pivotal-webhooks-axum", "receivers-axum"),
    (program::PACKAGE, "cli"),
];

/// The largest package, in bytes. A wheel for macOS contains the library of two processors.
const MAX_SIZE: u64 = 1_500_000;

/// The oldest macOS that an addon runs on.
pub(super) const OLDEST_MACOS: &str = "11.0";

/// Builds an artefact if its sources have changed, and checks it.
pub(crate) fn artefact(tools: &Tools, artefact: &Artefact) -> Result<Step> {
    match &artefact.form {
        Form::Crates => crates(tools),
        Form::Sdist => sdist(tools),
        Form::Npm => npm(tools),
        Form::Wheel(wheel) => self::wheel(tools, artefact.name, wheel),
        Form::Addon(addon) => self::addon(tools, artefact.name, addon),
        Form::Sbom => copy::sbom(tools),
        Form::SecondBuild => copy::second_build(tools),
        Form::Program(program) => program::build(tools, program),
        Form::ProgramSdist => program::sdist(tools),
    }
}

fn crates(tools: &Tools) -> Result<Step> {
    let target = shell::work().join("dist/crates");
    // One call, in which a crate finds those that it depends on.
    let packages = CRATES.into_iter().flat_map(|(package, _)| ["--package", package]);
    cargo(["package", "--locked", "--allow-dirty"])
        .args(packages)
        .env("CARGO_TARGET_DIR", &target)
        .run()?;
    let mut built = Vec::new();
    for (package, _) in CRATES {
        let file = crate_file(package);
        let name = file.file_name().unwrap_or_default();
        fs::copy(target.join("package").join(name), &file).about(file.display())?;
        tools.scan_archive(&file)?;
        built.push(format!("`{package}` {}", size_of(&file, MAX_SIZE)?));
    }
    Ok(Step::Done(built.join(", ")))
}

/// The file of a packed crate.
pub(crate) fn crate_file(package: &str) -> PathBuf {
    folder().join("crates").join(format!("{package}-{}.crate", env!("CARGO_PKG_VERSION")))
}

fn sdist(tools: &Tools) -> Result<Step> {
    let made = tools.machine.sdist()?;
    let file = folder().join("wheels").join(made.file_name().unwrap_or_default());
    fs::copy(&made, &file).about(made.display())?;
    tools.scan_archive(&file)?;
    Ok(Step::Done(size_of(&file, MAX_SIZE)?))
}

fn npm(tools: &Tools) -> Result<Step> {
    tools.machine.node_with_builds()?;
    let packed = packed(&shell::work().join("dist/no addons"))?;
    let mut built = Vec::new();
    let launcher = program::packed(&shell::work().join("dist/no programs"))?;
    for (name, packed) in [
        ("pivotal-webhooks", &packed),
        ("pivotal-webhooks-wasm", &packed),
        (program::PACKAGE, &launcher),
    ] {
        let file = format!("{name}-{}.tgz", env!("CARGO_PKG_VERSION"));
        let file = publish(tools, packed, &file)?;
        built.push(format!("`{name}` {}", size_of(&file, MAX_SIZE)?));
    }
    Ok(Step::Done(built.join(", ")))
}

fn wheel(tools: &Tools, name: &str, wheel: &Wheel) -> Result<Step> {
    if let Err(lacking) = compiler(wheel.targets) {
        return Ok(Step::Left(lacking.to_string()));
    }
    let out = shell::work().join("dist").join(name);
    unless_fresh(
        name,
        &[&setup::RUST, setup::WHEEL, &["packaging/clean.py"]].concat(),
        wheel.options,
        std::slice::from_ref(&out),
        || build_wheel(tools, wheel, &shell::root(), &shell::work().join("dist/cargo"), &out),
    )?;
    let made = setup::only_file(&out)?;
    let file = folder().join("wheels").join(made.file_name().unwrap_or_default());
    fs::copy(&made, &file).about(made.display())?;
    // auditwheel for musl needs a machine with musl; maturin has checked these wheels.
    if wheel.targets.iter().all(|target| target.contains("linux-gnu")) {
        let tag = wheel.options.get(2).copied().unwrap_or_default();
        let shown = tools.python(["-m", "auditwheel", "show"]).arg(&file).output()?;
        if !shown.replace('\n', " ").contains(tag) {
            return Err(Failure::new(format!("auditwheel does not find {tag}: {shown}")));
        }
    }
    if wheel.tag.ends_with("abi3") {
        tools.python(["-m", "abi3audit", "--strict"]).arg(&file).run()?;
    }
    tools.scan_archive(&file)?;
    inspected(tools, &file, &file)
}

/// Builds a wheel from a copy of the sources in a folder.
pub(crate) fn build_wheel(
    tools: &Tools,
    wheel: &Wheel,
    source: &Path,
    cargo_target: &Path,
    out: &Path,
) -> Result {
    let target = match wheel.targets {
        [only] => only,
        _ => "universal2-apple-darwin",
    };
    let interpreter: &[&str] =
        if wheel.options.contains(&"--interpreter") { &[] } else { &["--interpreter", "python3"] };
    setup::remove_dir(out)?;
    tools
        .python(["-m", "maturin", "build", "--release", "--locked", "--quiet"])
        .args(["--manifest-path", PYTHON_MANIFEST, "--target", target])
        .args(wheel.options)
        .args(interpreter)
        .arg("--out")
        .arg(out)
        .env("CARGO_TARGET_DIR", cargo_target)
        .env("CARGO_ENCODED_RUSTFLAGS", rust_flags(target, source))
        .dir(source)
        .run()?;
    let clean = tools.python(["packaging/clean.py"]).arg(setup::only_file(out)?);
    clean.dir(source).run()
}

fn addon(tools: &Tools, name: &str, addon: &Addon) -> Result<Step> {
    let Some(target) = addon.target else {
        return Ok(Step::Left("it needs Microsoft's SDK; the release workflow builds it".into()));
    };
    let rust = rust_target(target);
    if let Err(lacking) = compiler(&[rust]) {
        return Ok(Step::Left(lacking.to_string()));
    }
    let addons = shell::work().join("dist/addons").join(name);
    let file = addons.join(format!("pivotal-webhooks.{}.node", addon.platform));
    unless_fresh(
        &format!("addon {name}"),
        &[&setup::RUST, setup::ADDON].concat(),
        &[target],
        std::slice::from_ref(&file),
        || {
            fs::create_dir_all(&addons)?;
            let cargo_target = shell::work().join("dist/cargo");
            let library = build_addon(tools, target, &shell::root(), &cargo_target)?;
            fs::copy(library, &file).about(file.display()).map(drop)
        },
    )?;
    tools.machine.node_with_builds()?;
    let packed = packed(&addons)?;
    let version = env!("CARGO_PKG_VERSION");
    let package = format!("pivotal-webhooks-{}-{version}.tgz", addon.platform);
    let package = publish(tools, &packed, &package)?;
    inspected(tools, &file, &package)
}

/// Builds an addon from a copy of the sources in a folder, and returns the file.
pub(crate) fn build_addon(
    tools: &Tools,
    target: &str,
    source: &Path,
    cargo_target: &Path,
) -> Result<PathBuf> {
    let rust = rust_target(target);
    let is_windows = rust.contains("windows");
    let build = if is_windows { "build" } else { "zigbuild" };
    let mut command = tools
        .cargo([build, "--release", "--locked", "--package", "pivotal-webhooks-node"])
        .args(["--target", target])
        .env("CARGO_TARGET_DIR", cargo_target)
        .env("MACOSX_DEPLOYMENT_TARGET", OLDEST_MACOS)
        .env("CARGO_ENCODED_RUSTFLAGS", rust_flags(rust, source))
        .dir(source);
    if is_windows {
        command = command.env("LIBNODE_PATH", import_library()?);
    }
    command.run()?;
    let built = cargo_target.join(rust).join("release");
    ["lib{}.so", "lib{}.dylib", "{}.dll"]
        .map(|form| built.join(form.replace("{}", "pivotal_webhooks_node")))
        .into_iter()
        .find(|library| library.exists())
        .ok_or_else(|| Failure::new("cargo built no library"))
}

/// The compiler's name of a target of zig, which may end in a version of glibc.
fn rust_target(target: &str) -> &str {
    target.trim_end_matches(".2.17")
}

/// Whether the packages without an addon or a program are among the artefacts.
pub(crate) fn has_npm_package() -> bool {
    ["pivotal-webhooks", program::PACKAGE].iter().all(|package| {
        let name = format!("{package}-{}.tgz", env!("CARGO_PKG_VERSION"));
        folder().join("npm").join(name).exists()
    })
}

/// Packs the npm packages, with the addons of a folder.
fn packed(addons: &Path) -> Result<PathBuf> {
    let out = shell::work().join("dist/packed");
    Shell::new("node").arg("bindings-node/npm/pack.mjs").args([&out, addons]).run()?;
    Ok(out)
}

/// Copies a packed package to the artefacts, and scans it.
pub(super) fn publish(tools: &Tools, packed: &Path, name: &str) -> Result<PathBuf> {
    let file = folder().join("npm").join(name);
    fs::copy(packed.join(name), &file).about(name)?;
    tools.scan_archive(&file)?;
    Ok(file)
}

/// Checks the native library of a package: exports, needed libraries, paths, size.
fn inspected(tools: &Tools, library: &Path, package: &Path) -> Result<Step> {
    let needs = needs(tools, library)?;
    Ok(Step::Done(format!("{}, needs {needs}", size_of(package, MAX_SIZE)?)))
}

/// Checks a native library or a program, and returns the oldest system that it runs on.
pub(super) fn needs(tools: &Tools, file: &Path) -> Result<String> {
    let report = tools
        .python(["packaging/inspect_native.py"])
        .arg(file)
        .arg(&tools.llvm)
        .args(tools.paths())
        .output()?;
    let report: Value = serde_json::from_str(&report)?;
    Ok(report.get("needs").and_then(Value::as_str).unwrap_or_default().to_owned())
}

pub(super) fn size_of(file: &Path, most: u64) -> Result<String> {
    let size = fs::metadata(file).about(file.display())?.len();
    if size > most {
        let file = file.display();
        return Err(Failure::new(format!("{file} has {size} bytes, more than {most}")));
    }
    Ok(format!("{} KB", size.div_ceil(1000)))
}

/// The compiler's targets, and the linker that zig does not replace.
pub(super) fn compiler(targets: &[&str]) -> Result {
    for target in targets {
        if target.contains("windows") {
            debian::ensure("x86_64-w64-mingw32-gcc", &["gcc-mingw-w64-x86-64"])?;
        }
        add_target(target)?;
    }
    Ok(())
}

/// The compiler's options for a library. musl is linked as a shared library, as CPython and Node link it.
fn rust_flags(target: &str, source: &Path) -> String {
    let mut flags = remapped_paths(source);
    if target.contains("apple") {
        // Otherwise the library is named by the path where it was built.
        flags.push("-Clink-arg=-Wl,-install_name,@rpath/pivotal_webhooks.dylib".into());
    }
    if target.contains("musl") {
        flags.push("-Ctarget-feature=-crt-static".into());
    }
    flags.join("\u{1f}")
}

/// Options that replace the paths of this machine in the texts of panics.
pub(super) fn remapped_paths(source: &Path) -> Vec<String> {
    let home = env::home_dir().unwrap_or_default();
    let of = |name: &str, folder: &str| {
        env::var_os(name).map_or_else(|| home.join(folder), PathBuf::from)
    };
    [
        (source.to_path_buf(), "/pivotal-webhooks"),
        (of("CARGO_HOME", ".cargo"), "/cargo"),
        (of("RUSTUP_HOME", ".rustup"), "/rustup"),
    ]
    .map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()))
    .into()
}

/// A folder with an empty `libnode.dll`: the addon looks up its functions in the program that loads it,
/// but napi's build wants a library to link to.
fn import_library() -> Result<PathBuf> {
    let folder = shell::work().join("dist/libnode");
    fs::create_dir_all(&folder)?;
    let source = folder.join("empty.c");
    fs::write(&source, "")?;
    let compiler = Shell::new("x86_64-w64-mingw32-gcc").arg("-shared").arg("-o");
    compiler.arg(folder.join("libnode.dll")).arg(source).run()?;
    Ok(folder)
}

/// The file of a wheel that was built.
pub(crate) fn wheel_file(name: &str) -> Result<PathBuf> {
    let made = setup::only_file(&shell::work().join("dist").join(name))?;
    Ok(folder().join("wheels").join(made.file_name().unwrap_or_default()))
}
