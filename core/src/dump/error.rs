//! The errors of dumps. Nothing was verified, and no sender waits for an answer, so that they are no
//! [`Error`](crate::Error).

use core::fmt;

/// Why bytes are not restored as an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DumpError {
    /// `dump_unreadable`: the first line is not the JSON of facts.
    Unreadable,
    /// `dump_version`: the dump has another version.
    Version,
    /// `dump_facts`: a fact of the delivery is missing or malformed.
    Facts,
    /// `dump_sender`: the event comes from the other sender.
    Sender,
    /// `dump_length`: the body does not have the length that the facts say.
    Length,
    /// `dump_event`: the body is not an event of its sender.
    Event,
}

impl DumpError {
    /// Every error, in the order of the checks.
    pub const ALL: &'static [Self] =
        &[Self::Unreadable, Self::Version, Self::Facts, Self::Sender, Self::Length, Self::Event];

    /// The stable code, to branch on, the same in every language.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "dump_unreadable",
            Self::Version => "dump_version",
            Self::Facts => "dump_facts",
            Self::Sender => "dump_sender",
            Self::Length => "dump_length",
            Self::Event => "dump_event",
        }
    }

    /// What happened, as one clause.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Unreadable => "the bytes do not begin with the facts of a dump",
            Self::Version => "the dump has a version that this library does not know",
            Self::Facts => "a fact of the dump is missing or malformed",
            Self::Sender => "the event of the dump comes from the other sender",
            Self::Length => "the body of the dump does not have the length that its facts say",
            Self::Event => "the body of the dump is not an event of its sender",
        }
    }

    /// What the operator of the worker can do about it.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Unreadable => {
                "pass the bytes that the dump of an event consists of, and not another message of \
                 the queue"
            }
            Self::Version => {
                "a receiver with another version of this library wrote the dump; update this \
                 worker, and update workers before receivers"
            }
            Self::Sender => "name the sender whose events this queue contains",
            Self::Facts | Self::Length | Self::Event => {
                "the dump changed on its way; check that the queue keeps bytes as they are, and \
                 cuts no long message"
            }
        }
    }
}

impl fmt::Display for DumpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message(), self.code())
    }
}

impl core::error::Error for DumpError {}
