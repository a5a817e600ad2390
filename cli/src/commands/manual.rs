//! `manual`: the man page, with every command and the exit codes.

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use crate::{arguments::Arguments, exit::Exit, failure::Result, output::Output};

/// Print the man page
#[derive(Args)]
#[command(after_long_help = "Examples:
  pivotal-webhooks manual | man -l -
  pivotal-webhooks manual > ~/.local/share/man/man1/pivotal-webhooks.1")]
pub(crate) struct Options {}

pub(super) fn run(output: &Output) -> Result<Exit> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    let main = Man::new(command.clone());
    main.render_title(&mut page)?;
    main.render_name_section(&mut page)?;
    main.render_synopsis_section(&mut page)?;
    main.render_description_section(&mut page)?;
    main.render_options_section(&mut page)?;
    for subcommand in command.get_subcommands() {
        let man = Man::new(subcommand.clone());
        // Each command is a section of this page, so that one page has everything.
        page.extend(format!(".SH {}\n", subcommand.get_name().to_uppercase()).into_bytes());
        let mut section = Vec::new();
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        man.render_extra_section(&mut section)?;
        let section = String::from_utf8_lossy(&section).replace("\n.SH ", "\n.SS ");
        let section =
            section.strip_prefix(".SH ").map_or(section.clone(), |rest| format!(".SS {rest}"));
        page.extend(section.into_bytes());
    }
    main.render_extra_section(&mut page)?;
    main.render_version_section(&mut page)?;
    output.text(&page)?;
    Ok(Exit::Ok)
}
