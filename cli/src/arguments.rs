//! The command line: the options of every command, and the list of commands.

use clap::{Args, Parser};

use crate::{commands::Command, exit};

/// Works with webhook deliveries of Pivotal and Pivot: verifies them, explains why they are refused,
/// signs them and sends them.
#[derive(Parser)]
#[command(
    name = "pivotal-webhooks",
    bin_name = "pivotal-webhooks",
    version,
    max_term_width = 100,
    after_long_help = exit::help(),
    after_help = "`pivotal-webhooks --help` lists the exit codes. \
        `pivotal-webhooks COMMAND --help` has examples.",
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The options that every command has.
#[derive(Args)]
pub(crate) struct Global {
    /// Write JSON, one object per line
    ///
    /// Each result is one object in one line of the standard output. An error is one object in one
    /// line of the standard error.
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) color: colorchoice_clap::Color,
}
