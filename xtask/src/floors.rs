//! The floors of the core: each module imports from lower floors only, so that no imports form a
//! circle.

use std::{fs, path::Path};

use crate::{
    failure::{About as _, Result},
    shell,
};

/// The core's modules, the lowest floor first. Files in a module's folder belong to it, except those
/// that have a place of their own here. Modules of one floor don't import each other.
const FLOORS: &[&[&str]] = &[
    &["error", "probe"],
    &["mac"],
    &["encoding"],
    &["idempotency", "header", "time", "json", "sender"],
    &["claims", "secret", "transfer"],
    &["scheme::svix", "scheme::pivotal", "scheme::pivot"],
    &["scheme"],
    &["verify"],
    &["event"],
    &["dump"],
    &["builder"],
    &["diagnosis"],
    &["webhook"],
    &["sign"],
    &["binding"],
];

const SOURCES: &str = "core/src";

/// The imports that don't lead downwards.
pub(crate) fn broken() -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let mut folders = vec![shell::root().join(SOURCES)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).about(folder.display())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inside = path.strip_prefix(shell::root().join(SOURCES)).unwrap_or(&path);
            // The root only declares modules and exports names.
            if inside == Path::new("lib.rs") {
                continue;
            }
            broken.extend(in_file(inside, &fs::read_to_string(&path).about(path.display())?));
        }
    }
    broken.sort();
    Ok(broken)
}

fn in_file(file: &Path, text: &str) -> Vec<String> {
    let parts = file.with_extension("");
    let parts: Vec<_> = parts.iter().map(|part| part.to_string_lossy()).collect();
    let refusal = |what: String| format!("{SOURCES}/{}: {what}", file.display());
    let Some((module, height)) = place(&parts.join("::")) else {
        return vec![refusal("this module has no floor in xtask/src/floors.rs".into())];
    };
    let mut wrong = Vec::new();
    for import in imports(text, module) {
        match place(&import) {
            Some((imported, _)) if imported == module => {}
            Some((_, floor)) if floor < height => {}
            Some((imported, _)) => {
                wrong.push(refusal(format!("imports {imported}, which is not on a lower floor")));
            }
            None => wrong.push(refusal(format!(
                "imports crate::{import} from the root instead of its module"
            ))),
        }
    }
    wrong.dedup();
    wrong
}

/// The module that a path belongs to, and its floor.
fn place(path: &str) -> Option<(&'static str, usize)> {
    let floors = FLOORS.iter().enumerate();
    let modules = floors.flat_map(|(height, floor)| floor.iter().map(move |name| (*name, height)));
    modules
        .filter(|(name, _)| {
            path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
        .max_by_key(|(name, _)| name.len())
}

/// The paths behind `crate::` and `super::` outside comments and tests.
fn imports(text: &str, module: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code: String = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default().trim())
        .collect::<Vec<_>>()
        .join(" ");
    let mut found = Vec::new();
    for (mark, parent) in [("crate::", None), ("super::", module.rsplit_once("::"))] {
        // In a module without a parent here, `super` is the module itself or the root's private part.
        if mark == "super::" && parent.is_none() {
            continue;
        }
        for rest in code.split(mark).skip(1) {
            let paths = expand(rest);
            found.extend(paths.into_iter().map(|path| match parent {
                Some((parent, _)) => format!("{parent}::{path}"),
                None => path,
            }));
        }
    }
    found
}

/// The paths of a `use` tree, or of a single path, at the start of this text.
fn expand(text: &str) -> Vec<String> {
    let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let rest = text.get(name.len()..).unwrap_or_default();
    if let Some(tree) = text.strip_prefix('{') {
        return branches(tree).iter().flat_map(|branch| expand(branch.trim())).collect();
    }
    match rest.strip_prefix("::") {
        Some(inner) if inner.starts_with('{') || inner.starts_with(char::is_alphabetic) => {
            expand(inner).into_iter().map(|path| format!("{name}::{path}")).collect()
        }
        _ => vec![name],
    }
}

/// The parts between the commas of a brace's content, up to the brace that closes it.
fn branches(tree: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0_usize, vec![String::new()]);
    for c in tree.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => parts.push(String::new()),
            _ => {
                match c {
                    '{' => depth = depth.saturating_add(1),
                    '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                parts.last_mut().into_iter().for_each(|part| part.push(c));
            }
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_of_the_same_or_a_higher_floor_is_refused() {
        let refused = |file: &str, text: &str| in_file(Path::new(file), text).len();
        assert_eq!(refused("scheme.rs", "use crate::{error::Error, header::{Header, Value}};"), 0);
        assert_eq!(refused("header.rs", "use crate::scheme::{pivot, svix};"), 2);
        assert_eq!(refused("header.rs", "fn now() -> crate::time::UnixTime {"), 1);
        assert_eq!(refused("scheme/svix.rs", "use super::Scheme;"), 1);
        assert_eq!(refused("scheme/svix.rs", "use crate::{\n    claims::Claims,\n};"), 0);
        assert_eq!(refused("verify.rs", "let flaw = crate::PayloadFlaw::Syntax;"), 1);
        assert_eq!(refused("error/text.rs", "use super::Error;"), 0);
        assert_eq!(refused("attic.rs", ""), 1);
        let hidden = "// crate::webhook\n#[cfg(test)]\nmod tests { use crate::webhook; }";
        assert_eq!(refused("header.rs", hidden), 0);
    }
}
