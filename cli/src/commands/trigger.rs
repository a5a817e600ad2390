//! `trigger`: sends a signed delivery to a receiver, as its sender would.

use std::{thread, time::Duration};

use clap::Args;
use pivotal_webhooks::UnixTime;
use serde_json::json;

use super::milliseconds;
use crate::{
    connection::NoAnswer,
    delivery::Delivery,
    exchange::{Answer, Framing, Request},
    exit::Exit,
    failure::Result,
    output::{BAD, GOOD, Output, TITLE},
    payload::{Payload, PayloadOptions},
    schedule,
    target::{Target, TargetOptions},
    time,
};

/// Send a signed delivery to a receiver
///
/// The receiver must answer a genuine delivery with 2xx, and refuse one with a fault. The target must be
/// on this machine, because somebody else who gets the delivery can send it to your endpoint.
#[derive(Args)]
#[command(after_long_help = "Examples:
  pivotal-webhooks trigger customer.at_risk --to http://127.0.0.1:8000/webhooks/pivotal
  pivotal-webhooks trigger customer.at_risk --tamper --to http://127.0.0.1:8000/webhooks/pivotal
  pivotal-webhooks trigger message_sent --schedule --to http://127.0.0.1:8000/webhooks/pivot")]
pub(crate) struct Options {
    #[command(flatten)]
    payload: PayloadOptions,

    /// The URL to send to; by default that of `listen`
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:8787/webhooks/pivotal",
        help_heading = "Target"
    )]
    to: String,

    #[command(flatten)]
    target: TargetOptions,

    /// Wait this many seconds for an answer; by default as long as the sender, 10 or 15
    #[arg(long, value_name = "SECONDS", help_heading = "Target")]
    timeout: Option<u64>,

    /// Send the same delivery twice; a receiver must accept both, and handle the event once
    #[arg(long, help_heading = "Faults")]
    duplicate: bool,

    /// Send again as the sender does, on its schedule and sped up, until an answer is 2xx
    #[arg(long, conflicts_with = "duplicate", help_heading = "Schedule")]
    schedule: bool,

    /// How much faster the schedule runs: with 3600, an hour takes a second
    #[arg(
        long,
        value_name = "FACTOR",
        default_value_t = 3_600,
        value_parser = clap::value_parser!(u32).range(1..),
        requires = "schedule",
        help_heading = "Schedule"
    )]
    speed: u32,
}

/// One attempt.
struct Attempt {
    number: usize,
    /// Seconds after the first one on the sender's schedule, if there is a schedule.
    moment: Option<u64>,
}

pub(super) fn run(options: &Options, output: &Output) -> Result<Exit> {
    let target = options.target.target(&options.to)?;
    let payload = options.payload.read(UnixTime::now()?)?;
    if options.schedule {
        return on_schedule(options, &target, &payload, output);
    }
    let delivery = options.payload.sign(&payload, UnixTime::now()?, &target.path)?;
    let mut exit = Exit::Ok;
    for number in 1..=if options.duplicate { 2 } else { 1 } {
        let answer = send(options, &target, &payload, &delivery);
        report(options, &target, &payload, &Attempt { number, moment: None }, &answer, output)?;
        exit = options.exit(&answer).after(exit);
    }
    Ok(exit)
}

/// Sends until an answer is 2xx, as the sender does. What counts is the last attempt.
fn on_schedule(
    options: &Options,
    target: &Target,
    payload: &Payload,
    output: &Output,
) -> Result<Exit> {
    let mut exit = Exit::Ok;
    let mut before = 0;
    for (number, moment) in (1..).zip(schedule::attempts(payload.scheme.sender())) {
        let wait = Duration::from_secs(moment.saturating_sub(before));
        thread::sleep(wait.checked_div(options.speed).unwrap_or(wait));
        before = moment;
        let delivery = options.payload.sign(payload, UnixTime::now()?, &target.path)?;
        let answer = send(options, target, payload, &delivery);
        let attempt = Attempt { number, moment: Some(moment) };
        report(options, target, payload, &attempt, &answer, output)?;
        exit = options.exit(&answer);
        if answer.as_ref().is_ok_and(Answer::is_success) {
            break;
        }
    }
    Ok(exit)
}

impl Options {
    /// Whether the receiver did what it must.
    fn exit(&self, answer: &Result<Answer, NoAnswer>) -> Exit {
        match answer {
            Err(why) => why.exit(),
            Ok(answer) if answer.is_success() == self.payload.faults.must_be_refused() => {
                Exit::Answer
            }
            Ok(_) => Exit::Ok,
        }
    }
}

fn send(
    options: &Options,
    target: &Target,
    payload: &Payload,
    delivery: &Delivery,
) -> Result<Answer, NoAnswer> {
    let limit = options
        .timeout
        .map_or_else(|| schedule::answer_limit(payload.scheme.sender()), Duration::from_secs);
    Request::new(target, &delivery.method, delivery.lines(), &delivery.body, Framing::Length)
        .send(target, limit)
}

fn report(
    options: &Options,
    target: &Target,
    payload: &Payload,
    attempt: &Attempt,
    answer: &Result<Answer, NoAnswer>,
    output: &Output,
) -> Result {
    let must_be_refused = options.payload.faults.must_be_refused();
    let expected = if must_be_refused { "refused" } else { "accepted" };
    let is_right = options.exit(answer) == Exit::Ok;
    let value = json!({
        "event": payload.name,
        "scheme": payload.scheme.as_str(),
        "to": target.url,
        "attempt": attempt.number,
        "schedule_seconds": attempt.moment,
        "status": answer.as_ref().ok().map(|answer| answer.status),
        "latency_ms": answer.as_ref().ok().map(|answer| milliseconds(answer.latency)),
        "failure": answer.as_ref().err().map(ToString::to_string),
        "expected": expected,
        "as_expected": is_right,
    });
    output.result(&value, |lines| {
        if attempt.number == 1 {
            lines.line(format_args!("{TITLE}{} to {}{TITLE:#}", payload.name, target.url))?;
        }
        let when = match attempt.moment {
            Some(0) => " to the first attempt".to_owned(),
            Some(moment) => format!(" to the attempt {} later", time::duration(moment)),
            None => String::new(),
        };
        let style = if is_right { GOOD } else { BAD };
        match answer {
            Ok(answer) => {
                let latency = milliseconds(answer.latency);
                let status = answer.status;
                let fault = if is_right { "" } else { "; it must be " };
                let wanted = if is_right { "" } else { expected };
                lines.field(
                    "answer",
                    format_args!(
                        "{style}{status}{style:#} after {latency} ms{when}{fault}{wanted}"
                    ),
                )
            }
            Err(why) => {
                lines.field("answer", format_args!("{style}none{style:#}{when}: {why}"))?;
                lines.optional("help", why.help())
            }
        }
    })?;
    Ok(())
}
