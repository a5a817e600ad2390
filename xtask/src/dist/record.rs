//! What became of each artefact, and the table of platforms in the documentation.

use std::{fmt, fs};

use super::artefact::{Artefact, Form};
use crate::{
    failure::{About as _, Failure, Result},
    shell,
};

/// What became of one artefact.
pub(crate) struct Record<'a> {
    pub(crate) artefact: &'a Artefact,
    pub(crate) built: Step,
    pub(crate) ran: Step,
}

/// The result of a step.
pub(crate) enum Step {
    /// It was done; what is worth knowing about it.
    Done(String),
    /// This machine can't do it; why.
    Left(String),
    /// It should have worked.
    Failed(String),
}

impl Step {
    pub(crate) fn of(result: Result<Self>) -> Self {
        result.unwrap_or_else(|failure| Self::Failed(failure.to_string()))
    }

    pub(crate) const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    pub(crate) const fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    fn cell(&self, no: &str) -> String {
        match self {
            Self::Done(text) => text.clone(),
            Self::Left(text) => format!("{no}: {text}"),
            Self::Failed(_) => "failed".to_owned(),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(text) => write!(f, "ok, {text}"),
            Self::Left(text) => write!(f, "left out: {text}"),
            Self::Failed(text) => write!(f, "FAILED: {text}"),
        }
    }
}

/// The lines that a person reads at the end.
pub(crate) fn summary(records: &[Record<'_>]) -> String {
    let lines = records.iter().map(|Record { artefact, built, ran }| {
        format!("{}\n    built  {built}\n    run    {ran}\n", artefact.name)
    });
    lines.collect()
}

const BEGIN: &str = "<!-- `cargo xtask dist` writes this table. -->\n\n";
const END: &str = "\n<!-- The end of the table. -->\n";

/// Replaces the table in `docs/platforms.md`.
pub(crate) fn write_table(records: &[Record<'_>]) -> Result {
    let path = shell::root().join("docs/platforms.md");
    let text = fs::read_to_string(&path).about(path.display())?;
    let (Some((before, _)), Some((_, after))) = (text.split_once(BEGIN), text.split_once(END))
    else {
        return Err(Failure::new("docs/platforms.md lacks the marks around its table"));
    };
    fs::write(&path, [before, BEGIN, &table(records), END, after].concat()).about(path.display())
}

fn table(records: &[Record<'_>]) -> String {
    let head = "| artefact | platform | built | run |\n| --- | --- | --- | --- |\n";
    let rows = records.iter().map(|Record { artefact, built, ran }| {
        let (built, ran) = (built.cell("no"), ran.cell("not run"));
        format!("| {} | {} | {built} | {ran} |\n", kind(artefact), artefact.platform)
    });
    [head.to_owned()].into_iter().chain(rows).collect()
}

fn kind(artefact: &Artefact) -> String {
    match &artefact.form {
        Form::Crates => "crates".to_owned(),
        Form::Sdist => "source distribution".to_owned(),
        Form::Npm => "`pivotal-webhooks` and `pivotal-webhooks-wasm`".to_owned(),
        Form::Wheel(wheel) => format!("wheel `{}`", wheel.tag),
        Form::Addon(addon) => format!("`pivotal-webhooks-{}`", addon.platform),
    }
}
