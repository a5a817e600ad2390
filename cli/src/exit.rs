//! The exit codes: one per kind of error.

use std::{fmt::Write as _, process::ExitCode};

use pivotal_webhooks::{Error, ErrorCode};

/// Makes the enum and its table from one list.
macro_rules! exits {
    ($($code:literal $exit:ident $name:literal: $about:literal,)*) => {
        /// What the tool tells the shell.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Exit {
            $(#[doc = $about] $exit,)*
        }

        impl Exit {
            /// Every exit code, in order.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$exit,)*];

            /// The number.
            pub(crate) const fn code(self) -> u8 {
                match self { $(Self::$exit => $code,)* }
            }

            /// The name that JSON and the documentation use.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$exit => $name,)* }
            }

            /// When it is used.
            pub(crate) const fn about(self) -> &'static str {
                match self { $(Self::$exit => $about,)* }
            }
        }
    };
}

exits! {
    0 Ok "ok": "the command did what it was asked to do, and every delivery is authentic",
    1 Internal "internal": "this tool failed; please report it",
    2 Usage "usage": "the command line is not valid",
    3 Secret "secret": "no secret was found, or a secret or an option of the endpoint is refused",
    4 Input "input": "a delivery can't be read, or its form is not known",
    5 Output "output": "a file can't be written, or a port can't be opened",
    6 Headers "headers": "refused: a header is missing, repeated or malformed",
    7 Signature "signature": "refused: no signature matches",
    8 Time "time": "refused: authentic, but too old or too far in the future",
    9 Body "body": "refused: the body is too long, or authentic but not an event",
    10 Target "target": "a request was not sent, because its target is not a loopback address",
    11 Unreachable "unreachable": "the target gave no answer",
    12 Answer "answer": "the target answered, but not as it was expected to",
    13 Tls "tls": "nothing was sent, because the target has no certificate that is trusted",
}

impl Exit {
    /// The exit code for an error of the core.
    pub(crate) const fn of(error: &Error) -> Self {
        match error.code() {
            ErrorCode::SecretEmpty
            | ErrorCode::SecretMalformed
            | ErrorCode::SecretWeak
            | ErrorCode::ConfigInvalid => Self::Secret,
            ErrorCode::HeaderMissing
            | ErrorCode::HeaderDuplicated
            | ErrorCode::HeaderMalformed
            | ErrorCode::TimestampMalformed
            | ErrorCode::TooManySignatures => Self::Headers,
            ErrorCode::SignatureMismatch => Self::Signature,
            ErrorCode::TimestampTooOld | ErrorCode::TimestampTooNew => Self::Time,
            ErrorCode::PayloadTooLarge
            | ErrorCode::PayloadMalformed
            | ErrorCode::EventMalformed
            | ErrorCode::EventTypeMismatch => Self::Body,
            _ => Self::Internal,
        }
    }

    /// This exit code, unless an earlier one was not `Ok`: several results exit with the first that is
    /// not.
    pub(crate) fn after(self, earlier: Self) -> Self {
        if earlier == Self::Ok { self } else { earlier }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// The table, for the help text and the man page.
pub(crate) fn help() -> String {
    let mut text = String::from("Exit codes:\n");
    for exit in Exit::ALL {
        // Writing to a string can't fail.
        let _ = writeln!(text, "  {:>2}  {:<11}  {}", exit.code(), exit.name(), exit.about());
    }
    text.push_str("Several deliveries exit with the code of the first one that is not ok.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_and_a_name_belong_to_one_exit() {
        for (place, exit) in (0_u8..).zip(Exit::ALL) {
            assert_eq!(exit.code(), place);
            assert_eq!(Exit::ALL.iter().filter(|other| other.name() == exit.name()).count(), 1);
        }
    }
}
