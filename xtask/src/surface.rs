//! Compares the public surface of each language with a list in `packaging/surface`, so that it changes
//! only together with a line in the changes.

use std::{collections::BTreeSet, fs, path::PathBuf};

use sha2::{Digest, Sha256};

use crate::{
    failure::{About as _, Failure, Result},
    setup::{self, Machine},
    shell::{self, Shell, cargo},
    stamp,
};

type Listing = fn(&Machine) -> Result<String>;

const LANGUAGES: [(&str, Listing); 3] =
    [("python", python), ("rust", rust), ("typescript", typescript)];

/// Fails if a surface is not the one that was accepted.
pub(crate) fn check(machine: &Machine) -> Result {
    let mut changed = Vec::new();
    for (language, listing) in LANGUAGES {
        let (accepted, now) = (read(language)?, listing(machine)?);
        if surface_of(&accepted) != now.trim() {
            let difference = difference(surface_of(&accepted), &now);
            changed.push(format!("the public surface of {language} has changed:\n{difference}"));
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{}\nIf this is intended, say it in CHANGELOG.md under `Unreleased`, and run `cargo xtask \
         surface --accept`",
        changed.join("\n")
    )))
}

/// Writes the lists anew, if there is a new line in the changes.
pub(crate) fn accept(machine: &Machine) -> Result {
    let changes = fs::read_to_string(shell::root().join("CHANGELOG.md")).about("CHANGELOG.md")?;
    for (language, listing) in LANGUAGES {
        if let Some(text) = accepted(&read(language)?, &listing(machine)?, &changes)? {
            println!("{} is written", path(language).display());
            fs::write(path(language), text).about(path(language).display())?;
        }
    }
    Ok(())
}

/// The list to write, or none if the surface is the accepted one.
fn accepted(before: &str, now: &str, changes: &str) -> Result<Option<String>> {
    if surface_of(before) == now.trim() {
        return Ok(None);
    }
    let digest = digest_of_unreleased(changes)?;
    if before.lines().take(HEADER_LINES).any(|line| line.ends_with(&digest)) {
        return Err(Failure::new(format!(
            "the public surface has changed, and CHANGELOG.md says nothing new under `Unreleased` \
             since the surface was accepted:\n{}",
            difference(surface_of(before), now)
        )));
    }
    Ok(Some(format!(
        "# The public surface. `cargo xtask surface --accept` writes this file.\n\
         # The unreleased changes when it was accepted: {digest}\n\n{}\n",
        now.trim()
    )))
}

const HEADER_LINES: usize = 2;

/// The digest of the lines under `Unreleased`, of which there must be one.
fn digest_of_unreleased(changes: &str) -> Result<String> {
    let changes = changes.replace("\r\n", "\n");
    let unreleased = changes.split("\n## ").find_map(|part| part.strip_prefix("Unreleased\n"));
    let lines = unreleased.unwrap_or_default().lines().filter(|line| line.starts_with("* "));
    let lines: Vec<&str> = lines.collect();
    if lines.is_empty() {
        return Err(Failure::new("CHANGELOG.md says nothing under `Unreleased`"));
    }
    Ok(stamp::hex(&Sha256::digest(lines.join("\n"))))
}

/// The list without its header.
fn surface_of(text: &str) -> &str {
    text.split_once("\n\n").map_or("", |(_, surface)| surface.trim())
}

/// The lines that only one of two lists has.
fn difference(before: &str, now: &str) -> String {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (before, now) = (lines(before), lines(now));
    let gone = before.difference(&now).map(|line| format!("  - {line}\n"));
    let mut all: Vec<String> =
        gone.chain(now.difference(&before).map(|line| format!("  + {line}\n"))).collect();
    if all.is_empty() {
        all.push("  the same lines in another order\n".to_owned());
    }
    all.concat()
}

fn read(language: &str) -> Result<String> {
    // A language that is new has no list yet.
    let path = path(language);
    if !path.exists() {
        return Ok(String::new());
    }
    Ok(fs::read_to_string(&path).about(path.display())?.replace("\r\n", "\n"))
}

fn path(language: &str) -> PathBuf {
    shell::root().join("packaging/surface").join(format!("{language}.txt"))
}

fn python(machine: &Machine) -> Result<String> {
    let package = "bindings-python/python/pivotal_webhooks";
    Shell::new(machine.python()?).args(["packaging/surface.py", package]).output()
}

fn typescript(machine: &Machine) -> Result<String> {
    machine.node_packages()?;
    let declarations = shell::work().join("surface/declarations");
    setup::remove_dir(&declarations)?;
    Shell::new("node").arg("packaging/surface.mjs").arg(declarations).output()
}

/// The crates by the names of their documentation, and the features that are public.
const CRATES: [(&str, &str, &str); 2] = [
    ("pivotal-webhooks", "pivotal_webhooks", "http,diagnosis"),
    ("pivotal-webhooks-axum", "pivotal_webhooks_axum", ""),
];

fn rust(_: &Machine) -> Result<String> {
    let target = shell::work().join("surface/cargo");
    let mut files = Vec::new();
    for (package, name, features) in CRATES {
        cargo(["rustdoc", "--quiet", "--locked", "--lib", "--package", package])
            .args(["--features", features])
            .args(["--", "-Zunstable-options", "--output-format", "json"])
            .env("CARGO_TARGET_DIR", &target)
            // As cargo-semver-checks does: the toolchain is pinned, and so is its format.
            .env("RUSTC_BOOTSTRAP", "1")
            .run()?;
        files.push(target.join("doc").join(format!("{name}.json")));
    }
    cargo(["run", "--quiet", "--locked", "--package", "xtask-surface", "--"]).args(files).output()
}

#[cfg(test)]
mod tests {
    use super::{accepted, surface_of};

    const CHANGES: &str =
        "# Changes\n\n## Unreleased\n\n* One.\n\n## 0.1.0 (2026-01-01)\n\n* Zero.\n";

    #[test]
    fn a_surface_changes_only_with_a_new_line_in_the_changes() {
        let first = accepted("", "one\n", CHANGES).ok().flatten().unwrap_or_default();
        assert_eq!(surface_of(&first), "one");
        assert!(matches!(accepted(&first, "one", CHANGES), Ok(None)));
        assert!(accepted(&first, "two", CHANGES).is_err());
        let later = CHANGES.replace("* One.", "* One.\n* Two.");
        let second = accepted(&first, "two", &later).ok().flatten().unwrap_or_default();
        assert_eq!(surface_of(&second), "two");
    }

    #[test]
    fn after_a_release_there_must_be_a_line_too() {
        let first = accepted("", "one", CHANGES).ok().flatten().unwrap_or_default();
        let released =
            CHANGES.replace("## Unreleased\n", "## Unreleased\n\n## 0.2.0 (2026-02-02)\n");
        assert!(accepted(&first, "two", &released).is_err());
    }
}
