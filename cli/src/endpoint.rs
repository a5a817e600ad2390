//! The endpoint that deliveries are for: its sender, its secrets and its options.

use clap::{Args, ValueEnum};
use pivotal_webhooks::{Builder, KeyFormat, Scheme, Sender, Tolerance, Webhook};

use crate::{
    failure::Result,
    secret::{Secret, SecretOptions},
};

/// The options of the endpoint.
#[derive(Args)]
pub(crate) struct EndpointOptions {
    #[command(flatten)]
    pub(crate) secrets: SecretOptions,

    #[command(flatten)]
    pub(crate) signing: SigningOptions,

    /// Accept a signed time that is this many seconds from the clock, 0 to 3600
    #[arg(long, value_name = "SECONDS", default_value_t = 300, help_heading = "Endpoint")]
    tolerance: u64,

    /// Accept deliveries of any age
    #[arg(long, conflicts_with = "tolerance", help_heading = "Endpoint")]
    any_age: bool,

    /// Refuse events of Pivot that are older than this, by the time in their body
    #[arg(long, value_name = "SECONDS", help_heading = "Endpoint")]
    max_event_age: Option<u64>,

    /// The longest body, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1_048_576, help_heading = "Endpoint")]
    max_body: usize,
}

/// The options that say how deliveries are signed.
#[derive(Args)]
pub(crate) struct SigningOptions {
    /// Who sends the deliveries
    #[arg(long, value_enum, help_heading = "Endpoint")]
    sender: Option<SenderName>,

    /// How deliveries are signed; `pivot` implies `--sender pivot`
    ///
    /// An endpoint of Pivotal accepts `svix` and `pivotal` unless this names one of them.
    #[arg(long = "scheme", value_enum, value_name = "SCHEME", help_heading = "Endpoint")]
    schemes: Vec<SchemeName>,

    /// How the key is made from the secret: decoded base64, the text itself, or as the scheme says
    #[arg(long, value_enum, default_value_t = KeyName::Auto, help_heading = "Endpoint")]
    key: KeyName,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SenderName {
    Pivotal,
    Pivot,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SchemeName {
    /// `svix-id`, `svix-timestamp`, `svix-signature`, or the same with `webhook-`
    Svix,
    /// `pivotal-signature`
    Pivotal,
    /// `x-pivot-signature`
    Pivot,
}

#[derive(Clone, Copy, ValueEnum)]
enum KeyName {
    Auto,
    Base64,
    Text,
}

impl EndpointOptions {
    /// The options and the secrets, of which the core has checked none.
    pub(crate) fn builder(&self) -> Result<Builder> {
        let builder = self.signing.builder(self.secrets.read()?, Sender::Pivotal);
        let builder = match self.max_event_age {
            Some(seconds) => builder.max_event_age(seconds),
            None => builder,
        };
        let tolerance = if self.any_age {
            Tolerance::dangerously_unlimited()
        } else {
            Tolerance::seconds(self.tolerance)?
        };
        Ok(builder.tolerance(tolerance).max_body(self.max_body))
    }
}

impl SigningOptions {
    /// A webhook that signs and verifies with these secrets. The sender is a default for what no option
    /// says.
    pub(crate) fn builder(&self, secrets: Vec<Secret>, sender: Sender) -> Builder {
        let builder = match self.sender(sender) {
            Sender::Pivot => Webhook::pivot_builder(),
            _ => Webhook::builder(),
        };
        let builder = builder.key_format(match self.key {
            KeyName::Auto => KeyFormat::Auto,
            KeyName::Base64 => KeyFormat::Base64,
            KeyName::Text => KeyFormat::Text,
        });
        let builder = if self.schemes.is_empty() {
            builder
        } else {
            builder.schemes(self.schemes.iter().map(|name| name.scheme()))
        };
        secrets.into_iter().fold(builder, |builder, secret| builder.secret(secret.as_str()))
    }

    /// The scheme to sign in.
    pub(crate) fn first_scheme(&self, webhook: &Webhook) -> Option<Scheme> {
        self.schemes.first().map(|name| name.scheme()).or_else(|| webhook.schemes().next())
    }

    fn sender(&self, default: Sender) -> Sender {
        match (self.sender, self.schemes.first()) {
            (Some(SenderName::Pivot), _) | (None, Some(SchemeName::Pivot)) => Sender::Pivot,
            (Some(SenderName::Pivotal), _) | (None, Some(_)) => Sender::Pivotal,
            (None, None) => default,
        }
    }
}

impl SchemeName {
    const fn scheme(self) -> Scheme {
        match self {
            Self::Svix => Scheme::Svix,
            Self::Pivotal => Scheme::Pivotal,
            Self::Pivot => Scheme::Pivot,
        }
    }
}
