//! The options of a webhook, and their checks.

use alloc::{string::String, vec::Vec};

use zeroize::Zeroizing;

use crate::{
    error::{Error, Text},
    idempotency,
    mac::{Key, KeyBlock},
    scheme::Scheme,
    secret::{KeyFormat, Secret},
    sender::Sender,
    time::Tolerance,
    verify::{Accepted, Endpoint},
};

/// Options for a [`Webhook`](crate::Webhook); nothing is checked before [`build`](Self::build).
#[must_use]
#[derive(Clone)]
pub struct Builder {
    sender: Sender,
    secrets: Vec<(Option<String>, Zeroizing<String>)>,
    schemes: Option<Vec<Scheme>>,
    tolerance: Tolerance,
    max_body: usize,
    key_format: KeyFormat,
    max_event_age: Option<u64>,
    source: Option<String>,
}

impl Builder {
    pub(crate) fn new(sender: Sender) -> Self {
        Self {
            sender,
            secrets: Vec::new(),
            schemes: None,
            tolerance: Tolerance::default(),
            max_body: DEFAULT_MAX_BODY,
            key_format: KeyFormat::default(),
            max_event_age: None,
            source: None,
        }
    }

    /// Adds a signing secret, as the sender shows it. A webhook has one to eight, and tries all. A
    /// secret that is added twice counts once.
    pub fn secret(self, secret: impl Into<String>) -> Self {
        self.add(None, Zeroizing::new(secret.into()))
    }

    /// Adds a signing secret with a label, which [`Verified::label`](crate::Verified::label)
    /// reports for the deliveries that it signed. A label has 1 to 64 characters and belongs to one
    /// secret.
    pub fn labelled_secret(self, label: impl Into<String>, secret: impl Into<String>) -> Self {
        self.add(Some(label.into()), Zeroizing::new(secret.into()))
    }

    /// Accepts only these schemes. A Pivotal endpoint's default is `svix` and `pivotal`; a Pivot
    /// endpoint has only `pivot`.
    pub fn schemes(mut self, schemes: impl IntoIterator<Item = Scheme>) -> Self {
        self.schemes = Some(schemes.into_iter().collect());
        self
    }

    /// How far the signed timestamp may be from the clock. Five minutes by default.
    pub fn tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The longest body to hash, in bytes: 1 to 1 GiB, 1 MiB by default.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets how keys are derived from the secrets.
    pub fn key_format(mut self, format: KeyFormat) -> Self {
        self.key_format = format;
        self
    }

    /// The oldest event that a Pivot endpoint takes, in seconds (1 to 31 536 000), by the body's own
    /// RFC 3339 `timestamp`. Pivot's retries run up to about 14 h 36 min after the first attempt.
    pub fn max_event_age(mut self, seconds: u64) -> Self {
        self.max_event_age = Some(seconds);
        self
    }

    /// The name of this endpoint in [`Event::idempotency_key`](crate::Event::idempotency_key): 1 to 64
    /// of the characters a-z, 0-9, `_` and `-`; the sender's name by default. Endpoints that share a
    /// store of handled events need different names unless they receive the same events.
    pub fn source(mut self, name: impl Into<String>) -> Self {
        self.source = Some(name.into());
        self
    }

    /// Checks the options and prepares the keys; the secrets' text is wiped.
    pub(crate) fn endpoint(self) -> Result<Endpoint, Error> {
        let schemes = self.check_options()?;
        if self.secrets.len() > usize::from(u8::MAX) {
            return invalid("more than 8 secrets were passed");
        }
        let distinct = self.distinct_secrets();
        check_labels(&distinct)?;

        let mut secrets = Vec::new();
        let is_one = self.secrets.len() == 1;
        for secret in &distinct {
            let position = (!is_one).then_some(secret.position);
            secrets.push((secret.number, Secret::parse(position, secret.text)?));
        }
        let mut blocks = Vec::new();
        for scheme in schemes {
            blocks.push((scheme, Vec::new()));
        }
        for (number, secret) in &secrets {
            for (scheme, of_scheme) in &mut blocks {
                for block in secret.keys(self.key_format.derivation(scheme.derivation()))? {
                    of_scheme.push((*number, block));
                }
            }
        }
        let mut accepted = Vec::new();
        for (scheme, blocks) in &blocks {
            check_distinct(blocks)?;
            let keys = blocks.iter().map(|(number, block)| (*number, Key::prepare(block)));
            accepted.push(Accepted { scheme: *scheme, keys: keys.collect() });
        }
        let source = self.source_name().into();
        Ok(Endpoint {
            sender: self.sender,
            accepted,
            labels: self.secrets.into_iter().map(|(label, _)| label).collect(),
            tolerance: self.tolerance,
            max_body: self.max_body,
            max_event_age: self.max_event_age,
            source,
        })
    }

    /// Checks everything but the secrets and their labels, and returns the accepted schemes.
    pub(crate) fn check_options(&self) -> Result<Vec<Scheme>, Error> {
        let schemes = self.accepted_schemes()?;
        self.check_limits()?;
        if self.source.as_deref().is_some_and(|name| !idempotency::is_source(name)) {
            return invalid("`source` is not 1 to 64 of the characters a-z, 0-9, _ and -");
        }
        Ok(schemes)
    }

    /// The same options with these secrets, each with an optional label.
    pub(crate) fn with_secrets(
        mut self,
        secrets: Vec<(Option<String>, Zeroizing<String>)>,
    ) -> Self {
        self.secrets = secrets;
        self
    }

    pub(crate) const fn tolerance_seconds(&self) -> Option<u64> {
        self.tolerance.as_seconds()
    }

    pub(crate) fn source_name(&self) -> &str {
        self.source.as_deref().unwrap_or(self.sender.as_str())
    }

    pub(crate) const fn max_body_bytes(&self) -> usize {
        self.max_body
    }

    fn add(mut self, label: Option<String>, secret: Zeroizing<String>) -> Self {
        self.secrets.push((label, secret));
        self
    }

    /// `pivot` is never accepted beside another scheme: it signs bodies alone, and a body may have the
    /// form `id.timestamp.body` of the other schemes.
    fn accepted_schemes(&self) -> Result<Vec<Scheme>, Error> {
        let is_possible = |scheme: &Scheme| scheme.sender() == self.sender;
        let possible = Scheme::ALL.iter().copied().filter(is_possible);
        let Some(wanted) = &self.schemes else {
            return Ok(possible.collect());
        };
        if !wanted.iter().all(is_possible) {
            return invalid(
                "`schemes` names a scheme that the sender of this endpoint does not use: Pivotal \
                 uses `svix` and `pivotal`, Pivot uses `pivot`",
            );
        }
        if wanted.is_empty() {
            return invalid("`schemes` is empty");
        }
        Ok(possible.filter(|scheme| wanted.contains(scheme)).collect())
    }

    fn check_limits(&self) -> Result<(), Error> {
        if !(1..=MAX_MAX_BODY).contains(&self.max_body) {
            return invalid("{max_body} is not a whole number of bytes from 1 to 1073741824");
        }
        match self.max_event_age {
            Some(_) if self.sender != Sender::Pivot => invalid(
                "{max_event_age} is for Pivot endpoints only; other senders sign a timestamp",
            ),
            Some(seconds) if !(1..=MAX_EVENT_AGE).contains(&seconds) => {
                invalid("{max_event_age} is not a whole number of seconds from 1 to 31536000")
            }
            _ => Ok(()),
        }
    }

    /// The secrets without repeats: a secret that has the text and the label of an earlier one is
    /// the same secret.
    fn distinct_secrets(&self) -> Vec<Labelled<'_>> {
        let mut distinct: Vec<Labelled<'_>> = Vec::new();
        for ((position, number), (label, text)) in (1..).zip(0..=u8::MAX).zip(&self.secrets) {
            let (label, text) = (label.as_deref(), text.as_str());
            let is_same = |earlier: &Labelled<'_>| {
                earlier.label == label && earlier.text.trim_ascii() == text.trim_ascii()
            };
            if !distinct.iter().any(is_same) {
                distinct.push(Labelled { position, number, label, text });
            }
        }
        distinct
    }
}

/// What a diagnosis needs to know and to change.
#[cfg(feature = "diagnosis")]
impl Builder {
    pub(crate) const fn sender(&self) -> Sender {
        self.sender
    }

    pub(crate) fn secret_texts(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(|(_, text)| text.trim_ascii())
    }

    pub(crate) const fn names_schemes(&self) -> bool {
        self.schemes.is_some()
    }

    /// The same secrets at an endpoint of this sender, with every scheme.
    pub(crate) fn for_sender(self, sender: Sender) -> Self {
        Self { sender, schemes: None, max_event_age: None, ..self }
    }
}

/// A secret and its place in the list that was passed.
struct Labelled<'s> {
    /// Counted from 1, for errors.
    position: usize,
    /// Counted from 0, for keys.
    number: u8,
    label: Option<&'s str>,
    text: &'s str,
}

fn check_labels(secrets: &[Labelled<'_>]) -> Result<(), Error> {
    match secrets.len() {
        0 => return Err(Error::SecretEmpty { position: None }),
        1..=MAX_SECRETS => {}
        _ => return invalid("more than 8 secrets were passed"),
    }
    let labels: Vec<&str> = secrets.iter().filter_map(|secret| secret.label).collect();
    for (at, label) in labels.iter().enumerate() {
        if label.is_empty() || label.chars().count() > 64 {
            return invalid("the label of a secret is not 1 to 64 characters long");
        }
        if labels.iter().take(at).any(|earlier| earlier == label) {
            return invalid("two secrets have the same label");
        }
    }
    Ok(())
}

/// Refuses two different secrets with the same key, of which only one label could be reported.
fn check_distinct(blocks: &[(u8, KeyBlock)]) -> Result<(), Error> {
    for (at, (number, block)) in blocks.iter().enumerate() {
        let repeats = |(other, earlier): &(u8, KeyBlock)| other != number && earlier.is_same(block);
        if blocks.iter().take(at).any(repeats) {
            return invalid("two secrets give the same key");
        }
    }
    Ok(())
}

fn invalid<T>(problem: &'static str) -> Result<T, Error> {
    Err(Error::ConfigInvalid { problem: Text(problem) })
}

const DEFAULT_MAX_BODY: usize = 1024 * 1024;

/// 1 GiB.
const MAX_MAX_BODY: usize = 1024 * 1024 * 1024;

const MAX_EVENT_AGE: u64 = 365 * 24 * 60 * 60;

/// Each secret costs a hash of the whole body.
const MAX_SECRETS: usize = 8;
