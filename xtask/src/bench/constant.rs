//! Counts which steps of a verification the instructions beside the hash belong to.

use std::{collections::BTreeMap, fs, io::Write as _, path::Path};

use super::table::{Column, Row, Table};
use crate::{
    failure::{About as _, Result},
    instructions, shell,
};

/// The paths of `assurance/instructions.json` that are told apart.
const PATHS: [&str; 3] =
    ["verify_signature, 167 B", "verify_signature, 167 B, 12 headers", "refusal, header_missing"];

/// The steps, and the parts of the names of their source files.
const STEPS: &[(&str, &[&str])] = &[
    ("header lookup", &["core/src/header.rs", "core/src/webhook.rs"]),
    ("grammar", &["core/src/scheme", "core/src/claims.rs", "core/src/time.rs"]),
    ("base64", &["core/src/encoding.rs", "/base64-"]),
    ("compare", &["core/src/mac.rs", "/subtle-"]),
    ("result", &["core/src/verify.rs", "core/src/error"]),
    ("hash", &["/sha2-", "/hmac-", "/digest-", "/block-buffer-", "/zeroize-", "/hybrid-array-"]),
    ("memory", &["malloc", "memmove", "memcpy", "memset", "memcmp"]),
];
const REST: &str = "rest";

/// Adds the table to the results, on Linux.
pub(super) fn measure(results: &Path) -> Result {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let output = instructions::with_lines()?;
    let counted = by_step(&output);
    let steps = STEPS.iter().map(|(step, _)| *step).chain([REST]);
    let rows = steps.flat_map(|step| {
        let counted = &counted;
        PATHS.iter().map(move |path| {
            let of = |part: &str| {
                let key = (part.to_owned(), (*path).to_owned(), step);
                counted.get(&key).copied().unwrap_or(0.0)
            };
            Row {
                column: Column::Named((*path).into()),
                case: step.into(),
                rounds: vec![of("path") - of("hmac")],
            }
        })
    });
    let table = Table {
        name: "core, where the constant goes".into(),
        about: "The instructions of each step, counted by callgrind. Those of a bare HMAC of the same \
                bytes are subtracted. Code of the standard library counts for the step that it was \
                inlined into. What a host adds is the difference of `verify_signature` and `core` in \
                the table of Python."
            .into(),
        runtime: "Rust".into(),
        clock: "callgrind".into(),
        unit: "Instructions, by call".into(),
        rows: rows.collect(),
    };
    let mut file = fs::OpenOptions::new().append(true).open(results).about("the tables")?;
    writeln!(file, "\n{}", serde_json::to_string(&[table]).about("the tables")?)?;
    println!("counted the instructions of {}", shell::root().join("core").display());
    Ok(())
}

/// The instructions by part (`hmac` or `path`), path and step, from callgrind's output.
fn by_step(output: &str) -> BTreeMap<(String, String, &'static str), f64> {
    let mut counted = BTreeMap::new();
    let mut files: BTreeMap<&str, &str> = BTreeMap::new();
    let (mut label, mut own, mut step, mut is_call) = (None, REST, REST, false);
    let mut pending: BTreeMap<&'static str, f64> = BTreeMap::new();
    for line in output.lines() {
        if let Some(trigger) = line.strip_prefix("desc: Trigger: ") {
            label = trigger.strip_prefix("Client Request: ").and_then(|text| text.split_once('\t'));
            pending.clear();
        } else if line.starts_with("totals: ") {
            if let Some((part, path)) = label {
                for (step, count) in &pending {
                    counted.insert((part.to_owned(), path.to_owned(), *step), *count);
                }
            }
        } else if let Some((key, name)) = line.split_once("=(").filter(|(key, _)| is_file(key)) {
            let (id, text) = name.split_once(") ").unwrap_or((name.trim_end_matches(')'), ""));
            if !text.is_empty() {
                files.insert(id, text);
            }
            let found = files.get(id).copied().and_then(step_of);
            match key {
                "fl" => own = found.unwrap_or(REST),
                "fi" | "fe" => step = found.unwrap_or(step),
                // The file of a called function.
                _ => {}
            }
        } else if line.starts_with("fn=") {
            step = own;
        } else if line.starts_with("calls=") {
            // The next line has the instructions of the called function, which are counted there.
            is_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let count = line.split(' ').nth(1).and_then(|count| count.parse::<f64>().ok());
            if !std::mem::take(&mut is_call) {
                *pending.entry(step).or_default() += count.unwrap_or(0.0);
            }
        }
    }
    counted
}

/// The keys that give a source file a number.
fn is_file(key: &str) -> bool {
    matches!(key, "fl" | "fi" | "fe" | "cfi" | "cfl")
}

/// The step of a source file, or none for the standard library.
fn step_of(file: &str) -> Option<&'static str> {
    let is_of = |(_, parts): &&(&str, &[&str])| parts.iter().any(|part| file.contains(part));
    STEPS.iter().find(is_of).map(|(step, _)| *step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_left_out_and_inlined_code_counts_for_its_step() {
        let output = "desc: Trigger: Client Request: path\tverify\n\
                      fl=(1) core/src/header.rs\nfn=(1) find\n12 30\nfi=(2) library/core/src/slice.rs\n+1 5\n\
                      cfi=(3) crates/base64-0.23/src/decode.rs\ncfn=(2)\ncalls=1 0\n12 700\n\
                      fl=(3)\nfn=(2) decode\n7 11\ntotals: 46\n";
        let counted = by_step(output);
        let of = |step| counted.get(&("path".to_owned(), "verify".to_owned(), step)).copied();
        assert_eq!(of("header lookup"), Some(35.0));
        assert_eq!(of("base64"), Some(11.0));
    }
}
