//! `events`: the catalogue of events, and samples of them.

use clap::{Args, ValueEnum};

use crate::{
    catalogue,
    exit::Exit,
    failure::Result,
    output::{DIM, NOTE, Output, TITLE},
};

/// List the catalogue of events, or print samples of them
#[derive(Args)]
#[command(after_long_help = "Examples:
  pivotal-webhooks events
  pivotal-webhooks events customer.at_risk
  pivotal-webhooks events --json | jq -r .type")]
pub(crate) struct Options {
    /// Types whose samples are printed; without one, all types are listed
    #[arg(value_name = "TYPE")]
    types: Vec<String>,

    /// List the events of one sender
    #[arg(long, value_enum, conflicts_with = "types")]
    sender: Option<SenderName>,
}

#[derive(Clone, Copy, ValueEnum)]
enum SenderName {
    Pivotal,
    Pivot,
}

impl SenderName {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pivotal => "pivotal",
            Self::Pivot => "pivot",
        }
    }
}

pub(super) fn run(options: &Options, output: &Output) -> Result<Exit> {
    if options.types.is_empty() {
        return list(options, output);
    }
    let entries = options.types.iter().map(|name| catalogue::find(name));
    for entry in entries.collect::<Result<Vec<_>>>()? {
        output.result(&entry, |lines| {
            lines.line(format_args!("{:#}", serde_json::Value::Object(entry.sample.clone())))
        })?;
    }
    Ok(Exit::Ok)
}

fn list(options: &Options, output: &Output) -> Result<Exit> {
    let mut entries = catalogue::all()?;
    if let Some(sender) = options.sender {
        entries.retain(|entry| entry.sender == sender.as_str());
    }
    let width = entries.iter().map(|entry| entry.event_type.len()).max().unwrap_or_default();
    let mut sender = String::new();
    for entry in &entries {
        output.result(entry, |lines| {
            if sender != entry.sender {
                let space = if sender.is_empty() { "" } else { "\n" };
                sender.clone_from(&entry.sender);
                lines.line(format_args!("{space}{TITLE}{sender}{TITLE:#}"))?;
            }
            let name = &entry.event_type;
            let object = entry.object.as_deref().unwrap_or("");
            match &entry.when {
                Some(when) if entry.documented => {
                    lines.line(format_args!("  {name:<width$}  {DIM}{object:<14}{DIM:#}  {when}"))
                }
                _ => lines.line(format_args!(
                    "  {name:<width$}  {DIM}{object:<14}{DIM:#}  {NOTE}payload not documented{NOTE:#}"
                )),
            }
        })?;
    }
    Ok(Exit::Ok)
}
