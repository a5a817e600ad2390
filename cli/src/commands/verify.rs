//! `verify`: whether deliveries are authentic and recent.

use std::io;

use clap::{Args, ValueEnum};
use pivotal_webhooks::{Error, Event, UnixTime, Verified, Webhook};
use serde_json::{Value, json};

use crate::{
    delivery::input::{Input, InputOptions},
    endpoint::EndpointOptions,
    exit::Exit,
    failure::Result,
    output::{BAD, DIALECT, GOOD, Lines, NOTE, Output, TITLE},
    time,
};

/// Check signature, time and body of deliveries
///
/// A delivery is checked at the time when it arrived, if its form has that time, and otherwise now.
#[derive(Args)]
#[command(after_long_help = "Examples:
  pivotal-webhooks verify delivery.http
  pivotal-webhooks verify --secret-file secret.txt requests.har
  pivotal-webhooks verify -H 'svix-id: msg_1' -H 'svix-timestamp: 1779820920' \\
      -H 'svix-signature: v1,…' < body.json")]
pub(crate) struct Options {
    #[command(flatten)]
    input: InputOptions,

    #[command(flatten)]
    endpoint: EndpointOptions,

    /// The receiver's time, in Unix seconds or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,

    /// What the body must be
    #[arg(long, value_enum, default_value_t = Body::Event)]
    expect: Body,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Body {
    /// An event of the sender
    Event,
    /// A JSON object, or nothing
    Json,
    /// Any bytes
    Any,
}

pub(super) fn run(options: &Options, output: &Output) -> Result<Exit> {
    let inputs = options.input.read()?;
    let webhook = options.endpoint.webhook()?;
    let mut exit = Exit::Ok;
    for input in &inputs {
        exit = verify(options, &webhook, input, output)?.after(exit);
    }
    Ok(exit)
}

fn verify(options: &Options, webhook: &Webhook, input: &Input, output: &Output) -> Result<Exit> {
    let now = match options.at.or(input.delivery.received_at) {
        Some(at) => at,
        None => UnixTime::now()?,
    };
    let delivery = &input.delivery;
    let verified = webhook.verify_signature_at(&delivery.body, delivery.lines(), now);
    let event = match options.expect {
        Body::Event => webhook.unwrap_at(&delivery.body, delivery.lines(), now).map(Some),
        Body::Json => webhook.verify_text_at(&delivery.body, delivery.lines(), now).map(|_| None),
        Body::Any => Ok(None),
    };
    let verdict = verified.and_then(|verified| Ok((verified, event?)));
    let head = |lines: &mut Lines| {
        lines.line(format_args!("{TITLE}{}{TITLE:#}", input.origin()))?;
        input
            .notes
            .iter()
            .try_for_each(|note| lines.field("note", format_args!("{NOTE}{note}{NOTE:#}")))
    };
    let source = json!({
        "source": input.source,
        "form": input.form.map(|form| form.name()),
        "form_guessed": input.is_guessed,
        "notes": input.notes,
        "checked_at": time::rfc3339(now),
    });
    match &verdict {
        Ok((verified, event)) => {
            let value = merged(source, accepted_json(verified, event.as_ref()));
            output.result(&value, |lines| {
                head(lines)?;
                accepted(lines, verified, event.as_ref())
            })?;
            Ok(Exit::Ok)
        }
        Err(error) => {
            let value = merged(source, json!({"verdict": "refused", "error": error_json(error)}));
            output.result(&value, |lines| {
                head(lines)?;
                refused(lines, error)
            })?;
            Ok(Exit::of(error))
        }
    }
}

fn accepted(
    lines: &mut Lines,
    verified: &Verified<'_>,
    event: Option<&Event<'_>>,
) -> io::Result<()> {
    lines.line(format_args!("  {GOOD}accepted{GOOD:#}"))?;
    if let Some(event) = event {
        lines.field("event", event.event_type())?;
        lines.optional("id", event.id())?;
        lines.optional("created", event.created_at().map(|at| at.as_str()))?;
    }
    lines.field("scheme", verified.scheme())?;
    lines.optional("delivery", verified.id())?;
    lines.optional("signed", verified.timestamp().map(|at| signed(at, verified.skew())))
}

/// The signed time, and how far it is from the receiver's time.
fn signed(at: UnixTime, skew: Option<i64>) -> String {
    let distance = match skew.unwrap_or_default() {
        skew @ ..0 => format!("{} ahead", time::duration(skew.unsigned_abs())),
        skew => format!("{} old", time::duration(skew.unsigned_abs())),
    };
    format!("{} ({distance})", time::rfc3339(at))
}

fn refused(lines: &mut Lines, error: &Error) -> io::Result<()> {
    lines.line(format_args!("  {BAD}refused{BAD:#}   {}", error.code()))?;
    lines.field("message", error.message(DIALECT))?;
    lines.field("help", error.help().in_dialect(DIALECT))?;
    lines.optional("header", error.header())
}

fn accepted_json(verified: &Verified<'_>, event: Option<&Event<'_>>) -> Value {
    json!({
        "verdict": "accepted",
        "scheme": verified.scheme().as_str(),
        "delivery_id": verified.id(),
        "signed_at": verified.timestamp().map(time::rfc3339),
        "skew": verified.skew(),
        "event": event.map(|event| json!({
            "type": event.event_type(),
            "id": event.id(),
            "created_at": event.created_at().map(|at| at.as_str()),
            "idempotency_key": event.idempotency_key(),
        })),
    })
}

/// An error of the core.
fn error_json(error: &Error) -> Value {
    json!({
        "code": error.code().as_str(),
        "message": error.message(DIALECT).to_string(),
        "help": error.help().in_dialect(DIALECT).to_string(),
        "status": error.status(),
        "header": error.header(),
        "reason": error.reason(),
        "path": error.path().map(|path| path.to_string()),
        "skew": error.skew(),
        "tolerance": error.tolerance(),
    })
}

/// The members of both objects.
fn merged(one: Value, other: Value) -> Value {
    let members = [one, other].into_iter().filter_map(|value| match value {
        Value::Object(members) => Some(members),
        _ => None,
    });
    Value::Object(members.flatten().collect())
}
