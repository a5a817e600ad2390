//! Builds every artefact of a release into `target/dist`, and runs each one that this machine can run.

use std::{fs, path::PathBuf};

use crate::{
    failure::{About as _, Failure, Result},
    shell,
};

mod artefact;
mod build;
mod record;
mod tools;
mod trial;

use artefact::{ARTEFACTS, Artefact};
use record::{Record, Step};
use tools::Tools;

/// The folder of the artefacts.
pub(crate) fn folder() -> PathBuf {
    shell::target().join("dist")
}

/// Makes the artefacts whose names contain one of these words, or all of them. Only a run of all
/// artefacts writes the table in `docs/platforms.md`.
pub(crate) fn run(only: &[String]) -> Result {
    let wanted = |artefact: &&Artefact| {
        only.is_empty() || only.iter().any(|word| artefact.name.contains(word.as_str()))
    };
    let artefacts: Vec<&Artefact> = ARTEFACTS.iter().filter(wanted).collect();
    if artefacts.is_empty() {
        let names: Vec<&str> = ARTEFACTS.iter().map(|artefact| artefact.name).collect();
        return Err(Failure::new(format!("no such artefact; there are {}", names.join(", "))));
    }
    if only.is_empty() {
        crate::setup::remove_dir(&folder())?;
    }
    for part in ["crates", "npm", "wheels"] {
        fs::create_dir_all(folder().join(part))?;
    }
    let tools = Tools::find()?;
    let mut records = Vec::new();
    for artefact in &artefacts {
        println!("\n==== build {}", artefact.name);
        let built = Step::of(build::artefact(&tools, artefact));
        println!("==== {built}");
        records.push(Record { artefact, built, ran: Step::Left("it was not built".into()) });
    }
    let registry = tools.registry(&records)?;
    for record in records.iter_mut().filter(|record| record.built.is_done()) {
        println!("\n==== run {}", record.artefact.name);
        record.ran = Step::of(trial::artefact(&tools, registry.as_ref(), record.artefact));
        println!("==== {}", record.ran);
    }
    drop(registry);

    println!("\nIn {}:\n", folder().display());
    print!("{}", record::summary(&records));
    checksums()?;
    if only.is_empty() {
        record::write_table(&records)?;
    }
    let failed = |record: &Record<'_>| record.built.is_failed() || record.ran.is_failed();
    if records.iter().any(failed) {
        return Err(Failure::new("not every artefact could be built and run"));
    }
    Ok(())
}

/// Writes the SHA-256 digest of every artefact, in the format of `sha256sum --check`.
fn checksums() -> Result {
    let mut lines = Vec::new();
    for part in ["crates", "npm", "wheels"] {
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
