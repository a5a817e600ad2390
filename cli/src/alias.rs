//! The command `pivotal-webhooks-cli` of the package of the same name: runs `pivotal-webhooks`, which is
//! installed beside it. `uvx pivotal-webhooks-cli` looks for a command of the package's name.

#![forbid(unsafe_code)]

use std::{
    env::{self, consts::EXE_SUFFIX},
    io,
    process::{Command, ExitCode},
};

fn main() -> ExitCode {
    let ended = tool().and_then(|mut tool| run(tool.args(env::args_os().skip(1))));
    ended.unwrap_or_else(|error| {
        eprintln!("error: `pivotal-webhooks` can't be started beside this program: {error}");
        ExitCode::FAILURE
    })
}

fn tool() -> io::Result<Command> {
    // The command may be a link into the folder where the package is installed.
    let program = env::current_exe()?.canonicalize()?;
    Ok(Command::new(program.with_file_name(format!("pivotal-webhooks{EXE_SUFFIX}"))))
}

/// Replaces this process, so that signals reach the tool.
#[cfg(unix)]
fn run(tool: &mut Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;

    Err(tool.exec())
}

#[cfg(not(unix))]
fn run(tool: &mut Command) -> io::Result<ExitCode> {
    let code = tool.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
