//! The commands: one module each.

use std::time::Duration;

use clap::Subcommand;

use crate::{exit::Exit, failure::Result, output::Output};

mod check;
mod completions;
mod diagnose;
mod events;
mod listen;
mod manual;
mod resend;
mod sign;
mod trigger;
mod verify;

/// A command and its options.
#[derive(Subcommand)]
pub(crate) enum Command {
    Verify(verify::Options),
    Diagnose(diagnose::Options),
    Sign(sign::Options),
    Trigger(trigger::Options),
    Listen(listen::Options),
    Check(check::Options),
    Resend(resend::Options),
    Events(events::Options),
    Completions(completions::Options),
    Manual(manual::Options),
}

/// Runs a command.
pub(crate) fn run(command: Command, output: &Output) -> Result<Exit> {
    match command {
        Command::Verify(options) => verify::run(&options, output),
        Command::Diagnose(options) => diagnose::run(&options, output),
        Command::Sign(options) => sign::run(&options, output),
        Command::Trigger(options) => trigger::run(&options, output),
        Command::Listen(options) => listen::run(&options, output),
        Command::Check(options) => check::run(&options, output),
        Command::Resend(options) => resend::run(&options, output),
        Command::Events(options) => events::run(&options, output),
        Command::Completions(options) => completions::run(&options, output),
        Command::Manual(_) => manual::run(output),
    }
}

/// Whole milliseconds.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
