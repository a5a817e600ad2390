//! The cases of diagnosis: deliveries that are refused because of an accident.

use serde::Deserialize;

use crate::{Body, Text, Webhook, cases_in};

/// Every case of every file in `diagnosis`, in the order of the files' names.
///
/// # Panics
///
/// When a file can't be read, or says something that a case has no field for.
#[must_use]
pub fn load() -> Vec<Case> {
    cases_in("diagnosis")
}

/// A delivery, and what its diagnosis must find.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A statement, unique over all files.
    pub name: String,
    /// One sentence.
    pub why: String,
    /// What to call: `diagnose`.
    #[serde(rename = "do")]
    pub action: String,
    /// The endpoint that refuses the delivery.
    pub webhook: Webhook,
    /// The secrets of other endpoints.
    pub other_secrets: Vec<String>,
    /// The secrets from before a rotation.
    pub previous_secrets: Vec<String>,
    /// The receiver's clock in Unix seconds, which may count something else.
    pub now: i64,
    /// Names and values, in order.
    pub headers: Vec<(String, Text)>,
    /// The raw body.
    pub body: Body,
    /// What the diagnosis must find.
    pub expect: Expect,
}

impl Case {
    /// The headers as pairs of text.
    pub fn header_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What a diagnosis must find.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The codes of all findings, the most likely one first.
    pub findings: Vec<String>,
}
