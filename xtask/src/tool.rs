//! The packages of the command-line tool: built for this machine, installed, and used.

use std::{fs, path::PathBuf};

use serde_json::Value;

use crate::{
    failure::{About as _, Failure, Result},
    setup::{self, Machine, only_file},
    shell::{self, Shell},
};

pub(crate) const MANIFEST: &str = "cli/Cargo.toml";

/// What the packages of the tool are made of, beside the sources of the core.
pub(crate) const SOURCES: &[&str] = &[
    "bindings-node/npm",
    "cli/Cargo.toml",
    "cli/LICENSE-APACHE",
    "cli/LICENSE-MIT",
    "cli/README.md",
    "cli/npm",
    "cli/pyproject.toml",
    "cli/src",
];

/// Builds the wheel and the npm packages around a program that is not optimised, as the tests of the tool
/// have built it, and uses what they install.
pub(crate) fn check(machine: &Machine) -> Result {
    let wheel = wheel(machine)?;
    let python = machine.python()?;
    Shell::new(&python).args(["-m", "twine", "check", "--strict"]).arg(&wheel).run()?;
    Shell::new(&python).arg("cli/tests/packages/wheel.py").arg(&wheel).run()?;

    machine.node_packages()?;
    let tarballs = tarballs()?;
    for node in machine.nodes() {
        Shell::new(node)
            .args(["--test", "--test-reporter=dot", "cli/tests/packages/npm.test.mjs"])
            .env("PIVOTAL_TARBALLS", &tarballs)
            .run()?;
    }
    Ok(())
}

fn wheel(machine: &Machine) -> Result<PathBuf> {
    let wheels = shell::work().join("tool/wheels");
    setup::remove_dir(&wheels)?;
    Shell::new(machine.python()?)
        .args(["-m", "maturin", "build", "--locked", "--quiet", "--manifest-path", MANIFEST])
        .arg("--out")
        .arg(&wheels)
        .run()?;
    only_file(&wheels)
}

/// A folder with the npm packages: the launcher, and the program that the wheel has, too.
fn tarballs() -> Result<PathBuf> {
    let folder = shell::work().join("tool");
    let name = format!("pivotal-webhooks{}", std::env::consts::EXE_SUFFIX);
    let programs = folder.join("programs");
    let program = programs.join(own_platform()?).join(&name);
    setup::remove_dir(&programs)?;
    fs::create_dir_all(program.parent().unwrap_or(&programs))?;
    fs::copy(shell::target().join("debug").join(&name), &program).about(&name)?;
    let tarballs = folder.join("tarballs");
    Shell::new("node").arg("cli/npm/pack.mjs").args([&tarballs, &programs]).run()?;
    Ok(tarballs)
}

/// This machine's name in the names of npm packages.
fn own_platform() -> Result<String> {
    let version = Shell::new("rustc").args(["--version", "--verbose"]).output()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let file = "bindings-node/npm/platforms.json";
    let platforms: Value =
        serde_json::from_str(&fs::read_to_string(shell::root().join(file)).about(file)?)?;
    let mut platforms = platforms.as_object().into_iter().flatten();
    let own = platforms.find(|(_, facts)| facts.get("rust").and_then(Value::as_str) == Some(host));
    own.map(|(name, _)| name.clone())
        .ok_or_else(|| Failure::new(format!("{file} has no platform for {host}")))
}
