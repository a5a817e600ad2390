//! Reads signing secrets: from files, from environment variables, or from a prompt. A secret is never an
//! argument, because other users of a machine can read the arguments of a process.

use std::{
    env, fs,
    io::{IsTerminal as _, stdin},
    path::{Path, PathBuf},
};

use clap::Args;
use zeroize::Zeroizing;

use crate::{
    exit::Exit,
    failure::{Failure, Result},
};

/// The environment variable that is read without an option.
pub(crate) const VARIABLE: &str = "PIVOTAL_WEBHOOK_SECRET";

/// A secret as it was read. What is around it is left, because it may be the accident.
pub(crate) type Secret = Zeroizing<String>;

/// Where the secrets of the endpoint are.
#[derive(Args)]
pub(crate) struct SecretOptions {
    /// Read a signing secret from a file
    ///
    /// Repeat it while a secret is rotated. Without it and `--secret-env`, the secret is read from the
    /// environment variable `PIVOTAL_WEBHOOK_SECRET`, or asked for.
    #[arg(long, value_name = "FILE", help_heading = "Endpoint")]
    secret_file: Vec<PathBuf>,

    /// Read a signing secret from an environment variable of this name
    #[arg(long, value_name = "NAME", help_heading = "Endpoint")]
    secret_env: Vec<String>,
}

impl SecretOptions {
    /// The secrets, of which there is at least one.
    pub(crate) fn read(&self) -> Result<Vec<Secret>> {
        let files = self.secret_file.iter().map(|path| from_file(path));
        let named = files.chain(self.secret_env.iter().map(|name| from_named_variable(name)));
        let named = named.collect::<Result<Vec<_>>>()?;
        if !named.is_empty() {
            return Ok(named);
        }
        if let Some(secret) = from_variable(VARIABLE)? {
            return Ok(vec![secret]);
        }
        prompt().map(|secret| vec![secret])
    }
}

/// The secret in a file.
pub(crate) fn from_file(path: &Path) -> Result<Secret> {
    let unreadable = |error: &std::io::Error| {
        Failure { exit: Exit::Secret, ..Failure::reading(path, error) }
            .help("`--secret-file` takes the path of a file that holds one secret")
    };
    fs::read_to_string(path).map(Zeroizing::new).map_err(|error| unreadable(&error))
}

fn from_named_variable(name: &str) -> Result<Secret> {
    from_variable(name)?.ok_or_else(|| {
        Failure::new(Exit::Secret, format!("the environment variable `{name}` is not set"))
            .help("`--secret-env` takes the name of a variable, not the secret")
    })
}

fn from_variable(name: &str) -> Result<Option<Secret>> {
    match env::var(name) {
        Ok(secret) => Ok(Some(Zeroizing::new(secret))),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Failure::new(
            Exit::Secret,
            format!("the environment variable `{name}` is not UTF-8"),
        )),
    }
}

/// Asks for the secret on the terminal, and shows nothing of what is typed.
fn prompt() -> Result<Secret> {
    let none = || {
        Failure::new(Exit::Secret, "no signing secret was found").help(format!(
            "set {VARIABLE}, or name a file with `--secret-file`; on a terminal the tool asks for it"
        ))
    };
    // A prompt reads from the terminal even if a delivery comes through a pipe. Without any terminal,
    // nobody can answer.
    if !stdin().is_terminal() && !std::io::stderr().is_terminal() {
        return Err(none());
    }
    let typed = rpassword::prompt_password("Signing secret (not shown): ").map_err(|_| none())?;
    Ok(Zeroizing::new(typed))
}
