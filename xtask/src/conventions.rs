//! The project's own conventions, which no other tool checks.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    catalogue::Catalogue,
    floors,
    outcome::{About as _, Failure, Outcome},
    shell::{self, Shell},
};

/// Checks all of them.
pub(crate) fn check() -> Outcome {
    let tracked = Shell::new("git")
        .args(["ls-files", "-z", "--cached", "--others"])
        .arg("--exclude-standard")
        .output()?;
    let files: Vec<&str> = tracked.split('\0').filter(|file| !file.is_empty()).collect();
    let mut names = Catalogue::read()?.other_names();
    // A delivery's facts and a reason have this name too.
    names.retain(|name| name != "timestamp");
    let mut broken = Vec::new();
    for file in files {
        // A deleted file may still be in the index; others are no text.
        let Ok(text) = fs::read_to_string(shell::root().join(file)) else {
            continue;
        };
        broken.extend(wire_literals(file, &text, &names));
        broken.extend(registry_hosts(file, &text));
    }
    broken.extend(versions()?);
    broken.extend(threats()?);
    broken.extend(floors::broken()?);
    if broken.is_empty() { Ok(()) } else { Err(Failure::new(broken.join("\n"))) }
}

/// The bindings carry bytes; only the core knows what a delivery looks like, and under what other
/// names a field of an event may come.
fn wire_literals(file: &str, text: &str, names: &[String]) -> Vec<String> {
    let binding = ["bindings-python/src/", "bindings-node/src/", "bindings-wasm/src/"];
    let surface = ["bindings-python/python/", "bindings-node/js/", "bindings-wasm/js/"];
    // Generated data says what the catalogue says, and the testing modules write bodies as senders do.
    let is_data = file.ends_with(".json");
    let names = if file.contains("/testing.") { &[] } else { names };
    if is_data || !binding.iter().chain(&surface).any(|folder| file.starts_with(folder)) {
        return Vec::new();
    }
    // A literal, not a word of a comment: documentation may name what it explains.
    let literals =
        ["svix-", "webhook-id", "webhook-timestamp", "webhook-signature", "pivotal-signature"]
            .into_iter()
            .chain(["pivotal-event", "pivotal-delivery", "x-pivot", "whsec", "v1,", "sha256="]);
    literals
        .flat_map(|literal| ['"', '\'', '`'].map(|quote| format!("{quote}{literal}")))
        .chain(
            names
                .iter()
                .flat_map(|name| ['"', '\'', '`'].map(|quote| format!("{quote}{name}{quote}"))),
        )
        .filter(|literal| {
            let code = text.lines().filter(|line| !is_comment(line) && !is_member_type(line));
            code.into_iter().any(|line| line.contains(literal))
        })
        .map(|literal| format!("{file}: {literal} is the core's to know"))
        .collect()
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["//", "/*", "*", "#", "\"\"\""].iter().any(|mark| line.starts_with(mark))
}

/// A TypeScript interface may name a header, for types of other packages that do.
fn is_member_type(line: &str) -> bool {
    line.trim_start().starts_with("readonly \"") && line.contains("?: ")
}

/// A lock file that names a host works on one machine.
fn registry_hosts(file: &str, text: &str) -> Vec<String> {
    let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
    let marks: &[&str] = match name.as_ref() {
        "Cargo.lock" => &["registry+sparse", "registry+file"],
        "package-lock.json" => &["\"resolved\": \"http"],
        ".npmrc" | "pip.conf" => &["registry=", "index-url", "_authToken"],
        name if name.starts_with("requirements") => {
            &["--index-url", "--extra-index", "--find-links", "://"]
        }
        _ => &[],
    };
    marks
        .iter()
        .filter(|mark| text.contains(**mark))
        .map(|mark| format!("{file}: names where packages come from ({mark})"))
        .collect()
}

/// A vector's tag says what it stands against only if the table of threats knows it.
fn threats() -> Outcome<Vec<String>> {
    let table =
        fs::read_to_string(shell::root().join("docs/threats.md")).about("docs/threats.md")?;
    let mut unknown = Vec::new();
    for entry in fs::read_dir(shell::root().join("test-vectors/vectors"))? {
        let path = entry?.path();
        let file: Value =
            serde_json::from_str(&fs::read_to_string(&path)?).about(path.display())?;
        let cases = file.get("cases").and_then(Value::as_array).into_iter().flatten();
        let tags = cases.filter_map(|case| case.get("threats")?.as_array()).flatten();
        unknown.extend(
            tags.filter_map(Value::as_str)
                .filter(|tag| !table.contains(&format!("\n| {tag} |")))
                .map(|tag| format!("docs/threats.md: {} uses the tag {tag}", path.display())),
        );
    }
    unknown.sort();
    unknown.dedup();
    Ok(unknown)
}

/// The version is written in `Cargo.toml`; npm can't read it there.
fn versions() -> Outcome<Vec<String>> {
    let version = env!("CARGO_PKG_VERSION");
    let mut wrong = Vec::new();
    for file in ["bindings-node/package.json", "bindings-wasm/package.json"] {
        let text = fs::read_to_string(shell::root().join(file)).about(file)?;
        let package: Value = serde_json::from_str(&text).about(file)?;
        if package.get("version").and_then(Value::as_str) != Some(version) {
            wrong.push(format!("{file}: version is not {version}"));
        }
    }
    Ok(wrong)
}
