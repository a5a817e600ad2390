//! What a command writes: text for people, or JSON.

use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};
use pivotal_webhooks::{Dialect, ErrorCode};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{arguments::Global, exit::Exit, failure::Failure};

/// How the core's texts spell options.
pub(crate) const DIALECT: Dialect = Dialect::CommandLine;

/// For what succeeded.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// For what was refused, and for errors.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// For what is worth a look.
pub(crate) const NOTE: Style = AnsiColor::Yellow.on_default();
/// For labels, and for what matters less.
pub(crate) const DIM: Style = Style::new().dimmed();
/// For the subject of a block of lines.
pub(crate) const TITLE: Style = Style::new().bold();

/// Writes the results of a command. Colours are written to terminals only, and not with `NO_COLOR`.
#[derive(Clone)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        global.color.write_global();
        Self { json: global.json }
    }

    /// Whether results are wanted as JSON, and no text.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Writes one result: as JSON, or the lines that `text` makes.
    pub(crate) fn result(
        &self,
        value: &impl Serialize,
        text: impl FnOnce(&mut Lines) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut lines = Lines { stream: anstream::stdout().lock() };
        if self.json {
            lines.json(value)?;
        } else {
            text(&mut lines)?;
        }
        lines.stream.flush()
    }

    /// Writes a text for other programs, as it is.
    pub(crate) fn text(&self, text: &[u8]) -> io::Result<()> {
        let mut stream = io::stdout().lock();
        stream.write_all(text)?;
        stream.flush()
    }

    /// Writes what is of interest to a person and is no result: to the standard error, and not with
    /// `--json`.
    pub(crate) fn note(&self, text: &str) {
        if !self.json {
            // A note that can't be written changes no result.
            let _ = writeln!(anstream::stderr(), "{NOTE}note:{NOTE:#} {text}");
        }
    }

    /// Writes why the command failed, and returns its exit code.
    pub(crate) fn failure(&self, failure: &Failure) -> Exit {
        if failure.exit == Exit::Ok {
            return Exit::Ok;
        }
        let Failure { exit, message, help, code } = failure;
        let mut stream = anstream::stderr().lock();
        let written = if self.json {
            let docs = code.map(ErrorCode::docs);
            let error = json!({
                "error": {
                    "kind": exit.name(), "code": code.map(ErrorCode::as_str), "message": message, "help": help, "docs": docs,
                },
                "exit": exit.code(),
            });
            writeln!(stream, "{}", without_nulls(error))
        } else {
            let line = |label: &str, text: &str| format!("\n{DIM}{label}:{DIM:#} {text}");
            let help = help.as_ref().map(|help| line("help", help)).unwrap_or_default();
            let docs = code.map(|code| line("docs", &code.docs())).unwrap_or_default();
            writeln!(stream, "{BAD}error:{BAD:#} {message}{help}{docs}")
        };
        // The exit code says it too.
        let _ = written;
        *exit
    }
}

/// Lines on the standard output.
pub(crate) struct Lines {
    stream: anstream::AutoStream<io::StdoutLock<'static>>,
}

impl Lines {
    /// A line.
    pub(crate) fn line(&mut self, text: impl std::fmt::Display) -> io::Result<()> {
        writeln!(self.stream, "{text}")
    }

    /// An indented line with a label.
    pub(crate) fn field(&mut self, label: &str, text: impl std::fmt::Display) -> io::Result<()> {
        writeln!(self.stream, "  {DIM}{label:<9}{DIM:#}{text}")
    }

    /// An indented line with a label, if there is something to say.
    pub(crate) fn optional(
        &mut self,
        label: &str,
        text: Option<impl std::fmt::Display>,
    ) -> io::Result<()> {
        text.map_or(Ok(()), |text| self.field(label, text))
    }

    /// Bytes, as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let value = without_nulls(serde_json::to_value(value)?);
        writeln!(self.stream, "{value}")
    }
}

/// The object without its members that are null, and the same for the objects inside it.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, value)| (name, without_nulls(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
