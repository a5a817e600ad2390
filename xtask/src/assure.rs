//! Measures what the core promises, and writes `docs/assurance.md`.

use std::fs;

use serde_json::json;

use crate::{
    debian,
    failure::{About as _, Failure, Result},
    shell::{self, Shell, cargo},
    template,
};

/// The program, and Debian's package of it.
const VALGRIND: &str = "valgrind";
const DOCUMENT: &str = "docs/assurance.md";

/// |t| of a pair whose calls take the same time.
const LARGEST_T: f64 = 4.5;
/// |t| of a faulty verifier.
const SMALLEST_CONTROL_T: f64 = 100.0;
/// A busy machine can disturb one run. A difference is there in every run.
const RUNS: usize = 3;
const RUNS_WITHIN: usize = 2;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    Quick,
    Deep,
}

impl Depth {
    const fn samples(self) -> u32 {
        match self {
            Self::Quick => 100_000,
            Self::Deep => 1_000_000,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Quick => "--quick",
            Self::Deep => "--deep",
        }
    }
}

/// Measures everything, writes the document, and fails if a goal is missed.
pub(crate) fn run(depth: Depth) -> Result {
    build()?;
    let mut figures = secrets()?;
    figures.extend(timing(depth)?);
    let text = document(depth, &figures)?;
    fs::write(shell::root().join(DOCUMENT), text).about(DOCUMENT)?;
    judge(&figures)
}

/// Measures what is the same on every machine, idle or busy.
pub(crate) fn check() -> Result {
    if !cfg!(target_os = "linux") {
        println!("skipped: valgrind is used on Linux only");
        return Ok(());
    }
    build()?;
    cargo(["clippy", "--locked", "--all-targets", "--package", "pivotal-webhooks-assurance"])
        .args(["--", "--deny", "warnings"])
        .run()?;
    judge(&secrets()?)
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
struct Figure {
    method: &'static str,
    about: String,
    measured: String,
    goal: String,
    is_met: bool,
}

/// Branches and addresses that depend on a key.
fn secrets() -> Result<Vec<Figure>> {
    println!("-- the core under memcheck, with its keys marked");
    let output = Shell::new(VALGRIND)
        .args(["--tool=memcheck", "--error-limit=no", "--quiet", "--log-file=/dev/null"])
        .arg(program("secrets"))
        .output()?;
    let mut cases = Vec::new();
    let mut controls = Vec::new();
    for line in output.lines() {
        let (name, reports) = line.split_once('\t').about_line(line)?;
        let reports: u32 = reports.parse().about(line)?;
        match name.strip_prefix("control, ") {
            Some(control) => controls.push((control.to_owned(), reports)),
            None => cases.push((name.to_owned(), reports)),
        }
    }
    let method = "memcheck";
    let total: u32 = cases.iter().map(|(_, reports)| reports).sum();
    let mut figures = vec![Figure {
        method,
        about: format!("reports in {} cases of the core", cases.len()),
        measured: total.to_string(),
        goal: "0".into(),
        is_met: total == 0 && !cases.is_empty(),
    }];
    figures.extend(cases.into_iter().filter(|(_, reports)| *reports > 0).map(|(name, reports)| {
        Figure {
            method,
            about: name,
            measured: reports.to_string(),
            goal: "0".into(),
            is_met: false,
        }
    }));
    figures.extend(controls.into_iter().map(|(name, reports)| Figure {
        method,
        about: format!("reports in a control that {name}"),
        measured: reports.to_string(),
        goal: "at least 1".into(),
        is_met: reports > 0,
    }));
    Ok(figures)
}

/// Differences in time that depend on a key.
fn timing(depth: Depth) -> Result<Vec<Figure>> {
    let mut results: Vec<(String, Vec<f64>)> = Vec::new();
    for run in 1..=RUNS {
        println!("-- dudect, run {run} of {RUNS}");
        let output = Shell::new(program("timing"))
            .env("PIVOTAL_SAMPLES", depth.samples().to_string())
            .output()?;
        for (pair, t) in output.lines().filter_map(largest_t) {
            match results.iter_mut().find(|(name, _)| *name == pair) {
                Some((_, runs)) => runs.push(t),
                None => results.push((pair, vec![t])),
            }
        }
    }
    let count = depth.samples();
    let figures = results.into_iter().map(|(pair, runs)| {
        let measured: Vec<String> = runs.iter().map(|t| format!("{t:.1}")).collect();
        let control = pair.strip_prefix("control ");
        let within = runs.iter().filter(|t| **t < LARGEST_T).count();
        Figure {
            method: "dudect",
            about: match control {
                Some(control) => format!("\\|t\\| of a control that {control}"),
                None => format!("\\|t\\| of {pair}, {count} calls"),
            },
            measured: measured.join(", "),
            goal: match control {
                Some(_) => format!("above {SMALLEST_CONTROL_T}"),
                None => format!("below {LARGEST_T} in {RUNS_WITHIN} of {RUNS} runs"),
            },
            is_met: match control {
                Some(_) => runs.iter().all(|t| *t > SMALLEST_CONTROL_T),
                None => within >= RUNS_WITHIN,
            },
        }
    });
    let figures: Vec<Figure> = figures.collect();
    if figures.is_empty() { Err(Failure::new("dudect printed no result")) } else { Ok(figures) }
}

/// The name of a pair and its |t|, of a line that dudect-bencher prints.
fn largest_t(line: &str) -> Option<(String, f64)> {
    let (name, result) = line.strip_prefix("bench ")?.split_once("... :")?;
    let (_, t) = result.split_once("max t = ")?;
    let (t, _) = t.split_once(',')?;
    Some((name.trim().replace('_', " "), t.parse::<f64>().ok()?.abs()))
}

fn document(depth: Depth, figures: &[Figure]) -> Result<String> {
    let rows: Vec<_> = figures
        .iter()
        .map(|Figure { method, about, measured, goal, is_met }| {
            let met = if *is_met { "yes" } else { "no" };
            json!({
                "method": method, "about": about, "measured": measured, "goal": goal, "met": met,
            })
        })
        .collect();
    template::render(
        "assurance.md",
        &json!({
            "depth": depth.name(),
            "date": printed("date", &["-u", "+%Y-%m-%d"])?,
            "commit": printed("git", &["rev-parse", "--short=12", "HEAD"])?,
            "compiler": printed("rustc", &["--version"])?,
            "valgrind": printed(VALGRIND, &["--version"])?,
            "processor": processor(),
            "rows": rows,
        }),
    )
}

fn printed(program: &str, arguments: &[&str]) -> Result<String> {
    Ok(Shell::new(program).args(arguments).output()?.trim().to_owned())
}

/// What Linux says of the processor.
fn processor() -> String {
    let facts = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models = facts.lines().filter_map(|line| line.strip_prefix("model name"));
    let model = models.clone().next().map(|line| line.trim_start_matches([' ', '\t', ':']));
    format!("{} processors, {}", models.count(), model.unwrap_or("of an unknown model"))
}

fn program(name: &str) -> std::path::PathBuf {
    shell::target().join("release").join(name)
}

trait AboutLine<T> {
    fn about_line(self, line: &str) -> Result<T>;
}

impl<T> AboutLine<T> for Option<T> {
    fn about_line(self, line: &str) -> Result<T> {
        self.ok_or_else(|| Failure::new(format!("a line of another form was printed: {line}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_dudect_is_read() {
        let line = "bench first_or_third_secret ... : n == +0.100M, max t = -1.69547, max tau = 0";
        assert_eq!(largest_t(line), Some(("first or third secret".into(), 1.69547)));
        assert_eq!(largest_t("running 5 benches"), None);
    }
}
