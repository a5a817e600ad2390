//! Why a command failed: an exit code, one clause, and advice.

use std::{fmt::Display, io, path::Path};

use pivotal_webhooks::{Error, ErrorCode};

use crate::{exit::Exit, output};

/// The result of what may fail.
pub(crate) type Result<T = (), E = Failure> = std::result::Result<T, E>;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// What happened, as one lower-case clause.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
    /// The core's code, if it is the core's error.
    pub(crate) code: Option<ErrorCode>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), help: None, code: None }
    }

    /// The same failure with advice.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// A file that can't be read.
    pub(crate) fn reading(path: &Path, error: &io::Error) -> Self {
        Self::new(Exit::Input, format!("`{}` can't be read: {}", path.display(), cause(error)))
    }

    /// A file that can't be written.
    pub(crate) fn writing(path: &Path, error: &io::Error) -> Self {
        Self::new(Exit::Output, format!("`{}` can't be written: {}", path.display(), cause(error)))
    }
}

/// An error by the core, of the configuration or of a delivery.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            exit: Exit::of(&error),
            message: error.message(output::DIALECT).to_string(),
            help: Some(error.help().in_dialect(output::DIALECT).to_string()),
            code: Some(error.code()),
        }
    }
}

/// An error of the standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // What reads the output wants no more of it.
        let exit = if error.kind() == io::ErrorKind::BrokenPipe { Exit::Ok } else { Exit::Output };
        Self::new(exit, format!("the output can't be written: {}", cause(&error)))
    }
}

/// The error without the number that Rust adds to the system's text, in lower case.
fn cause(error: &impl Display) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
