//! The options of a webhook in the form in which all hosts pass them.

use alloc::{string::String, vec::Vec};

use zeroize::Zeroizing;

use super::double::whole;
#[cfg(feature = "diagnosis")]
use crate::diagnosis::Diagnosis;
use crate::{
    builder::Builder, error::Error, scheme::Scheme, sender::Sender, time::Tolerance, transfer,
    webhook::Webhook,
};

/// The options of a webhook in the form in which a host passes them: names as text, numbers as
/// doubles.
#[derive(Default)]
pub struct Options {
    /// A Pivot endpoint instead of a Pivotal one.
    pub pivot: bool,
    /// The signing secrets, each with an optional label.
    pub secrets: Vec<(Option<String>, Zeroizing<String>)>,
    /// Names of the accepted schemes.
    pub schemes: Option<Vec<String>>,
    /// The tolerance in seconds.
    pub tolerance: Option<f64>,
    /// Accepts any signed timestamp.
    pub ignore_timestamp: bool,
    /// The limit of a body's length in bytes.
    pub max_body: Option<f64>,
    /// `auto`, `base64` or `text`.
    pub key: Option<String>,
    /// The age limit of an event in seconds.
    pub max_event_age: Option<f64>,
    /// The endpoint's name in idempotency keys.
    pub source: Option<String>,
}

impl Options {
    /// The webhook that these options describe.
    ///
    /// # Errors
    ///
    /// `config_invalid`, `secret_empty`, `secret_malformed`, `secret_weak`.
    pub fn open(mut self) -> Result<Webhook, Error> {
        let secrets = core::mem::take(&mut self.secrets);
        self.builder()?.with_secrets(secrets).build()
    }

    /// Checks everything but the secrets, for a webhook whose secrets are read at its first use.
    /// Secrets in the options are ignored.
    ///
    /// # Errors
    ///
    /// `config_invalid`.
    pub fn prepare(self) -> Result<Prepared, Error> {
        let sender = if self.pivot { Sender::Pivot } else { Sender::Pivotal };
        let builder = self.builder()?;
        let schemes = builder.check_options()?;
        Ok(Prepared { sender, builder, schemes })
    }

    /// A diagnosis of the deliveries that the webhook refuses. Further secrets are those of other
    /// endpoints, and those from before a rotation.
    ///
    /// # Errors
    ///
    /// `config_invalid` for everything but the secrets.
    #[cfg(feature = "diagnosis")]
    pub fn diagnosis(
        mut self,
        others: Vec<Zeroizing<String>>,
        previous: Vec<Zeroizing<String>>,
    ) -> Result<Diagnosis, Error> {
        let secrets = core::mem::take(&mut self.secrets);
        Ok(self.builder()?.with_secrets(secrets).diagnosis().with_further(others, previous))
    }

    fn builder(self) -> Result<Builder, Error> {
        let mut builder = if self.pivot { Webhook::pivot_builder() } else { Webhook::builder() };
        if let Some(names) = self.schemes {
            let mut schemes = Vec::with_capacity(names.len());
            for name in names {
                schemes.push(name.parse::<Scheme>()?);
            }
            builder = builder.schemes(schemes);
        }
        if let Some(name) = self.key {
            builder = builder.key_format(name.parse()?);
        }
        if let Some(seconds) = self.tolerance {
            builder = builder.tolerance(Tolerance::seconds(whole(seconds).unwrap_or(u64::MAX))?);
        }
        if self.ignore_timestamp {
            builder = builder.tolerance(Tolerance::dangerously_unlimited());
        }
        if let Some(bytes) = self.max_body {
            let bytes = whole(bytes).and_then(|bytes| usize::try_from(bytes).ok());
            builder = builder.max_body(bytes.unwrap_or(0));
        }
        if let Some(seconds) = self.max_event_age {
            builder = builder.max_event_age(whole(seconds).unwrap_or(0));
        }
        if let Some(name) = self.source {
            builder = builder.source(name);
        }
        Ok(builder)
    }
}

/// Options that have been checked, without secrets.
pub struct Prepared {
    sender: Sender,
    builder: Builder,
    schemes: Vec<Scheme>,
}

impl Prepared {
    /// The webhook with these options and secrets, each secret with an optional label.
    ///
    /// # Errors
    ///
    /// `config_invalid` for labels and the number of secrets; `secret_empty`, `secret_malformed`,
    /// `secret_weak`.
    pub fn open(
        &self,
        secrets: Vec<(Option<String>, Zeroizing<String>)>,
    ) -> Result<Webhook, Error> {
        self.builder.clone().with_secrets(secrets).build()
    }

    /// The sender whose deliveries arrive.
    #[must_use]
    pub const fn sender(&self) -> Sender {
        self.sender
    }

    /// The longest body that is hashed, in bytes.
    #[must_use]
    pub const fn max_body(&self) -> usize {
        self.builder.max_body_bytes()
    }

    /// The name of the endpoint in idempotency keys.
    #[must_use]
    pub fn source(&self) -> &str {
        self.builder.source_name()
    }

    /// Does the same as [`Webhook::announced_length`].
    ///
    /// # Errors
    ///
    /// The same as [`Webhook::announced_length`].
    pub fn announced_length<'h>(
        &self,
        headers: impl IntoIterator<Item = (&'h [u8], &'h [u8])>,
    ) -> Result<Option<usize>, Error> {
        transfer::announced_length(headers, self.max_body())
    }

    /// The largest accepted distance between the signed time and the clock, in seconds, or none.
    #[must_use]
    pub const fn tolerance(&self) -> Option<u64> {
        self.builder.tolerance_seconds()
    }

    /// The accepted schemes, in the order in which they are tried.
    pub fn schemes(&self) -> impl Iterator<Item = Scheme> + '_ {
        self.schemes.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn options_are_checked_before_the_secrets_are_known() {
        let invalid = Options { max_body: Some(0.5), ..Options::default() }.prepare();
        assert_eq!(invalid.err().map(|error| error.code()), Some(ErrorCode::ConfigInvalid));
        let options = Options {
            max_body: Some(7.0),
            schemes: Some(vec!["svix".into()]),
            ..Options::default()
        };
        let prepared = options.prepare().unwrap();
        assert_eq!((prepared.sender(), prepared.max_body()), (Sender::Pivotal, 7));
        assert!(prepared.schemes().eq([Scheme::Svix]));
        let open = |secret: &str| prepared.open(vec![(None, Zeroizing::new(secret.into()))]);
        assert_eq!(open("").err(), Some(Error::SecretEmpty { position: None }));
        let webhook = open("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(webhook.max_body(), 7);
        assert!(webhook.schemes().eq([Scheme::Svix]));
    }
}
