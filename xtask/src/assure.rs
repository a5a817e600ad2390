//! Measures what the core promises, and writes `docs/assurance.md`.

use std::{fs, path::PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    debian,
    failure::{About as _, Failure, Result},
    setup::Machine,
    shell::{self, Shell, cargo},
    template,
};

mod coverage;
mod fuzz;
mod hosts;
mod keys;
mod load;
mod timing;

/// The program, and Debian's package of it.
const VALGRIND: &str = "valgrind";
pub(crate) const DOCUMENT: &str = "docs/assurance.md";
const RECORDS: &str = "assurance/records";

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    Quick,
    Deep,
}

impl Depth {
    const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Deep => "deep",
        }
    }
}

type Measure = fn(&Machine, Depth) -> Result<Vec<Figure>>;

/// The parts in the order of the document.
const PARTS: &[(&str, Measure)] = &[
    ("memcheck", keys::measure),
    ("dudect", timing::measure),
    ("fuzzing", fuzz::measure),
    ("differential", hosts::measure),
    ("coverage", coverage::measure),
    ("load", load::attack),
    ("soak", load::soak),
];

/// Measures these parts, or all of them, writes the document, and fails if a goal is missed.
///
/// Each part is recorded when it ends, so that a run that was interrupted goes on with `--only`.
pub(crate) fn run(depth: Depth, only: &[String]) -> Result {
    if let Some(unknown) = only.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        let parts: Vec<&str> = PARTS.iter().map(|(part, _)| *part).collect();
        return Err(Failure::new(format!("{unknown} is none of the parts: {}", parts.join(", "))));
    }
    let machine = Machine::detect()?;
    let is_wanted = |part: &str| only.is_empty() || only.iter().any(|name| name == part);
    let mut figures = Vec::new();
    for (part, measure) in PARTS.iter().filter(|(part, _)| is_wanted(part)) {
        println!("-- {part}");
        let measured = measure(&machine, depth)?;
        Record::of(depth, &measured)?.write(part)?;
        fs::write(shell::root().join(DOCUMENT), document()?).about(DOCUMENT)?;
        figures.extend(measured);
    }
    judge(&figures)
}

/// Fuzzes the core and sends random deliveries and bodies through every language. The amounts are numbers
/// of runs, so that a busy machine checks the same as an idle one.
pub(crate) fn check(machine: &Machine) -> Result {
    if !cfg!(target_os = "linux") {
        println!("skipped: the fuzz targets are built for Linux only");
        return Ok(());
    }
    let mut figures = fuzz::measure(machine, Depth::Quick)?;
    figures.extend(hosts::measure(machine, Depth::Quick)?);
    judge(&figures)
}

/// Looks for branches and addresses that depend on a key.
pub(crate) fn check_keys(machine: &Machine) -> Result {
    if !cfg!(target_os = "linux") {
        println!("skipped: valgrind is used on Linux only");
        return Ok(());
    }
    let figures = keys::measure(machine, Depth::Quick)?;
    cargo(["clippy", "--locked", "--all-targets", "--package", "pivotal-webhooks-assurance"])
        .args(["--", "--deny", "warnings"])
        .run()?;
    judge(&figures)
}

fn build() -> Result {
    debian::ensure(VALGRIND, &[VALGRIND])?;
    cargo(["build", "--locked", "--release", "--package", "pivotal-webhooks-assurance"]).run()
}

fn judge(figures: &[Figure]) -> Result {
    for Figure { about, measured, goal, is_met, .. } in figures {
        let verdict = if *is_met { "ok" } else { "MISSED" };
        println!("{verdict:>6}  {about}: {measured} (goal: {goal})");
    }
    match figures.iter().filter(|figure| !figure.is_met).count() {
        0 => Ok(()),
        missed => Err(Failure::new(format!("{missed} goals were missed"))),
    }
}

/// One row of the document.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Figure {
    about: String,
    measured: String,
    goal: String,
    is_met: bool,
}

/// What one part measured, and where. The records are committed, so that a part can be measured alone.
#[derive(Deserialize, Serialize)]
struct Record {
    depth: String,
    date: String,
    commit: String,
    compiler: String,
    processor: String,
    figures: Vec<Figure>,
}

impl Record {
    fn of(depth: Depth, figures: &[Figure]) -> Result<Self> {
        Ok(Self {
            depth: depth.name().to_owned(),
            date: printed("date", &["-u", "+%Y-%m-%d"])?,
            commit: printed("git", &["rev-parse", "--short=12", "HEAD"])?,
            compiler: printed("rustc", &["--version"])?,
            processor: processor(),
            figures: figures.to_vec(),
        })
    }

    fn write(&self, part: &str) -> Result {
        let file = Self::file(part);
        let text = serde_json::to_string_pretty(self).about(part)?;
        fs::write(&file, text + "\n").about(file.display().to_string())
    }

    fn read(part: &str) -> Result<Option<Self>> {
        let file = Self::file(part);
        let Ok(text) = fs::read_to_string(&file) else {
            return Ok(None);
        };
        serde_json::from_str(&text).map(Some).about(file.display().to_string())
    }

    fn file(part: &str) -> PathBuf {
        shell::root().join(RECORDS).join(format!("{part}.json"))
    }
}

/// The folder of large inputs.
fn folder() -> Result<PathBuf> {
    let folder = shell::work().join("assure");
    fs::create_dir_all(&folder).about(folder.display().to_string())?;
    Ok(folder)
}

/// The page that the records come to.
pub(crate) fn document() -> Result<String> {
    let mut parts = Vec::new();
    for (part, _) in PARTS {
        if let Some(record) = Record::read(part)? {
            parts.push(json!({ "name": part, "record": record }));
        }
    }
    template::render("assurance.md", &json!({ "parts": parts }))
}

pub(crate) fn printed(program: &str, arguments: &[&str]) -> Result<String> {
    Ok(Shell::new(program).args(arguments).output()?.trim().to_owned())
}

/// What Linux says of the processor.
pub(crate) fn processor() -> String {
    let facts = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models = facts.lines().filter_map(|line| line.strip_prefix("model name"));
    let model = models.clone().next().map(|line| line.trim_start_matches([' ', '\t', ':']));
    format!("{} processors, {}", models.count(), model.unwrap_or("of an unknown model"))
}

fn program(name: &str) -> std::path::PathBuf {
    shell::target().join("release").join(name)
}
