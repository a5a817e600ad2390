//! Builds the packages of this system a second time, from a copy of the sources in another folder, and
//! compares them with the first ones byte for byte.

use std::{env, fs, path::Path, process};

use super::{
    artefact::{ARTEFACTS, Addon, Form, Wheel},
    build::{build_addon, build_wheel, wheel_file},
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

/// Builds and compares.
pub(crate) fn artefact(tools: &Tools) -> Result<Step> {
    // Not below this folder, whose configuration of cargo would count twice.
    let folder = env::temp_dir().join(format!("pivotal-webhooks-{}", process::id()));
    let result = compared(tools, &folder);
    setup::remove_dir(&folder)?;
    result
}

fn compared(tools: &Tools, folder: &Path) -> Result<Step> {
    let (source, target) = (folder.join("source"), folder.join("target"));
    copy_sources(&source)?;
    let of = |name| ARTEFACTS.iter().find(|artefact| artefact.name == name).map(|one| &one.form);
    let (
        Some(Form::Wheel(wheel @ Wheel { .. })),
        Some(Form::Addon(Addon { platform, target: Some(zig) })),
    ) = (of(WHEEL), of(ADDON))
    else {
        return Err(Failure::new("the wheel and the addon of this system are no artefacts"));
    };

    let wheels = folder.join("wheels");
    build_wheel(tools, wheel, &source, &target, &wheels)?;
    let addon = build_addon(tools, zig, &source, &target)?;
    let module = folder.join("core.wasm");
    build_module(&source, &target, &module)?;

    let first_addon = shell::work().join("dist/addons").join(ADDON);
    let mut differing = Vec::new();
    for (name, first, second) in [
        ("wheel", wheel_file(WHEEL)?, setup::only_file(&wheels)?),
        ("addon", first_addon.join(format!("pivotal-webhooks.{platform}.node")), addon),
        ("module of WebAssembly", shell::work().join("module/core.wasm"), module),
    ] {
        if tools.python(["packaging/compare.py"]).args([first, second]).run().is_err() {
            differing.push(name);
        }
    }
    if differing.is_empty() {
        Ok(Step::Done("the same bytes: wheel, addon, module of WebAssembly".into()))
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
