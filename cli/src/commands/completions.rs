//! `completions`: scripts by which shells complete the command line.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::{arguments::Arguments, exit::Exit, failure::Result, output::Output};

/// Print a script by which a shell completes commands and options
#[derive(Args)]
#[command(after_long_help = "Examples:
  pivotal-webhooks completions bash > ~/.local/share/bash-completion/completions/pivotal-webhooks
  pivotal-webhooks completions fish > ~/.config/fish/completions/pivotal-webhooks.fish
  pivotal-webhooks completions zsh > \"${fpath[1]}/_pivotal-webhooks\"")]
pub(crate) struct Options {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(options: &Options, output: &Output) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        options.shell,
        &mut Arguments::command(),
        "pivotal-webhooks",
        &mut script,
    );
    output.text(&script)?;
    Ok(Exit::Ok)
}
