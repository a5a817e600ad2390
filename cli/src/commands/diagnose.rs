//! `diagnose`: why deliveries are refused.

use std::{io, path::PathBuf};

use clap::Args;
use pivotal_webhooks::{Builder, Finding};
use serde_json::{Value, json};

use crate::{
    delivery::input::{Input, InputOptions},
    endpoint::EndpointOptions,
    exit::Exit,
    failure::Result,
    output::{DIALECT, GOOD, Lines, NOTE, Output},
    secret,
    verdict::{self, Advice, CheckOptions},
};

/// Name the accident because of which deliveries are refused
///
/// Nothing leaves this machine. The known accidents with secrets, headers, bodies and clocks are tried
/// one after another. The exit code is that of `verify`, whether an accident is found or not.
#[derive(Args)]
#[command(after_long_help = "Examples:
  pivotal-webhooks diagnose refused.http
  pivotal-webhooks diagnose --other-secret-file live.txt --secret-file test.txt requests.har")]
pub(crate) struct Options {
    #[command(flatten)]
    input: InputOptions,

    #[command(flatten)]
    check: CheckOptions,

    #[command(flatten)]
    endpoint: EndpointOptions,

    /// Read the secret of another endpoint from a file, to find out whether it signed the delivery
    #[arg(long, value_name = "FILE", help_heading = "Endpoint")]
    other_secret_file: Vec<PathBuf>,

    /// Read a secret from before a rotation from a file, to find out whether it signed the delivery
    #[arg(long, value_name = "FILE", help_heading = "Endpoint")]
    previous_secret_file: Vec<PathBuf>,
}

pub(super) fn run(options: &Options, output: &Output) -> Result<Exit> {
    let inputs = options.input.read()?;
    let builder = options.endpoint.builder()?;
    let mut exit = Exit::Ok;
    for input in &inputs {
        exit = diagnose(options, &builder, input, output)?.after(exit);
    }
    Ok(exit)
}

fn diagnose(options: &Options, builder: &Builder, input: &Input, output: &Output) -> Result<Exit> {
    let delivery = &input.delivery;
    let clock = options.check.clock(delivery)?;
    let mut diagnosis = builder.clone().diagnosis();
    for file in &options.other_secret_file {
        diagnosis = diagnosis.other_secret(secret::from_file(file)?.as_str());
    }
    for file in &options.previous_secret_file {
        diagnosis = diagnosis.previous_secret(secret::from_file(file)?.as_str());
    }
    let findings = diagnosis.diagnose_at(&delivery.body, delivery.lines(), clock.now)?;
    // A secret that no webhook accepts may be the accident.
    let webhook = builder.clone().build();
    let verdict = match &webhook {
        Ok(webhook) => options.check.verdict(webhook, delivery, clock),
        Err(error) => Err(error.clone()),
    };
    let mut value = verdict::json(input, clock, &verdict);
    if let Value::Object(members) = &mut value {
        members.insert("findings".to_owned(), findings.iter().map(finding_json).collect());
    }
    let advice = if findings.is_empty() { Advice::Written } else { Advice::LeftOut };
    output.result(&value, |lines| {
        verdict::write(lines, input, clock, &verdict, advice)?;
        write_findings(lines, &findings)?;
        if findings.is_empty() && verdict.is_err() {
            lines.field("finding", format_args!("{NOTE}no known accident fits{NOTE:#}"))?;
        }
        Ok(())
    })?;
    Ok(verdict::exit(&verdict))
}

/// Each finding with its advice.
pub(super) fn write_findings(lines: &mut Lines, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        let code = finding.code();
        lines.field(
            "finding",
            format_args!("{GOOD}{}{GOOD:#} ({code})", finding.message(DIALECT)),
        )?;
        lines.field("help", finding.help().in_dialect(DIALECT))?;
        lines.field("docs", finding.docs())?;
    }
    Ok(())
}

/// A finding with its advice.
pub(super) fn finding_json(finding: &Finding) -> Value {
    json!({
        "code": finding.code(),
        "message": finding.message(DIALECT).to_string(),
        "help": finding.help().in_dialect(DIALECT).to_string(),
        "docs": finding.docs(),
    })
}
