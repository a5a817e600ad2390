//! The commands: one module each.

use clap::Subcommand;

use crate::{exit::Exit, failure::Result, output::Output};

mod verify;

/// A command and its options.
#[derive(Subcommand)]
pub(crate) enum Command {
    Verify(verify::Options),
}

/// Runs a command.
pub(crate) fn run(command: Command, output: &Output) -> Result<Exit> {
    match command {
        Command::Verify(options) => verify::run(&options, output),
    }
}
