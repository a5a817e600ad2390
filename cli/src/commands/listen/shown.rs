//! What is shown of a delivery that arrived.

use std::{io, path::Path};

use pivotal_webhooks::Finding;
use serde_json::{Value, json};

use crate::{
    commands::{diagnose, milliseconds},
    connection::NoAnswer,
    delivery::input::Input,
    exchange::Answer,
    failure::Result,
    output::{BAD, DIM, GOOD, Lines, Output},
    target::Target,
    verdict::{self, Advice, Clock, Verdict},
};

/// The most lines of a body.
const MAX_LINES: usize = 40;

/// A delivery, and what became of it.
pub(super) struct Shown<'s> {
    pub(super) input: &'s Input,
    pub(super) clock: Clock,
    pub(super) verdict: &'s Verdict<'s>,
    pub(super) findings: &'s [Finding],
    pub(super) saved: Option<&'s Path>,
    pub(super) forwarded: Option<Forwarded<'s>>,
    pub(super) shows_body: bool,
}

/// Where a delivery was passed on to, and the answer.
pub(super) struct Forwarded<'s> {
    pub(super) target: &'s Target,
    pub(super) sent: &'s Result<Answer, NoAnswer>,
}

impl Shown<'_> {
    pub(super) fn write(&self, output: &Output) -> Result {
        output.result(&self.json(), |lines| self.lines(lines))?;
        Ok(())
    }

    fn json(&self) -> Value {
        let mut value = verdict::json(self.input, self.clock, self.verdict);
        let forwarded = self.forwarded.as_ref().map(|Forwarded { target, sent }| {
            json!({
                "to": target.url,
                "status": sent.as_ref().ok().map(|answer| answer.status),
                "latency_ms": sent.as_ref().ok().map(|answer| milliseconds(answer.latency)),
                "failure": sent.as_ref().err().map(ToString::to_string),
            })
        });
        let body = self.body();
        if let Value::Object(members) = &mut value {
            let findings = self.findings.iter().map(diagnose::finding_json).collect();
            members.insert("findings".to_owned(), findings);
            members.insert("saved".to_owned(), json!(self.saved));
            members.insert("forwarded".to_owned(), json!(forwarded));
            members.insert("body".to_owned(), json!(body));
        }
        value
    }

    /// The JSON of an authentic body.
    fn body(&self) -> Option<Value> {
        let body = &self.input.delivery.body;
        (self.shows_body && self.verdict.is_ok())
            .then(|| serde_json::from_slice(body).ok())
            .flatten()
    }

    fn lines(&self, lines: &mut Lines) -> io::Result<()> {
        let advice = if self.findings.is_empty() { Advice::Written } else { Advice::LeftOut };
        verdict::write(lines, self.input, self.clock, self.verdict, advice)?;
        diagnose::write_findings(lines, self.findings)?;
        lines.optional("saved", self.saved.map(Path::display))?;
        if let Some(Forwarded { target, sent }) = &self.forwarded {
            match sent {
                Ok(answer) => {
                    let style = if answer.is_success() { GOOD } else { BAD };
                    let (status, after) = (answer.status, milliseconds(answer.latency));
                    lines.field(
                        "forwarded",
                        format_args!("{style}{status}{style:#} after {after} ms, {}", target.url),
                    )?;
                }
                Err(why) => {
                    lines.field("forwarded", format_args!("{BAD}{why}{BAD:#}, {}", target.url))?;
                    lines.optional("help", why.help())?;
                }
            }
        }
        let Some(body) = self.body() else { return lines.line("") };
        let text = serde_json::to_string_pretty(&body)?;
        for line in text.lines().take(MAX_LINES) {
            lines.line(format_args!("    {DIM}{line}{DIM:#}"))?;
        }
        let left = text.lines().count().saturating_sub(MAX_LINES);
        if left > 0 {
            lines.line(format_args!("    {DIM}and {left} more lines{DIM:#}"))?;
        }
        lines.line("")
    }
}
