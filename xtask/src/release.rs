//! Gives every manifest the version of a release, and says what remains to be done by a person.

use std::fs;

use serde_json::Value;

use crate::{
    failure::{About as _, Failure, Result},
    setup::Machine,
    shell::{self, Shell, cargo},
    surface,
};

/// The manifests of npm that have the project's version.
const NPM_MANIFESTS: [&str; 3] = ["bindings-node", "bindings-wasm", "cli/npm"];

/// Those of them that are in the workspace, so that the lock file has their version too.
const IN_LOCK: [&str; 2] = ["bindings-node", "bindings-wasm"];

/// The lock file of a package that uses the core and is outside the workspace.
const PEERS_LOCK: &str = "assurance/peers/Cargo.lock";

const CHANGES: &str = "CHANGELOG.md";
const PLATFORMS: &str = "docs/platforms.md";

/// The line above the rows of the table of releases.
const RELEASES: &str =
    "| release | date | CPython | Node | Rust |\n| --- | --- | --- | --- | --- |\n";

/// Prepares a release in a tree without changes.
pub(crate) fn prepare(version: &str, repository: Option<&str>) -> Result {
    check_version(version)?;
    let changes = Shell::new("git").args(["status", "--porcelain"]).output()?;
    if !changes.is_empty() {
        return Err(Failure::new(format!("commit or remove these changes first:\n{changes}")));
    }
    surface::check(&Machine::detect()?)?;
    let date = shell::today()?;
    edit("Cargo.toml", |text| cargo_version(text, version))?;
    cargo(["update", "--workspace", "--offline"]).run()?;
    edit(PEERS_LOCK, |text| {
        let locked = |version| format!("name = \"pivotal-webhooks\"\nversion = \"{version}\"\n");
        replaced(text, &locked(env!("CARGO_PKG_VERSION")), &locked(version))
    })?;
    for folder in NPM_MANIFESTS {
        edit_json(&format!("{folder}/package.json"), |manifest| set_version(manifest, version))?;
    }
    edit_json("package-lock.json", |lock| {
        for folder in IN_LOCK {
            set_version(lock.get_mut("packages").and_then(|all| all.get_mut(folder))?, version)?;
        }
        Some(())
    })?;
    edit(CHANGES, |text| {
        let heading = format!("## Unreleased\n\n## {version} ({date})\n");
        replaced(text, "## Unreleased\n", &heading)
    })?;
    edit(PLATFORMS, |text| {
        let row = format!(
            "{RELEASES}| {version} | {date} | 3.10 to 3.14 | 20, 22, 24 | {} |\n",
            env!("CARGO_PKG_RUST_VERSION")
        );
        replaced(text, RELEASES, &row)
    })?;
    if let Some(repository) = repository {
        set_repository(repository)?;
    }
    check(version)?;
    semver_checks()?;
    println!("{}", remaining(version));
    Ok(())
}

/// Compares every manifest and the heading of the changes with a version.
pub(crate) fn check(version: &str) -> Result {
    check_version(version)?;
    let mut wrong = Vec::new();
    let quoted = format!("version = \"{version}\"");
    let cargo_manifest = read("Cargo.toml")?;
    if cargo_manifest.matches(&quoted).count() < 2 {
        wrong.push("Cargo.toml".to_owned());
    }
    for folder in NPM_MANIFESTS {
        let file = format!("{folder}/package.json");
        let manifest: Value = serde_json::from_str(&read(&file)?).about(&file)?;
        if manifest.get("version").and_then(Value::as_str) != Some(version) {
            wrong.push(file);
        }
    }
    if !read(CHANGES)?.contains(&format!("\n## {version} (")) {
        wrong.push(CHANGES.to_owned());
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("not of version {version}: {}", wrong.join(", "))))
    }
}

fn check_version(version: &str) -> Result {
    let numbers: Vec<_> = version.split('.').map(str::parse::<u32>).collect();
    if numbers.len() == 3 && numbers.iter().all(std::result::Result::is_ok) {
        Ok(())
    } else {
        Err(Failure::new("a version has three numbers, such as 0.2.0"))
    }
}

/// Replaces the version of the workspace, and the one by which its crates depend on each other.
fn cargo_version(text: &str, version: &str) -> Option<String> {
    let current = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
    let workspace = text.contains(&format!("[workspace.package]\n{current}\n"));
    workspace.then(|| text.replace(&current, &format!("version = \"{version}\"")))
}

fn set_version(manifest: &mut Value, version: &str) -> Option<()> {
    *manifest.get_mut("version")? = version.into();
    Some(())
}

/// Writes the address of the repository into every manifest that a registry reads.
fn set_repository(url: &str) -> Result {
    if !url.starts_with("https://") || url.ends_with('/') || url.ends_with(".git") {
        return Err(Failure::new("write the repository as `https://host/owner/name`"));
    }
    for manifest in ["core/Cargo.toml", "receivers-axum/Cargo.toml", "cli/Cargo.toml"] {
        edit(manifest, |text| {
            let line = "authors.workspace = true\n";
            replaced(text, line, &format!("{line}repository = \"{url}\"\n"))
        })?;
    }
    for manifest in ["bindings-python/pyproject.toml", "cli/pyproject.toml"] {
        edit(manifest, |text| {
            let heading = "[project.urls]\n";
            let urls = format!(
                "{heading}Repository = \"{url}\"\nIssues = \"{url}/issues\"\n\
                 Changelog = \"{url}/blob/main/{CHANGES}\"\n"
            );
            replaced(text, heading, &urls)
        })?;
    }
    for folder in NPM_MANIFESTS {
        edit_json(&format!("{folder}/package.json"), |manifest| {
            let manifest = manifest.as_object_mut()?;
            let address = format!("git+{url}.git");
            let repository =
                serde_json::json!({ "type": "git", "url": address, "directory": folder });
            manifest.insert("repository".into(), repository);
            manifest.insert("bugs".into(), format!("{url}/issues").into());
            Some(())
        })?;
    }
    Ok(())
}

/// Compares the public interfaces of the crates with the last release, where that can be done.
fn semver_checks() -> Result {
    let tag = Shell::new("git").args(["describe", "--tags", "--abbrev=0", "--match", "v*"]);
    let Some(tag) = tag.quiet_output() else {
        println!("there is no earlier release to compare the crates with");
        return Ok(());
    };
    if cargo(["semver-checks", "--version"]).quiet_output().is_none() {
        println!(
            "skipped: `cargo install --locked cargo-semver-checks` installs what compares the crates"
        );
        return Ok(());
    }
    cargo(["semver-checks", "--package", "pivotal-webhooks", "--package", "pivotal-webhooks-axum"])
        .args(["--baseline-rev", tag.trim()])
        .run()
}

fn remaining(version: &str) -> String {
    format!(
        "\nThe tree has the version {version}. What remains, as RELEASING.md says:\n\
         \n  1. read the section of {CHANGES}\
         \n  2. cargo xtask test && cargo xtask dist\
         \n  3. commit, have it reviewed, merge it\
         \n  4. git tag --sign v{version} && git push origin v{version}\
         \n  5. read the draft of the release, approve the environments, publish the draft"
    )
}

fn read(file: &str) -> Result<String> {
    fs::read_to_string(shell::root().join(file)).about(file)
}

fn edit(file: &str, change: impl FnOnce(&str) -> Option<String>) -> Result {
    let text = change(&read(file)?)
        .ok_or_else(|| Failure::new(format!("{file} lacks the text that a release changes")))?;
    fs::write(shell::root().join(file), text).about(file)
}

fn edit_json(file: &str, change: impl FnOnce(&mut Value) -> Option<()>) -> Result {
    edit(file, |text| {
        let mut json = serde_json::from_str(text).ok()?;
        change(&mut json)?;
        Some(format!("{}\n", serde_json::to_string_pretty(&json).ok()?))
    })
}

fn replaced(text: &str, old: &str, new: &str) -> Option<String> {
    text.contains(old).then(|| text.replacen(old, new, 1))
}

#[cfg(test)]
mod tests {
    use super::{cargo_version, check_version, replaced};

    #[test]
    fn a_version_has_three_numbers() {
        assert!(check_version("0.2.0").is_ok());
        for wrong in ["v0.2.0", "0.2", "0.2.0-rc.1", ""] {
            assert!(check_version(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_version_of_the_workspace_is_replaced() {
        let manifest = include_str!("../../Cargo.toml");
        let changed = cargo_version(manifest, "9.8.7");
        assert_eq!(changed.map(|text| text.matches("version = \"9.8.7\"").count()), Some(3));
        assert_eq!(cargo_version("[package]\n", "9.8.7"), None);
    }

    #[test]
    fn a_text_that_is_not_there_is_reported() {
        assert_eq!(replaced("a b a", "a", "c").as_deref(), Some("c b a"));
        assert_eq!(replaced("a", "b", "c"), None);
    }
}
