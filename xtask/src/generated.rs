//! Writes sources from the core and its catalogue, so that each name is typed once.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    assure,
    catalogue::Catalogue,
    failure::{About as _, Failure, Result},
    once,
    shell::{self, Shell},
    template,
};

mod facts;
mod idempotency;
mod schema;

/// The folder of the events' schemas. It contains no other files.
const SCHEMAS: &str = "test-vectors/schema/events";

/// Writes every generated file, and removes those that are no longer.
pub(crate) fn write() -> Result {
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
pub(crate) fn check() -> Result {
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

/// The folder of each generated file, and the file's name, which is its template's too.
const TEMPLATES: &[(&str, &str)] = &[
    ("bindings-node/js", "border.ts"),
    ("bindings-node/js", "codes.ts"),
    ("bindings-node/js", "dump-errors.ts"),
    ("bindings-node/js", "events.ts"),
    ("bindings-node/js", "findings.ts"),
    ("bindings-node/js", "idempotency/data.ts"),
    ("bindings-node/js", "schemes.ts"),
    ("bindings-python/python/pivotal_webhooks", "_event_overloads.py"),
    ("bindings-python/python/pivotal_webhooks", "_handler_overloads.py"),
    ("bindings-python/python/pivotal_webhooks", "codes.py"),
    ("bindings-python/python/pivotal_webhooks", "events.py"),
    ("bindings-python/python/pivotal_webhooks", "findings.py"),
    ("bindings-python/python/pivotal_webhooks", "idempotency/data.py"),
    ("bindings-python/python/pivotal_webhooks", "schemes.py"),
    ("core/src/event", "catalogue.rs"),
    ("docs", "errors.md"),
    ("docs", "events.md"),
    ("docs", "troubleshooting.md"),
];

fn files() -> Result<Vec<(String, String)>> {
    let catalogue = Catalogue::read()?;
    let facts = facts::all(&catalogue, idempotency::facts()?);
    let mut files = Vec::new();
    for (folder, name) in TEMPLATES {
        let text = template::render(name, &facts)?;
        let text = if name.ends_with(".rs") { rustfmt(&text)? } else { text };
        files.push((format!("{folder}/{name}"), text));
    }
    for (path, text) in [
        ("bindings-node/js/samples.json", schema::samples(&catalogue)),
        ("bindings-python/python/pivotal_webhooks/samples.json", schema::samples(&catalogue)),
        ("cli/src/catalogue.json", schema::listing(&catalogue)),
        ("bindings-python/python/pivotal_webhooks/schemas.json", schema::senders(&catalogue)),
    ] {
        files.push((path.to_owned(), text));
    }
    files.push((assure::DOCUMENT.to_owned(), assure::document()?));
    files.push((once::DOCUMENT.to_owned(), once::document()?));
    let schemas = schema::events(&catalogue).into_iter();
    files.extend(schemas.map(|(name, text)| (format!("{SCHEMAS}/{name}"), text)));
    Ok(files)
}

/// Schemas of events that the catalogue no longer lists.
fn stale(files: &[(String, String)]) -> Result<Vec<PathBuf>> {
    let wanted: BTreeSet<PathBuf> =
        files.iter().map(|(path, _)| shell::root().join(path)).collect();
    let folder = shell::root().join(SCHEMAS);
    let there =
        if folder.exists() { fs::read_dir(folder)?.flatten().collect() } else { Vec::new() };
    let paths = there.into_iter().map(|entry| entry.path());
    Ok(paths.filter(|path: &PathBuf| !wanted.contains(Path::new(path))).collect())
}

/// Rust as this project formats it.
fn rustfmt(text: &str) -> Result<String> {
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
