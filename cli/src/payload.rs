//! A delivery to sign: an event of the catalogue or any body, in any scheme, with faults if they are
//! wanted.

use std::path::PathBuf;

use clap::Args;
use pivotal_webhooks::{Scheme, Sender, UnixTime, Webhook, binding};
use serde_json::Value;

use crate::{
    catalogue,
    delivery::{Delivery, parts},
    endpoint::SigningOptions,
    exit::Exit,
    failure::{Failure, Result},
    random,
    secret::SecretOptions,
};

/// What is signed, and how.
#[derive(Args)]
pub(crate) struct PayloadOptions {
    /// The type of an event in the catalogue; `pivotal-webhooks events` lists all
    #[arg(value_name = "EVENT", required_unless_present = "body")]
    event: Option<String>,

    /// Sign the bytes of a file instead; `-` is the standard input
    #[arg(long, value_name = "FILE", conflicts_with = "event")]
    body: Option<PathBuf>,

    /// The delivery's id; a new one by default
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// Write `webhook-id` and so on instead of `svix-id`, as Standard Webhooks does
    #[arg(long)]
    unbranded: bool,

    #[command(flatten)]
    secrets: SecretOptions,

    #[command(flatten)]
    signing: SigningOptions,

    #[command(flatten)]
    pub(crate) faults: Faults,
}

/// What is wrong or unusual with the delivery.
#[derive(Args)]
pub(crate) struct Faults {
    /// Change one byte of the body after it was signed; a receiver must refuse the delivery
    #[arg(long, help_heading = "Faults")]
    tamper: bool,

    /// Sign the delivery more than an hour ago; a receiver must refuse it
    ///
    /// The scheme `pivot` signs no time. With it, the event itself gets a time of a year ago, and only
    /// receivers with `max_event_age` refuse it.
    #[arg(long, help_heading = "Faults")]
    stale: bool,

    /// Sign with an unknown secret too, as during a rotation; a receiver must accept the delivery
    #[arg(long, help_heading = "Faults")]
    rotate: bool,
}

impl Faults {
    /// Whether a receiver must refuse the delivery.
    pub(crate) const fn must_be_refused(&self) -> bool {
        self.tamper || self.stale
    }
}

/// A body, and the endpoint that signs it.
pub(crate) struct Payload {
    webhook: Webhook,
    pub(crate) scheme: Scheme,
    body: Vec<u8>,
    /// What the delivery is, in a word: a type, or the file's name.
    pub(crate) name: String,
}

impl PayloadOptions {
    /// Reads the secrets and the body.
    pub(crate) fn read(&self, now: UnixTime) -> Result<Payload> {
        let entry = self.event.as_deref().map(catalogue::find).transpose()?;
        let sender = entry.as_ref().map_or(Sender::Pivotal, catalogue::Entry::sender);
        let mut secrets = self.secrets.read()?;
        if self.faults.rotate {
            secrets.insert(0, random::secret()?);
        }
        let webhook = self.signing.builder(secrets, sender).build()?;
        let scheme = self.signing.first_scheme(&webhook);
        let scheme = scheme.ok_or_else(|| Failure::new(Exit::Internal, "there is no scheme"))?;
        if self.faults.rotate && scheme == Scheme::Pivot {
            return Err(Failure::new(
                Exit::Usage,
                "a delivery in the scheme `pivot` has one signature",
            )
            .help("`--rotate` needs the scheme `svix` or `pivotal`"));
        }
        let created = if self.faults.stale && scheme == Scheme::Pivot {
            earlier(now, BEYOND_ANY_EVENT_AGE)
        } else {
            now
        };
        let (name, body) = match (&entry, &self.body) {
            (Some(entry), _) => (entry.event_type.clone(), entry.body(created)?),
            (None, Some(file)) => (file.display().to_string(), parts::bytes(file)?),
            (None, None) => return Err(Failure::new(Exit::Usage, "no event was named")),
        };
        Ok(Payload { webhook, scheme, body, name })
    }

    /// Signs the delivery at a time, and then makes its faults. Each call makes a new delivery id
    /// unless one was passed.
    pub(crate) fn sign(&self, payload: &Payload, now: UnixTime, target: &str) -> Result<Delivery> {
        let id = self.id.clone().map_or_else(|| random::id("msg_"), Ok)?;
        let at = if self.faults.stale { earlier(now, BEYOND_ANY_TOLERANCE) } else { now };
        let Payload { webhook, scheme, body, .. } = payload;
        let signed = binding::sent_headers(webhook, scheme.as_str(), &id, at, body)
            .map_err(|error| Failure { exit: Exit::Usage, ..error.into() })?;
        let mut headers = vec![
            ("content-type".to_owned(), b"application/json".to_vec()),
            ("user-agent".to_owned(), USER_AGENT.as_bytes().to_vec()),
        ];
        for (name, value) in signed {
            let name = match name.strip_prefix("svix-") {
                Some(rest) if self.unbranded => format!("webhook-{rest}"),
                _ => name.to_owned(),
            };
            headers.push((name, value.into_bytes()));
        }
        let mut body = body.clone();
        if self.faults.tamper {
            tamper(&mut body);
        }
        Ok(Delivery {
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers,
            body,
            received_at: None,
        })
    }
}

/// The delivery as an object, which the form `json` reads.
pub(crate) fn json(delivery: &Delivery) -> Value {
    let headers: serde_json::Map<_, _> = delivery
        .lines()
        .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into()))
        .collect();
    let mut value = serde_json::json!({
        "method": delivery.method,
        "path": delivery.target,
        "headers": headers,
    });
    if let Value::Object(members) = &mut value {
        let (name, body) = match std::str::from_utf8(&delivery.body) {
            Ok(text) => ("body", text.to_owned()),
            Err(_) => ("body_base64", crate::delivery::to_base64(&delivery.body)),
        };
        members.insert(name.to_owned(), body.into());
    }
    value
}

/// Changes a byte in the middle, or makes an empty body one byte long.
fn tamper(body: &mut Vec<u8>) {
    let middle = body.len().checked_div(2).unwrap_or_default();
    match body.get_mut(middle) {
        Some(byte) => *byte ^= 1,
        None => body.push(b' '),
    }
}

const fn earlier(now: UnixTime, seconds: u64) -> UnixTime {
    UnixTime::from_secs(now.as_secs().saturating_sub(seconds))
}

/// Seconds: a tolerance is at most 3600. Whole hours would look like a wrong time zone.
const BEYOND_ANY_TOLERANCE: u64 = 4_000;

/// Seconds: `max_event_age` is at most 365 days.
const BEYOND_ANY_EVENT_AGE: u64 = 31_536_001;

const USER_AGENT: &str = concat!("pivotal-webhooks-cli/", env!("CARGO_PKG_VERSION"));
