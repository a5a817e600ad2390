//! Uses a copy of the sources in another folder: builds the packages of this system a second time, and
//! compares them with the first ones byte for byte; and lists the crates of each package.

use std::{env, fs, path::Path, process};

use super::{
    artefact::{ARTEFACTS, Addon, Form, Wheel},
    build::{build_addon, build_wheel, wheel_file},
    program,
    record::Step,
    tools::Tools,
};
use crate::{
    failure::{About as _, Failure, Result},
    setup,
    shell::{self, Shell, cargo},
};

const WHEEL: &str = "wheel-linux-x64-gnu";
const ADDON: &str = "linux-x64-gnu";
const TOOL: &str = "tool-linux-x64-gnu";

/// Builds and compares.
pub(crate) fn second_build(tools: &Tools) -> Result<Step> {
    with_copy(|folder| compared(tools, folder))
}

/// Lists the crates of each package.
pub(crate) fn sbom(tools: &Tools) -> Result<Step> {
    if cargo(["cyclonedx", "--version"]).quiet_output().is_none() {
        let how = "`cargo install --locked cargo-cyclonedx` installs what lists them";
        return Ok(Step::Left(how.into()));
    }
    // The tool writes a file beside each manifest of the workspace.
    with_copy(|folder| {
        let source = folder.join("source");
        let options = ["--format", "json", "--target", "all", "--override-filename", "sbom"];
        cargo(["cyclonedx"]).args(options).dir(&source).run()?;
        let mut names = Vec::new();
        for (package, manifest) in SBOMS {
            let listed = source.join(manifest).join("sbom.json");
            tools.python(["packaging/clean.py"]).arg(&listed).dir(&source).run()?;
            let name = format!("{package}-{}.cdx.json", env!("CARGO_PKG_VERSION"));
            fs::copy(&listed, super::folder().join("sbom").join(name)).about(listed.display())?;
            names.push(format!("`{package}`"));
        }
        Ok(Step::Done(names.join(", ")))
    })
}

/// The packages that contain crates, and the folder of each. A wheel has its list inside.
const SBOMS: [(&str, &str); 5] = [
    ("pivotal-webhooks", "core"),
    ("pivotal-webhooks-axum", "receivers-axum"),
    ("pivotal-webhooks-cli", "cli"),
    ("pivotal-webhooks-node", "bindings-node"),
    ("pivotal-webhooks-wasm", "bindings-wasm"),
];

/// Lends a folder with a copy of the sources in `source`, and removes it.
pub(super) fn with_copy(work: impl FnOnce(&Path) -> Result<Step>) -> Result<Step> {
    // Not below this folder, whose configuration of cargo would count twice.
    let folder = env::temp_dir().join(format!("pivotal-webhooks-{}", process::id()));
    let result = copy_sources(&folder.join("source")).and_then(|()| work(&folder));
    setup::remove_dir(&folder)?;
    result
}

fn compared(tools: &Tools, folder: &Path) -> Result<Step> {
    let (source, target) = (folder.join("source"), folder.join("target"));
    let of = |name| ARTEFACTS.iter().find(|artefact| artefact.name == name).map(|one| &one.form);
    let (
        Some(Form::Wheel(wheel @ Wheel { .. })),
        Some(Form::Addon(Addon { platform, target: Some(zig) })),
        Some(Form::Program(tool)),
    ) = (of(WHEEL), of(ADDON), of(TOOL))
    else {
        return Err(Failure::new("the packages of this system are no artefacts"));
    };

    let wheels = folder.join("wheels");
    build_wheel(tools, wheel, &source, &target, &wheels)?;
    let addon = build_addon(tools, zig, &source, &target)?;
    let module = folder.join("core.wasm");
    build_module(&source, &target, &module)?;
    let tool_wheels = folder.join("tool wheels");
    let program = program::build_wheel(tools, tool, &source, &target, &tool_wheels)?;

    let first_addon = shell::work().join("dist/addons").join(ADDON);
    let mut differing = Vec::new();
    for (name, first, second) in [
        ("wheel", wheel_file(WHEEL)?, setup::only_file(&wheels)?),
        ("addon", first_addon.join(format!("pivotal-webhooks.{platform}.node")), addon),
        ("module of WebAssembly", shell::work().join("module/core.wasm"), module),
        ("tool", program::program_file(tool.platform), program),
        ("wheel of the tool", program::wheel_file(tool.platform)?, setup::only_file(&tool_wheels)?),
    ] {
        if tools.python(["packaging/compare.py"]).args([first, second]).run().is_err() {
            differing.push(name);
        }
    }
    if differing.is_empty() {
        Ok(Step::Done(
            "the same bytes: wheel, addon, module of WebAssembly, tool, wheel of the tool".into(),
        ))
    } else {
        Err(Failure::new(format!("other bytes: {}", differing.join(", "))))
    }
}

/// As `Machine::node_with_builds` does in this folder.
fn build_module(source: &Path, target: &Path, module: &Path) -> Result {
    cargo(["build", "--locked", "--profile", "wasm", "--package", "pivotal-webhooks-wasm"])
        .args(["--target", setup::WASM])
        .env("CARGO_TARGET_DIR", target)
        .dir(source)
        .run()?;
    let built = target.join(setup::WASM).join("wasm/pivotal_webhooks_wasm.wasm");
    cargo(["run", "--package", "xtask-bindgen", "--"]).arg(built).arg(module).run()
}

/// Copies what git would commit.
fn copy_sources(to: &Path) -> Result {
    let listed = Shell::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()?;
    for file in listed.split('\0').filter(|file| !file.is_empty()) {
        let (from, to) = (shell::root().join(file), to.join(file));
        // A deleted file may still be in the index.
        if from.is_file() {
            fs::create_dir_all(to.parent().unwrap_or(&to))?;
            fs::copy(&from, &to).about(from.display())?;
        }
    }
    Ok(())
}
