//! Sources that are written from the core and its catalogue, so that no name is typed twice.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    catalogue::Catalogue,
    outcome::{About as _, Failure, Outcome},
    shell::{self, Shell},
};

mod codes;
mod page;
mod python;
mod rust;
mod schema;
mod typescript;

/// Holds a schema for each event, and nothing else.
const SCHEMAS: &str = "test-vectors/schema/events";

/// Writes every generated file, and removes those that are no longer.
pub(crate) fn write() -> Outcome {
    let files = files()?;
    for stale in stale(&files)? {
        println!("{} is removed", stale.display());
        fs::remove_file(stale)?;
    }
    fs::create_dir_all(shell::root().join(SCHEMAS))?;
    for (path, text) in files {
        println!("{path}");
        fs::write(shell::root().join(&path), text).about(path)?;
    }
    Ok(())
}

/// Fails if a generated file is not what would be written now.
pub(crate) fn check() -> Outcome {
    let files = files()?;
    let out_of_date = |path: &dyn std::fmt::Display| {
        Err(Failure::new(format!("{path} is out of date: run `cargo xtask gen`")))
    };
    if let Some(stale) = stale(&files)?.first() {
        return out_of_date(&stale.display());
    }
    for (path, text) in &files {
        let there = fs::read_to_string(shell::root().join(path)).unwrap_or_default();
        if there.replace("\r\n", "\n") != *text {
            return out_of_date(path);
        }
    }
    Ok(())
}

fn files() -> Outcome<Vec<(String, String)>> {
    let events = Catalogue::read()?;
    let rust = rustfmt(&rust::catalogue(&events).about("catalogue.rs")?)?;
    let mut files: Vec<(String, String)> = [
        ("bindings-node/js/codes.ts", codes::typescript().about("codes.ts")?),
        ("bindings-node/js/events.ts", typescript::events(&events).about("events.ts")?),
        ("bindings-node/js/samples.json", schema::samples(&events)),
        ("bindings-python/python/pivotal_webhooks/codes.py", codes::python().about("codes.py")?),
        (
            "bindings-python/python/pivotal_webhooks/events.py",
            python::events(&events).about("events.py")?,
        ),
        ("bindings-python/python/pivotal_webhooks/samples.json", schema::samples(&events)),
        ("bindings-python/python/pivotal_webhooks/schemas.json", schema::senders(&events)),
        ("core/src/event/catalogue.rs", rust),
        ("docs/errors.md", codes::reference().about("errors.md")?),
        ("docs/events.md", page::events(&events).about("events.md")?),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into();
    files.extend(
        schema::events(&events).into_iter().map(|(name, text)| (format!("{SCHEMAS}/{name}"), text)),
    );
    Ok(files)
}

/// Schemas of events that the catalogue no longer lists.
fn stale(files: &[(String, String)]) -> Outcome<Vec<PathBuf>> {
    let wanted: BTreeSet<PathBuf> =
        files.iter().map(|(path, _)| shell::root().join(path)).collect();
    let folder = shell::root().join(SCHEMAS);
    let there =
        if folder.exists() { fs::read_dir(folder)?.flatten().collect() } else { Vec::new() };
    let paths = there.into_iter().map(|entry| entry.path());
    Ok(paths.filter(|path: &PathBuf| !wanted.contains(Path::new(path))).collect())
}

/// Rust as this project formats it.
fn rustfmt(text: &str) -> Outcome<String> {
    let file = shell::work().join("generated.rs");
    fs::create_dir_all(shell::work())?;
    fs::write(&file, text)?;
    let config = shell::root().join("rustfmt.toml");
    Shell::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(config)
        .arg(&file)
        .run()?;
    fs::read_to_string(&file).about(file.display())
}
