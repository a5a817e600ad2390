//! Runs other programs in the project's folder. Their output stays visible.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::failure::{About as _, Failure, Result};

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// The folder of everything that the tasks build and install, except `node_modules`.
pub(crate) fn work() -> PathBuf {
    target().join("xtask")
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The day, in UTC.
pub(crate) fn today() -> Result<String> {
    Ok(Shell::new("date").args(["-u", "+%Y-%m-%d"]).output()?.trim().to_owned())
}

/// The cargo that runs this task.
pub(crate) fn cargo<I: IntoIterator<Item: AsRef<OsStr>>>(arguments: I) -> Shell {
    Shell::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(arguments)
}

/// A program to run.
pub(crate) struct Shell {
    command: Command,
}

impl Shell {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(root()).stdin(Stdio::null());
        Self { command }
    }

    pub(crate) fn args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(root().join(dir));
        self
    }

    /// Lets it read a file as its standard input.
    pub(crate) fn input(mut self, file: &Path) -> Result<Self> {
        self.command.stdin(std::fs::File::open(file).about(file.display().to_string())?);
        Ok(self)
    }

    /// Runs it to its end. Its output is visible while it runs.
    pub(crate) fn run(mut self) -> Result {
        let line = self.line();
        let status = self.command.status().about(&line)?;
        if status.success() { Ok(()) } else { Err(Failure::new(format!("{line}: {status}"))) }
    }

    /// Runs it to its end and returns its standard output. Its standard error is visible.
    pub(crate) fn output(mut self) -> Result<String> {
        let line = self.line();
        let output = self.command.stderr(Stdio::inherit()).output().about(&line)?;
        if output.status.success() {
            String::from_utf8(output.stdout).about(&line)
        } else {
            Err(Failure::new(format!("{line}: {}", output.status)))
        }
    }

    /// Runs it to its end, and writes its standard output into a file.
    pub(crate) fn output_to(mut self, file: std::fs::File) -> Result {
        self.command.stdout(file);
        self.run()
    }

    /// Runs it to its end, whatever its status is, writes its standard error into a file, and returns it.
    pub(crate) fn log(mut self, file: &Path) -> Result<String> {
        let line = self.line();
        let output = self.command.output().about(&line)?;
        std::fs::write(file, &output.stderr).about(file.display().to_string())?;
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// The same, for a program that may not be there: nothing is seen.
    pub(crate) fn quiet_output(mut self) -> Option<String> {
        let output = self.command.stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8(output.stdout).ok())?
    }

    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    /// The program and its arguments.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let arguments = self.command.get_args();
        std::iter::once(self.command.get_program())
            .chain(arguments)
            .map(OsStr::to_os_string)
            .collect()
    }

    /// The environment variables that were set for it, as `name=value`.
    pub(crate) fn variables(&self) -> Vec<OsString> {
        let set = self.command.get_envs().filter_map(|(name, value)| Some((name, value?)));
        set.map(|(name, value)| [name, OsStr::new("="), value].into_iter().collect()).collect()
    }

    fn line(&self) -> String {
        self.words().join(OsStr::new(" ")).to_string_lossy().into_owned()
    }
}
