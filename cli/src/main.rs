//! The command-line tool `pivotal-webhooks`: verifies, diagnoses, signs and sends deliveries.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser as _;

mod arguments;
mod catalogue;
mod commands;
mod connection;
mod delivery;
mod endpoint;
mod exchange;
mod exit;
mod failure;
mod output;
mod payload;
mod random;
mod schedule;
mod secret;
mod target;
mod time;
mod tls;
mod verdict;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    let output = output::Output::new(&arguments.global);
    match commands::run(arguments.command, &output) {
        Ok(exit) => exit.into(),
        Err(failure) => output.failure(&failure).into(),
    }
}
