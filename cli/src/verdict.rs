//! The verdict on a delivery, as text and as JSON.

use std::io;

use clap::{Args, ValueEnum};
use pivotal_webhooks::{Error, Event, UnixTime, Verified, Webhook};
use serde_json::{Value, json};

use crate::{
    delivery::{Delivery, input::Input},
    exit::Exit,
    failure::Result,
    output::{BAD, DIALECT, GOOD, Lines, NOTE, TITLE},
    time,
};

/// How a delivery is checked.
#[derive(Args)]
pub(crate) struct CheckOptions {
    /// The receiver's time, in Unix seconds or RFC 3339
    ///
    /// By default this is the time when the delivery arrived, if its form has that time, and otherwise
    /// now.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,

    /// What the body must be
    #[arg(long, value_enum, value_name = "BODY", default_value_t = Body::Event)]
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

/// The receiver's time, and where it comes from.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) now: UnixTime,
    source: &'static str,
}

/// What an accepted delivery is, or why it is refused.
pub(crate) type Verdict<'d> = Result<(Verified<'d>, Option<Event<'d>>), Error>;

impl CheckOptions {
    /// An event, at the time when its delivery arrived.
    pub(crate) const fn on_arrival() -> Self {
        Self { at: None, expect: Body::Event }
    }

    /// The receiver's time for a delivery.
    pub(crate) fn clock(&self, delivery: &Delivery) -> Result<Clock> {
        Ok(if let Some(now) = self.at {
            Clock { now, source: "by `--at`" }
        } else if let Some(now) = delivery.received_at {
            Clock { now, source: "when it arrived" }
        } else {
            Clock { now: UnixTime::now()?, source: "now" }
        })
    }

    /// Checks a delivery.
    pub(crate) fn verdict<'d>(
        &self,
        webhook: &'d Webhook,
        delivery: &'d Delivery,
        clock: Clock,
    ) -> Verdict<'d> {
        let (body, now) = (&delivery.body[..], clock.now);
        let verified = webhook.verify_signature_at(body, delivery.lines(), now)?;
        Ok((
            verified,
            match self.expect {
                Body::Event => Some(webhook.unwrap_at(body, delivery.lines(), now)?),
                Body::Json => webhook.verify_text_at(body, delivery.lines(), now).map(|_| None)?,
                Body::Any => None,
            },
        ))
    }
}

/// The exit code for a verdict.
pub(crate) fn exit(verdict: &Verdict<'_>) -> Exit {
    verdict.as_ref().err().map_or(Exit::Ok, Exit::of)
}

/// Where the delivery comes from, and the verdict, as members of one object.
pub(crate) fn json(input: &Input, clock: Clock, verdict: &Verdict<'_>) -> Value {
    let accepted = verdict.as_ref().ok();
    let verified = accepted.map(|(verified, _)| verified);
    json!({
        "source": input.source,
        "form": input.form.map(|form| form.name()),
        "form_guessed": input.is_guessed,
        "notes": input.notes,
        "checked_at": time::rfc3339(clock.now),
        "verdict": if verdict.is_ok() { "accepted" } else { "refused" },
        "scheme": verified.map(|verified| verified.scheme().as_str()),
        "delivery_id": verified.and_then(Verified::id),
        "signed_at": verified.and_then(Verified::timestamp).map(time::rfc3339),
        "skew": verified.and_then(Verified::skew),
        "event": accepted.and_then(|(_, event)| event.as_ref()).map(|event| json!({
            "type": event.event_type(),
            "id": event.id(),
            "created_at": event.created_at().map(|at| at.as_str()),
            "idempotency_key": event.idempotency_key(),
        })),
        "error": verdict.as_ref().err().map(error_json),
    })
}

/// An error of the core.
pub(crate) fn error_json(error: &Error) -> Value {
    json!({
        "code": error.code().as_str(),
        "message": error.message(DIALECT).to_string(),
        "help": error.help().in_dialect(DIALECT).to_string(),
        "docs": error.code().docs(),
        "status": error.status(),
        "header": error.header(),
        "reason": error.reason(),
        "path": error.path().map(|path| path.to_string()),
        "skew": error.skew(),
        "tolerance": error.tolerance(),
    })
}

/// Where the delivery comes from, and the verdict, as lines. The error's advice is left out if something
/// better follows.
pub(crate) fn write(
    lines: &mut Lines,
    input: &Input,
    clock: Clock,
    verdict: &Verdict<'_>,
    advice: Advice,
) -> io::Result<()> {
    lines.line(format_args!("{TITLE}{}{TITLE:#}", input.origin()))?;
    match verdict {
        Ok((verified, event)) => accepted(lines, verified, event.as_ref())?,
        Err(error) => refused(lines, error, advice)?,
    }
    lines.field("checked", format_args!("{}, {}", time::rfc3339(clock.now), clock.source))?;
    let note = |note: &String| lines.field("note", format_args!("{NOTE}{note}{NOTE:#}"));
    input.notes.iter().try_for_each(note)
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

/// Whether the advice of an error is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advice {
    Written,
    LeftOut,
}

fn refused(lines: &mut Lines, error: &Error, advice: Advice) -> io::Result<()> {
    lines.line(format_args!("  {BAD}refused{BAD:#}"))?;
    lines.field("reason", error.message(DIALECT))?;
    if advice == Advice::LeftOut {
        return Ok(());
    }
    lines.field("help", error.help().in_dialect(DIALECT))?;
    lines.field("docs", error.code().docs())
}
