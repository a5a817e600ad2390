//! What the answers tell a stranger.

use std::collections::BTreeMap;

use super::{
    Check,
    case::{Case, Expected},
    row::{Row, RowResult},
};
use crate::exchange::Answer;

/// Parts of stack traces and of paths in common languages.
const TRACES: &[&str] = &[
    "Traceback (most recent call last)",
    "site-packages",
    "node_modules",
    "node:internal",
    "panicked at",
    "stack backtrace",
    "at Object.<anonymous>",
    ".py\", line",
    ".java:",
    "goroutine ",
    "vendor/bundle",
];

pub(super) fn rows(
    check: &Check,
    answers: &[(&Case, Answer)],
    is_wanted: &dyn Fn(&str) -> bool,
) -> Vec<Row> {
    let rows = [
        Row::new("answers/refusals-alike", alike(answers)),
        Row::new("answers/no-leak", no_leak(check, answers)),
    ];
    rows.into_iter().filter(|row| is_wanted(&row.name)).collect()
}

/// Whether all deliveries that are not authentic get the same answer, so that a stranger learns nothing
/// from it.
fn alike(answers: &[(&Case, Answer)]) -> RowResult {
    let mut kinds = BTreeMap::new();
    let refusals = answers.iter().filter(|(case, answer)| {
        // A row of its own says that an answer is not a refusal.
        case.expected == Expected::Refused && case.expected.allows(answer.status)
    });
    for (case, answer) in refusals {
        let of_moment = |name: &str| matches!(name, "date" | "connection" | "keep-alive");
        let headers = answer.headers.iter().filter(|(name, _)| !of_moment(name));
        let kind = (answer.status, &answer.body, headers.collect::<Vec<_>>());
        kinds.entry(kind).or_insert(&case.name);
    }
    if kinds.is_empty() {
        return RowResult::Skipped("no delivery was refused");
    }
    if kinds.len() == 1 {
        return RowResult::Passed;
    }
    let examples: Vec<_> =
        kinds.iter().take(3).map(|((status, ..), name)| format!("{status} to `{name}`")).collect();
    RowResult::Failed(format!(
        "there are {} different answers: {}",
        kinds.len(),
        examples.join(", ")
    ))
}

/// Whether no answer contains a secret, an expected signature, a stack trace, or a refused body.
fn no_leak(check: &Check, answers: &[(&Case, Answer)]) -> RowResult {
    if answers.is_empty() {
        return RowResult::Skipped("there is no answer");
    }
    for (case, answer) in answers {
        let headers = answer.headers.iter().map(|(_, value)| value.as_str());
        let body = String::from_utf8_lossy(&answer.body);
        let texts: Vec<&str> = headers.chain([body.as_ref()]).collect();
        let contains = |part: &str| texts.iter().any(|text| text.contains(part));
        let refused = case.expected != Expected::Accepted;
        let found = if check.deliveries.secret_texts().any(contains) {
            "the secret"
        } else if case.secret_texts.iter().any(|text| contains(text)) {
            "the expected signature"
        } else if TRACES.iter().any(|mark| contains(mark)) {
            "a stack trace"
        } else if refused && contains(check.deliveries.canary()) {
            "the body that was refused"
        } else {
            continue;
        };
        return RowResult::Failed(format!("the answer to `{}` contains {found}", case.name));
    }
    RowResult::Passed
}
