//! The tool as a process.

use std::{fs, path::PathBuf, process::Output};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const SECRET: &str = "whsec_Y29tbWFuZC1saW5lLXNlY3JldC0wMDAwMDAwMDE=";
pub(crate) const OTHER_SECRET: &str = "whsec_Y29tbWFuZC1saW5lLXNlY3JldC0wMDAwMDAwMDI=";

/// A folder for the files of one test, in which the tool runs.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Runs the tool with the secret in its environment variable.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(&[("PIVOTAL_WEBHOOK_SECRET", SECRET)], arguments, "")
    }

    pub(crate) fn run_with(
        &self,
        variables: &[(&str, &str)],
        arguments: &[&str],
        stdin: impl Into<Vec<u8>>,
    ) -> Ran {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_pivotal-webhooks"));
        command.current_dir(self.0.path()).env_remove("PIVOTAL_WEBHOOK_SECRET");
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command.envs(variables.iter().copied()).args(arguments).write_stdin(stdin);
        Ran::new(command.output().unwrap())
    }
}

/// What the tool wrote, and its exit code.
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let exit = output.status.code().unwrap();
        Self { exit, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The objects on the standard output.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The only object on the standard output.
    pub(crate) fn object(&self) -> Value {
        let [object] = &self.objects()[..] else { panic!("{}{}", self.stdout, self.stderr) };
        object.clone()
    }

    /// The error on the standard error.
    pub(crate) fn error(&self) -> Value {
        serde_json::from_str::<Value>(&self.stderr).unwrap()["error"].take()
    }

    /// Both outputs.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}
