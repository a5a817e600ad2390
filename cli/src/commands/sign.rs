//! `sign`: prints a signed delivery.

use clap::{Args, ValueEnum};
use pivotal_webhooks::UnixTime;

use crate::{
    delivery::{curl, http},
    exit::Exit,
    failure::Result,
    output::Output,
    payload::{self, PayloadOptions},
    time,
};

/// Print a signed delivery of an event or of any body
///
/// The output is a request with its signature headers, for the tests of a receiver. Every command that
/// takes deliveries reads it.
#[derive(Args)]
#[command(after_long_help = "Examples:
  pivotal-webhooks sign customer.at_risk > delivery.http
  pivotal-webhooks sign message_sent --as curl --to http://127.0.0.1:8000/webhooks/pivot
  pivotal-webhooks sign --body body.json --scheme pivotal --as headers")]
pub(crate) struct Options {
    #[command(flatten)]
    payload: PayloadOptions,

    /// The time to sign, in Unix seconds or RFC 3339; now by default
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,

    /// How the delivery is written
    #[arg(long = "as", value_enum, value_name = "FORM", default_value_t = Written::Http)]
    form: Written,

    /// The URL in the request
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8787/webhooks/pivotal")]
    to: String,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Written {
    /// A raw HTTP request
    Http,
    /// A curl command
    Curl,
    /// The header lines alone
    Headers,
}

pub(super) fn run(options: &Options, output: &Output) -> Result<Exit> {
    let now = match options.at {
        Some(at) => at,
        None => UnixTime::now()?,
    };
    let payload = options.payload.read(now)?;
    let delivery = options.payload.sign(&payload, now, &crate::delivery::target(&options.to))?;
    output.result(&payload::json(&delivery), |lines| match options.form {
        Written::Http => lines.bytes(&http::write(&delivery)),
        Written::Curl => lines.line(curl::write(&delivery, &options.to)),
        Written::Headers => delivery.lines().try_for_each(|(name, value)| {
            lines.line(format_args!("{name}: {}", String::from_utf8_lossy(value)))
        }),
    })?;
    Ok(Exit::Ok)
}
