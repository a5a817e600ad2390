//! Errors of the tasks: one sentence for the person at the terminal.

use std::{error, fmt, io};

/// The result of a task.
pub(crate) type Result<T = (), E = Failure> = std::result::Result<T, E>;

/// Why a task stopped.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for Failure {}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

/// Names the thing that an error is about.
pub(crate) trait About<T> {
    fn about(self, what: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> About<T> for Result<T, E> {
    fn about(self, what: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Failure(format!("{what}: {error}")))
    }
}
