//! Builds every artefact of a release into `target/dist`, and runs each one that this machine can run.

use std::{fs, path::PathBuf};

use crate::{
    failure::{About as _, Failure, Result},
    shell,
};

mod artefact;
mod build;
mod copy;
mod program;
mod record;
mod tools;
mod trial;

use artefact::{ARTEFACTS, Artefact, Form};
use record::{Record, Records, Step};
use tools::Tools;
use trial::registry::Registry;

/// The folder of the artefacts.
pub(crate) fn folder() -> PathBuf {
    shell::target().join("dist")
}

/// Makes the artefacts whose names contain one of these words, or all of them. Records of earlier runs
/// stay, and with those of all artefacts the table in `docs/platforms.md` is written.
pub(crate) fn run(only: &[String]) -> Result {
    let mut artefacts: Vec<&Artefact> = ARTEFACTS
        .iter()
        .filter(|artefact| {
            only.is_empty() || only.iter().any(|word| artefact.name.contains(word.as_str()))
        })
        .collect();
    if artefacts.is_empty() {
        let names: Vec<&str> = ARTEFACTS.iter().map(|artefact| artefact.name).collect();
        return Err(Failure::new(format!("no such artefact; there are {}", names.join(", "))));
    }
    if only.is_empty() {
        crate::setup::remove_dir(&folder())?;
    }
    for part in PARTS {
        fs::create_dir_all(folder().join(part))?;
    }
    // A package with an addon is installed by the package that needs it.
    if artefacts.iter().any(|artefact| artefact.is_of_npm()) && !build::has_npm_package() {
        artefacts.extend(ARTEFACTS.iter().filter(|artefact| matches!(artefact.form, Form::Npm)));
        artefacts
            .sort_by_key(|artefact| ARTEFACTS.iter().position(|one| one.name == artefact.name));
        artefacts.dedup_by_key(|artefact| artefact.name);
    }
    let tools = Tools::find()?;
    let mut records = Records::read()?;
    for artefact in &artefacts {
        println!("\n==== build {}", artefact.name);
        let built = Step::of(build::artefact(&tools, artefact));
        println!("==== {built}");
        let why = if built.is_done() { "this run has not ended" } else { "it was not built" };
        records.keep(artefact, built, Step::Left(why.into()))?;
    }
    let is_built = |records: &Records, artefact: &Artefact| {
        records.of(artefact).is_some_and(|record| record.built.is_done())
    };
    let of_npm =
        artefacts.iter().any(|artefact| artefact.is_of_npm() && is_built(&records, artefact));
    let registry = if of_npm { Some(Registry::start(&tools)?) } else { None };
    for artefact in &artefacts {
        if is_built(&records, artefact) {
            println!("\n==== run {}", artefact.name);
            let ran = Step::of(trial::artefact(&tools, registry.as_ref(), artefact));
            println!("==== {ran}");
            records.set_run(artefact, ran)?;
        }
    }
    drop(registry);

    println!("\nIn {}:\n", folder().display());
    print!("{}", record::summary(&artefacts, &records));
    checksums()?;
    record::write_table(&records)?;
    let failed = |artefact: &&Artefact| records.of(artefact).is_some_and(Record::is_failed);
    if artefacts.iter().any(failed) {
        return Err(Failure::new("not every artefact could be built and run"));
    }
    Ok(())
}

/// The folders of the artefacts.
const PARTS: [&str; 4] = ["crates", "npm", "sbom", "wheels"];

/// Writes the SHA-256 digest of every artefact, in the format of `sha256sum --check`.
fn checksums() -> Result {
    let mut lines = Vec::new();
    for part in PARTS {
        for entry in fs::read_dir(folder().join(part))? {
            let path = entry?.path();
            let digest = crate::stamp::file_digest(&path)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            lines.push(format!("{digest}  {part}/{name}\n"));
        }
    }
    lines.sort_by(|one, other| one.split("  ").last().cmp(&other.split("  ").last()));
    fs::write(folder().join("SHA256SUMS"), lines.concat()).about("SHA256SUMS")
}
