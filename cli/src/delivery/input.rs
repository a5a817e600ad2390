//! Reads the deliveries that a command is about.

use std::{
    io::{IsTerminal as _, stdin},
    path::{Path, PathBuf},
};

use clap::Args;

use super::{
    Delivery, Found,
    form::Form,
    parts::{self, Parts},
};
use crate::{
    exit::Exit,
    failure::{Failure, Result},
};

/// Where the deliveries are.
#[derive(Args)]
pub(crate) struct InputOptions {
    /// Files with deliveries; `-`, the default, is the standard input
    ///
    /// The form of each file is guessed unless `--form` names it.
    #[arg(value_name = "FILE", conflicts_with_all = ["headers", "body"])]
    files: Vec<PathBuf>,

    /// The form of the files
    #[arg(long, value_enum)]
    form: Option<Form>,

    #[command(flatten)]
    parts: Parts,
}

/// A delivery, and where it comes from.
pub(crate) struct Input {
    pub(crate) delivery: Delivery,
    /// The file, and which of its deliveries this is.
    pub(crate) source: String,
    /// Its form; nothing for a delivery from options.
    pub(crate) form: Option<Form>,
    /// Whether the form is a guess.
    pub(crate) is_guessed: bool,
    /// See [`Found::notes`].
    pub(crate) notes: Vec<String>,
}

impl Input {
    /// Where the delivery comes from and which form it has, in words.
    pub(crate) fn origin(&self) -> String {
        let Self { source, form, is_guessed, .. } = self;
        let how = if *is_guessed { "guessed to be" } else { "read as" };
        form.map_or_else(|| source.clone(), |form| format!("{source}, {how} {}", form.title()))
    }
}

impl InputOptions {
    /// All deliveries, of which there is at least one.
    pub(crate) fn read(&self) -> Result<Vec<Input>> {
        if let Some(delivery) = self.parts.read()? {
            let source = "options".to_owned();
            let notes = Vec::new();
            return Ok(vec![Input { delivery, source, form: None, is_guessed: false, notes }]);
        }
        let standard_input = [PathBuf::from("-")];
        let files = if self.files.is_empty() {
            if stdin().is_terminal() {
                return Err(Failure::new(Exit::Usage, "no delivery was passed").help(
                    "name a file, pipe a delivery into the tool, or pass `--header` and `--body`",
                ));
            }
            &standard_input
        } else {
            &self.files[..]
        };
        let mut inputs = Vec::new();
        for file in files {
            inputs.extend(self.read_file(file)?);
        }
        Ok(inputs)
    }

    fn read_file(&self, path: &Path) -> Result<Vec<Input>> {
        let file = if path == Path::new("-") {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let bytes = parts::bytes(path)?;
        let form = self.form.or_else(|| Form::guess(&bytes)).ok_or_else(|| {
            Failure::new(Exit::Input, format!("the form of `{file}` is not known"))
                .help("name it with `--form`, or pass `--header` and `--body`")
        })?;
        let found = form.read(&bytes).map_err(|why| {
            Failure::new(Exit::Input, format!("`{file}` can't be read as {}: {why}", form.title()))
                .help("if it has another form, name it with `--form`")
        })?;
        let is_guessed = self.form.is_none();
        let input = |found: Found| Input {
            delivery: found.delivery,
            source: found.name.map_or_else(|| file.clone(), |name| format!("{file}, {name}")),
            form: Some(form),
            is_guessed,
            notes: found.notes,
        };
        Ok(found.into_iter().map(input).collect())
    }
}
