//! One line of the scorecard.

use std::time::Duration;

use super::case::{Case, Expected};
use crate::{connection::NoAnswer, exchange::Answer};

/// One line of the scorecard.
pub(super) struct Row {
    /// The group and the property, such as `forged/svix-other-secret`.
    pub(super) name: String,
    pub(super) result: RowResult,
    pub(super) status: Option<u16>,
    pub(super) latency: Option<Duration>,
}

/// Whether the receiver has the property.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RowResult {
    Passed,
    /// Why not, as one clause.
    Failed(String),
    /// Why it was not measured, as one clause.
    Skipped(&'static str),
}

impl Row {
    /// A row about several requests.
    pub(super) fn new(name: &str, result: RowResult) -> Self {
        Self { name: name.to_owned(), result, status: None, latency: None }
    }

    /// The row of one request.
    pub(super) fn of(case: &Case, sent: &Result<Answer, NoAnswer>, limit: Duration) -> Self {
        let result = match sent {
            Err(NoAnswer::Closed) if case.expected == Expected::Stopped => Ok(()),
            Err(why) => Err(why.to_string()),
            Ok(answer) => judged(case.expected, answer, limit),
        };
        let answer = sent.as_ref().ok();
        Self {
            name: case.name.clone(),
            result: result.map_or_else(RowResult::Failed, |()| RowResult::Passed),
            status: answer.map(|answer| answer.status),
            latency: answer.map(|answer| answer.latency),
        }
    }

    pub(super) const fn is_failed(&self) -> bool {
        matches!(self.result, RowResult::Failed(_))
    }

    /// The part of the name before the slash.
    pub(super) fn group(&self) -> &str {
        self.name.split_once('/').map_or("", |(group, _)| group)
    }

    /// The part of the name behind the slash.
    pub(super) fn property(&self) -> &str {
        self.name.split_once('/').map_or("", |(_, property)| property)
    }
}

/// Whether an answer is what was expected, or why not.
pub(super) fn judged(expected: Expected, answer: &Answer, limit: Duration) -> Result<(), String> {
    let Answer { status, latency, .. } = answer;
    if !expected.allows(*status) {
        return Err(format!("the answer is {status}, not {}", expected.in_words()));
    }
    if *latency > limit {
        let (taken, limit) = (latency.as_secs_f32(), limit.as_secs());
        return Err(format!("the answer took {taken:.1} s, and the sender waits {limit} s"));
    }
    Ok(())
}
