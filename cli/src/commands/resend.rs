//! `resend`: sends saved deliveries again.

use std::time::Duration;

use clap::Args;
use pivotal_webhooks::{Scheme, Sender, UnixTime, Webhook};
use serde_json::json;

use super::milliseconds;
use crate::{
    delivery::{
        Delivery,
        input::{Input, InputOptions},
    },
    endpoint::SigningOptions,
    exchange::{Framing, Request},
    exit::Exit,
    failure::{Failure, Result},
    output::{BAD, GOOD, NOTE, Output, TITLE},
    secret::{Secret, SecretOptions},
    target::{Target, TargetOptions},
    time,
};

/// Send saved deliveries again
///
/// The header lines and the body are sent as they arrived, so that a receiver checks the old signature
/// and the old time. `--sign-again` replaces the signature headers by new ones of this moment.
#[derive(Args)]
#[command(after_long_help = "Examples:
  pivotal-webhooks listen --save deliveries
  pivotal-webhooks resend --to http://127.0.0.1:8000/webhooks/pivotal deliveries/*.http
  pivotal-webhooks resend --to http://127.0.0.1:8000/webhooks/pivotal --sign-again old.http")]
pub(crate) struct Options {
    #[command(flatten)]
    input: InputOptions,

    /// The URL to send to
    #[arg(long, value_name = "URL", help_heading = "Target")]
    to: String,

    #[command(flatten)]
    target: TargetOptions,

    /// Sign the delivery again, with the secret and the time of now
    #[arg(long, help_heading = "Endpoint")]
    sign_again: bool,

    #[command(flatten)]
    secrets: SecretOptions,

    #[command(flatten)]
    signing: SigningOptions,

    /// Wait this many seconds for each answer
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    timeout: u64,
}

pub(super) fn run(options: &Options, output: &Output) -> Result<Exit> {
    let inputs = options.input.read()?;
    let target = options.target.target(&options.to)?;
    let secrets = options.sign_again.then(|| options.secrets.read()).transpose()?;
    let mut exit = Exit::Ok;
    for input in &inputs {
        exit = resend(options, input, &target, secrets.as_deref(), output)?.after(exit);
    }
    Ok(exit)
}

fn resend(
    options: &Options,
    input: &Input,
    target: &Target,
    secrets: Option<&[Secret]>,
    output: &Output,
) -> Result<Exit> {
    let again = |secrets: &[Secret]| {
        let sender = match input.delivery.header("x-pivot-signature") {
            Some(_) => Sender::Pivot,
            None => Sender::Pivotal,
        };
        let webhook = options.signing.builder(secrets.to_vec(), sender).build()?;
        signed_again(&webhook, &input.delivery)
    };
    let signed = secrets.map(again).transpose()?;
    let delivery = signed.as_ref().unwrap_or(&input.delivery);
    let request =
        Request::new(target, &delivery.method, delivery.lines(), &delivery.body, Framing::Length);
    let sent = request.send(target, Duration::from_secs(options.timeout));
    let result = json!({
        "source": input.source,
        "to": target.url,
        "signed_again": signed.is_some(),
        "status": sent.as_ref().ok().map(|answer| answer.status),
        "latency_ms": sent.as_ref().ok().map(|answer| milliseconds(answer.latency)),
        "failure": sent.as_ref().err().map(ToString::to_string),
    });
    output.result(&result, |lines| {
        lines.line(format_args!("{TITLE}{}{TITLE:#}", input.source))?;
        if signed.is_none()
            && let Some(age) = age(delivery)
        {
            lines.field(
                "note",
                format_args!(
                    "{NOTE}the delivery was signed {} ago, and most receivers refuse it: \
                 `--sign-again` signs it now{NOTE:#}",
                    time::duration(age)
                ),
            )?;
        }
        match &sent {
            Ok(answer) => {
                let style = if answer.is_success() { GOOD } else { BAD };
                let after = milliseconds(answer.latency);
                lines.field(
                    "answer",
                    format_args!("{style}{}{style:#} after {after} ms", answer.status),
                )
            }
            Err(why) => {
                lines.field("answer", format_args!("{BAD}none{BAD:#}: {why}"))?;
                lines.optional("help", why.help())
            }
        }
    })?;
    Ok(match &sent {
        Ok(answer) if answer.is_success() => Exit::Ok,
        Ok(_) => Exit::Answer,
        Err(why) => why.exit(),
    })
}

/// How long ago the delivery was signed, if that is longer than receivers tolerate.
fn age(delivery: &Delivery) -> Option<u64> {
    let stamp =
        ["svix-timestamp", "webhook-timestamp"].iter().find_map(|name| delivery.header(name))?;
    let signed: u64 = std::str::from_utf8(stamp).ok()?.trim().parse().ok()?;
    let age = UnixTime::now().ok()?.as_secs().checked_sub(signed)?;
    (age > 300).then_some(age)
}

/// The delivery with signature headers of this moment. Its id stays the same, as in a retry.
fn signed_again(webhook: &Webhook, delivery: &Delivery) -> Result<Delivery> {
    let has = |name: &str| delivery.header(name).is_some();
    let named = [
        ("svix-signature", Scheme::Svix),
        ("webhook-signature", Scheme::Svix),
        ("pivotal-signature", Scheme::Pivotal),
        ("x-pivot-signature", Scheme::Pivot),
    ];
    let scheme = named.iter().find(|(name, _)| has(name)).map(|(_, scheme)| *scheme);
    let scheme = scheme.filter(|scheme| webhook.schemes().any(|accepted| accepted == *scheme));
    let is_standard = has("webhook-signature") && !has("svix-signature");
    let id = delivery.header("svix-id").or_else(|| delivery.header("webhook-id"));
    let id = id.map_or("msg_sent_again".into(), String::from_utf8_lossy);
    let signed = webhook
        .sign(scheme, &id, UnixTime::now()?, &delivery.body)
        .map_err(|error| Failure { exit: Exit::Input, ..Failure::from(error) })?;
    let mut again = delivery.clone();
    for (name, value) in signed.headers() {
        let standard = name.replacen("svix-", "webhook-", 1);
        again.take_header(name);
        again.take_header(&standard);
        let name = if is_standard { standard } else { name.to_owned() };
        again.headers.push((name, value.as_bytes().to_vec()));
    }
    Ok(again)
}
