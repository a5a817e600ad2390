//! The table of threats and the tests that it names.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::{
    failure::{About as _, Result},
    shell,
};

const TABLE: &str = "docs/threats.md";
const VECTORS: &str = "test-vectors/vectors";
/// The folder of the tests that the table names without a path.
const PYTHON_TESTS: &str = "bindings-python/tests";

/// What is wrong with the table: a tag of a vector that has no row, a row that no vector and no test
/// covers, and a test that does not exist.
pub(crate) fn broken() -> Result<Vec<String>> {
    let table = fs::read_to_string(shell::root().join(TABLE)).about(TABLE)?;
    let tags = tags()?;
    let rows: Vec<(&str, &str)> = table.lines().filter_map(row).collect();
    let mut broken: Vec<String> = tags
        .iter()
        .filter(|tag| !rows.iter().any(|(id, _)| id == tag))
        .map(|tag| format!("{TABLE}: vectors use the tag {tag}, which has no row"))
        .collect();
    let tests = python_tests()?;
    for (id, covered_by) in rows {
        if covered_by.is_empty() && !tags.contains(id) {
            broken.push(format!("{TABLE}: no vector and no test covers {id}"));
        }
        for name in code(covered_by) {
            let exists = if name.contains('/') {
                shell::root().join(name).exists()
            } else {
                tests.contains(&format!("def {name}("))
                    || shell::root().join(PYTHON_TESTS).join(name).exists()
            };
            if !exists {
                broken.push(format!("{TABLE}: {id} names {name}, which does not exist"));
            }
        }
    }
    Ok(broken)
}

/// The id and the last cell of a row that describes a threat.
fn row(line: &str) -> Option<(&str, &str)> {
    let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').collect();
    let (id, tests) = (cells.first()?.trim(), cells.last()?.trim());
    let number = id.strip_prefix(|letter: char| letter.is_ascii_uppercase())?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some((id, tests))
}

/// The pieces between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn tags() -> Result<BTreeSet<String>> {
    let mut tags = BTreeSet::new();
    for entry in fs::read_dir(shell::root().join(VECTORS)).about(VECTORS)? {
        let path = entry?.path();
        let file: Value =
            serde_json::from_str(&fs::read_to_string(&path)?).about(path.display())?;
        let cases = file.get("cases").and_then(Value::as_array).into_iter().flatten();
        let found = cases.filter_map(|case| case.get("threats")?.as_array()).flatten();
        tags.extend(found.filter_map(Value::as_str).map(str::to_owned));
    }
    Ok(tags)
}

/// The text of all tests of Python.
fn python_tests() -> Result<String> {
    let mut text = String::new();
    for entry in fs::read_dir(shell::root().join(PYTHON_TESTS)).about(PYTHON_TESTS)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "py") {
            text.push_str(&fs::read_to_string(&path).about(path.display())?);
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_an_id_and_tests() {
        assert_eq!(row("| F6 | a | b | `c.rs` |"), Some(("F6", "`c.rs`")));
        assert_eq!(row("| R10 | a | b | |"), Some(("R10", "")));
        for line in ["| id | threat | rule | tests |", "| --- | --- |", "", "F6 | a |"] {
            assert_eq!(row(line), None, "{line}");
        }
    }

    #[test]
    fn names_stand_between_backticks() {
        assert_eq!(code("`a/b.rs`, and `c` too").collect::<Vec<_>>(), ["a/b.rs", "c"]);
        assert_eq!(code("the demo").count(), 0);
    }
}
