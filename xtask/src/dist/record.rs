//! What became of each artefact, and the table of platforms in the documentation.

use std::{collections::BTreeMap, fmt, fs, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    artefact::{ARTEFACTS, Artefact, Form},
    folder,
};
use crate::{
    failure::{About as _, Failure, Result},
    shell,
};

/// What became of one artefact.
#[derive(Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) built: Step,
    pub(crate) ran: Step,
    /// The day of both, in UTC.
    pub(crate) date: String,
}

impl Record {
    pub(crate) const fn is_failed(&self) -> bool {
        self.built.is_failed() || self.ran.is_failed()
    }
}

/// The result of a step.
#[derive(Serialize, Deserialize)]
pub(crate) enum Step {
    /// It was done; what is worth knowing about it.
    Done(String),
    /// This machine can't do it; why.
    Left(String),
    /// It should have worked.
    Failed(String),
}

/// The records of all artefacts by name, of this run and of earlier ones into the same folder.
pub(crate) struct Records {
    all: BTreeMap<String, Record>,
}

impl Records {
    pub(crate) fn read() -> Result<Self> {
        let all = match fs::read_to_string(file()) {
            Ok(text) => serde_json::from_str(&text).about(file().display())?,
            Err(_) => BTreeMap::new(),
        };
        Ok(Self { all })
    }

    /// Keeps what became of an artefact, also if the run ends before its other artefacts.
    pub(crate) fn keep(&mut self, artefact: &Artefact, built: Step, ran: Step) -> Result {
        let record = Record { built, ran, date: shell::today()? };
        self.all.insert(artefact.name.to_owned(), record);
        self.write()
    }

    /// Keeps how an artefact that was built ran.
    pub(crate) fn set_run(&mut self, artefact: &Artefact, ran: Step) -> Result {
        if let Some(record) = self.all.get_mut(artefact.name) {
            record.ran = ran;
        }
        self.write()
    }

    fn write(&self) -> Result {
        fs::write(file(), serde_json::to_string_pretty(&self.all)?).about(file().display())
    }

    pub(crate) fn of(&self, artefact: &Artefact) -> Option<&Record> {
        self.all.get(artefact.name)
    }
}

fn file() -> PathBuf {
    folder().join("records.json")
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
pub(crate) fn summary(artefacts: &[&Artefact], records: &Records) -> String {
    let lines = artefacts.iter().filter_map(|artefact| {
        let Record { built, ran, .. } = records.of(artefact)?;
        Some(format!("{}\n    built  {built}\n    run    {ran}\n", artefact.name))
    });
    lines.collect()
}

const BEGIN: &str = "<!-- `cargo xtask dist` writes this table. -->\n\n";
const END: &str = "\n<!-- The end of the table. -->\n";

/// Replaces the table in `docs/platforms.md`, if there is a record of every artefact.
pub(crate) fn write_table(records: &Records) -> Result {
    let lacking: Vec<&str> = ARTEFACTS
        .iter()
        .filter(|artefact| records.of(artefact).is_none())
        .map(|artefact| artefact.name)
        .collect();
    if !lacking.is_empty() {
        println!("\nThe table in docs/platforms.md stays, for want of {}", lacking.join(", "));
        return Ok(());
    }
    let path = shell::root().join("docs/platforms.md");
    let text = fs::read_to_string(&path).about(path.display())?;
    let (Some((before, _)), Some((_, after))) = (text.split_once(BEGIN), text.split_once(END))
    else {
        return Err(Failure::new("docs/platforms.md lacks the marks around its table"));
    };
    fs::write(&path, [before, BEGIN, &table(records), END, after].concat()).about(path.display())
}

fn table(records: &Records) -> String {
    let head = "| artefact | platform | built | run | date |\n| --- | --- | --- | --- | --- |\n";
    let rows = ARTEFACTS.iter().filter_map(|artefact| {
        let Record { built, ran, date } = records.of(artefact)?;
        let (built, ran) = (built.cell("not built"), ran.cell("not run"));
        Some(format!("| {} | {} | {built} | {ran} | {date} |\n", kind(artefact), artefact.platform))
    });
    [head.to_owned()].into_iter().chain(rows).collect()
}

fn kind(artefact: &Artefact) -> String {
    match &artefact.form {
        Form::Crates => "crates".to_owned(),
        Form::Sdist => "source distribution of `pivotal-webhooks`".to_owned(),
        Form::ProgramSdist => "source distribution of `pivotal-webhooks-cli`".to_owned(),
        Form::Sbom => "lists of the crates in each package (SBOM)".to_owned(),
        Form::SecondBuild => "second build in another folder".to_owned(),
        Form::Npm => {
            "`pivotal-webhooks`, `pivotal-webhooks-wasm` and `pivotal-webhooks-cli`".to_owned()
        }
        Form::Wheel(wheel) => format!("wheel `{}`", wheel.tag),
        Form::Addon(addon) => format!("`pivotal-webhooks-{}`", addon.platform),
        Form::Program(program) => format!("`pivotal-webhooks-cli-{}`, wheel", program.platform),
    }
}
