//! One entry in a table of known accidents.

use alloc::{boxed::Box, string::String, vec::Vec};

use zeroize::Zeroizing;

use super::line::Line;
use crate::{
    builder::Builder,
    error::{Error, Text},
    secret::KeyFormat,
    time::UnixTime,
};

/// A known accident: its texts, how to undo it, and the sign by which it is recognised if it can't be
/// undone.
pub(super) struct Accident {
    pub(super) code: &'static str,
    pub(super) message: Text,
    pub(super) help: Text,
    pub(super) undo: Undo,
    pub(super) sign: fn(&Evidence<'_>) -> bool,
}

impl Accident {
    /// An accident that can be undone.
    pub(super) const fn undone(
        code: &'static str,
        message: &'static str,
        help: &'static str,
        undo: Undo,
    ) -> Self {
        Self { code, message: Text(message), help: Text(help), undo, sign: |_| false }
    }

    /// An accident that is recognised by a sign only.
    pub(super) const fn shown(
        code: &'static str,
        message: &'static str,
        help: &'static str,
        sign: fn(&Evidence<'_>) -> bool,
    ) -> Self {
        Self { code, message: Text(message), help: Text(help), undo: Undo::Nothing, sign }
    }

    /// The same accident with a sign, for deliveries that are not authentic when it is undone.
    pub(super) const fn or_shown(mut self, sign: fn(&Evidence<'_>) -> bool) -> Self {
        self.sign = sign;
        self
    }
}

/// How an accident is undone. A function returns what may have been there before it, and nothing where
/// the accident can't have happened.
#[derive(Clone, Copy)]
pub(super) enum Undo {
    /// It can't be undone.
    Nothing,
    /// From the text of a configured secret.
    Secret(fn(&str) -> Vec<Guess>),
    /// The secrets of other endpoints are tried.
    OtherSecrets,
    /// The secrets from before a rotation are tried.
    PreviousSecrets,
    /// From the options of the webhook.
    Endpoint(fn(&Builder) -> Option<Builder>),
    /// From the lines of the headers.
    Headers(fn(&[Line]) -> Vec<Vec<Line>>),
    /// From the body.
    Body(for<'b> fn(&'b [u8]) -> Bodies<'b>),
    /// From the time by the receiver's clock.
    Clock(fn(UnixTime) -> Option<UnixTime>),
    /// The delivery is authentic, and its skew is like this.
    Skew(fn(i64) -> bool),
}

/// Bodies that may have been sent. They are made one at a time.
pub(super) type Bodies<'b> = Box<dyn Iterator<Item = Vec<u8>> + 'b>;

/// A secret that may be the right one, and its key format if it is not the webhook's.
pub(super) struct Guess {
    pub(super) text: Zeroizing<String>,
    pub(super) key_format: Option<KeyFormat>,
}

impl Guess {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: Zeroizing::new(text.into()), key_format: None }
    }

    pub(super) fn formatted(text: impl Into<String>, format: KeyFormat) -> Self {
        Self { text: Zeroizing::new(text.into()), key_format: Some(format) }
    }
}

/// What was received, and why it was refused.
pub(super) struct Evidence<'e> {
    pub(super) secrets: Vec<&'e str>,
    pub(super) lines: &'e [Line],
    pub(super) body: &'e [u8],
    pub(super) error: Error,
}
