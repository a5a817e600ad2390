//! Measures the speed, and writes `docs/benchmarks.md`.
//!
//! A part with results leaves them in `target/bench/PART.json`: for each size and case the nanoseconds
//! per call of every round. The page is made of the results that are there, so that one part can be
//! measured again by itself.

use std::{
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    assure, chromium,
    failure::{About as _, Failure, Result},
    servers,
    setup::Machine,
    shell::{self, Shell, cargo},
    template,
};

const DOCUMENT: &str = "docs/benchmarks.md";

/// Tells a bench where its results are written.
const RESULTS: &str = "PIVOTAL_BENCH_RESULTS";

type Part = fn(&Machine, &Path) -> Result;

/// The parts by name. Only `core` and `node` write results; the others print theirs.
const PARTS: [(&str, Part); 7] = [
    ("core", |_, results| {
        cargo(["bench", "--locked", "--package", "pivotal-webhooks", "--bench", "ratio"])
            .env(RESULTS, results)
            .run()
    }),
    ("node", |machine, results| {
        machine.node_with_builds()?;
        Shell::new("node").arg("bindings-node/bench/peers.mjs").env(RESULTS, results).run()
    }),
    ("python", |machine, _| {
        let python = machine.python_with_wheel()?;
        Shell::new(&python).arg("bindings-python/bench/unwrap.py").run()?;
        let site = machine.python_bench()?;
        Shell::new(&python).arg("bindings-python/bench/peers.py").env("PYTHONPATH", site).run()
    }),
    ("throughput", |machine, _| {
        let python = machine.python_with_wheel()?;
        machine.node_with_builds()?;
        Shell::new(&python).arg("bindings-python/bench/throughput.py").run()?;
        Shell::new("node").arg("bindings-node/bench/throughput.mjs").run()
    }),
    ("once", |machine, _| {
        servers::install()?;
        let python = machine.python_with_wheel()?;
        machine.node_with_builds()?;
        let tests = shell::root().join("bindings-python/tests");
        for program in ["cost_of_once.py", "bytes_of_once.py", "throughput_of_once.py"] {
            let file = shell::root().join("bindings-python/bench").join(program);
            Shell::new(&python).arg(file).env("PYTHONPATH", &tests).run()?;
        }
        Shell::new("node").arg("bindings-node/bench/once.mjs").run()?;
        Shell::new("node").arg("bindings-node/bench/throughput-of-once.mjs").run()
    }),
    ("criterion", |_, _| {
        cargo(["bench", "--locked", "--package", "pivotal-webhooks", "--bench", "verify"]).run()
    }),
    ("javascript", |machine, _| {
        machine.node_with_builds()?;
        Shell::new("node").arg("bindings-node/bench/unwrap.mjs").run()?;
        Shell::new("node").arg("bindings-wasm/bench/webhooks.mjs").run()?;
        Shell::new("node")
            .arg("bindings-wasm/bench/cold.mjs")
            .env("CHROMIUM", chromium::installed().unwrap_or_default())
            .run()
    }),
];

/// What a goal compares, for each size, with the median of the rounds.
#[derive(Clone, Copy)]
enum Goal {
    /// The first case takes at most this many nanoseconds.
    Within(f64),
    /// The first case takes at most this many nanoseconds more than the second.
    Beyond(f64),
    /// The first case takes at most this many times as long as the second.
    AtMost(f64),
    /// The first case takes at least this many times as long as the second.
    AtLeast(f64),
}

impl Goal {
    fn value(self, one: f64, other: f64) -> f64 {
        match self {
            Self::Within(_) => one,
            Self::Beyond(_) => one - other,
            Self::AtMost(_) | Self::AtLeast(_) => one / other,
        }
    }

    fn is_met(self, value: f64) -> bool {
        match self {
            Self::Within(most) | Self::Beyond(most) | Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }

    fn figure(self, first: &str, second: &str) -> String {
        match self {
            Self::Within(_) => first.to_owned(),
            Self::Beyond(_) => format!("{first} − {second}"),
            Self::AtMost(_) | Self::AtLeast(_) => format!("{first} / {second}"),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Within(most) | Self::Beyond(most) => format!("at most {most} ns"),
            Self::AtMost(most) => format!("at most {most}"),
            Self::AtLeast(least) => format!("at least {least}"),
        }
    }
}

/// The part, the two cases, the goal, and the sizes in bytes that it holds for.
type GoalRow = (&'static str, &'static str, &'static str, Goal, RangeInclusive<u64>);

const ALL: RangeInclusive<u64> = 0..=u64::MAX;

const GOALS: [GoalRow; 9] = [
    ("core", "verify_signature", "limit", Goal::Beyond(130.0), 1024..=1024),
    ("core", "verify_signature", "limit", Goal::AtMost(1.03), 16_384..=u64::MAX),
    ("core", "refused: header_missing", "limit", Goal::Within(150.0), ALL),
    ("node", "svix", "native", Goal::AtLeast(20.0), ALL),
    ("node", "by hand", "native", Goal::AtLeast(3.0), 0..=2048),
    ("node", "svix", "wasm", Goal::AtLeast(8.0), 0..=512),
    ("node", "svix", "wasm", Goal::AtLeast(6.0), 513..=2048),
    ("node", "svix", "wasm", Goal::AtLeast(8.0), 1_000_000..=u64::MAX),
    ("node", "by hand", "wasm", Goal::AtLeast(1.0), 0..=512),
];

#[derive(Deserialize)]
struct Results {
    runtime: String,
    clock: String,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    bytes: u64,
    case: String,
    /// Nanoseconds per call.
    rounds: Vec<f64>,
}

/// Measures the parts with these names, or all of them, and writes the page.
pub(crate) fn run(only: &[String]) -> Result {
    if let Some(unknown) = only.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        let names = PARTS.map(|(name, _)| name).join(", ");
        return Err(Failure::new(format!("there is no part {unknown}; there are: {names}")));
    }
    let machine = Machine::detect()?;
    fs::create_dir_all(folder())?;
    for (name, part) in PARTS {
        if only.is_empty() || only.iter().any(|wanted| wanted == name) {
            println!("\n== {name}");
            part(&machine, &file(name))?;
        }
    }
    let text = document()?;
    fs::write(shell::root().join(DOCUMENT), text).about(DOCUMENT)
}

fn folder() -> PathBuf {
    shell::target().join("bench")
}

fn file(part: &str) -> PathBuf {
    folder().join(format!("{part}.json"))
}

fn document() -> Result<String> {
    let mut parts = Vec::new();
    let mut goals = Vec::new();
    for (name, _) in PARTS {
        let Ok(text) = fs::read_to_string(file(name)) else { continue };
        let results: Results = serde_json::from_str(&text).about(name)?;
        goals.extend(goal_rows(name, &results));
        parts.push(part(name, &results));
    }
    template::render(
        "benchmarks.md",
        &json!({
            "date": assure::printed("date", &["-u", "+%Y-%m-%d"])?,
            "commit": assure::printed("git", &["rev-parse", "--short=12", "HEAD"])?,
            "compiler": assure::printed("rustc", &["--version"])?,
            "processor": assure::processor(),
            "load": fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".into())
                .split(' ').next(),
            "parts": parts,
            "goals": goals,
        }),
    )
}

/// The median time of each case, by size.
fn part(name: &str, results: &Results) -> Value {
    let mut sizes: Vec<u64> = results.rows.iter().map(|row| row.bytes).collect();
    sizes.dedup();
    let cases: Vec<&str> = sizes.first().map_or_else(Vec::new, |size| {
        let of_size = results.rows.iter().filter(|row| row.bytes == *size);
        of_size.map(|row| row.case.as_str()).collect()
    });
    let rows: Vec<_> = cases
        .iter()
        .map(|case| {
            let times = sizes.iter().map(|size| {
                rounds(results, *size, case).map_or_else(
                    || "–".into(),
                    |rounds| format!("{:.0}", quartiles(rounds.iter().copied()).1),
                )
            });
            json!({ "case": case, "times": times.collect::<Vec<_>>() })
        })
        .collect();
    let Results { runtime, clock, .. } = results;
    let count = results.rows.first().map_or(0, |row| row.rounds.len());
    json!({
        "name": name, "runtime": runtime, "clock": clock, "count": count, "sizes": sizes, "rows": rows,
    })
}

fn goal_rows(part: &str, results: &Results) -> Vec<Value> {
    let mut sizes: Vec<u64> = results.rows.iter().map(|row| row.bytes).collect();
    sizes.dedup();
    let mut rows = Vec::new();
    for (of_part, first, second, goal, range) in &GOALS {
        for size in sizes.iter().filter(|size| *of_part == part && range.contains(size)) {
            let pair = (rounds(results, *size, first), rounds(results, *size, second));
            let (Some(one), Some(other)) = pair else { continue };
            let (low, median, high) =
                quartiles(one.iter().zip(other).map(|(one, other)| goal.value(*one, *other)));
            let places = if matches!(goal, Goal::Within(_) | Goal::Beyond(_)) { 0 } else { 2 };
            rows.push(json!({
                "figure": goal.figure(first, second),
                "part": part,
                "bytes": size,
                "measured": format!("{median:.places$} ({low:.places$} to {high:.places$})"),
                "goal": goal.text(),
                "met": if goal.is_met(median) { "yes" } else { "no" },
            }));
        }
    }
    rows
}

fn rounds<'r>(results: &'r Results, size: u64, case: &str) -> Option<&'r [f64]> {
    let row = results.rows.iter().find(|row| row.bytes == size && row.case == case)?;
    Some(&row.rounds)
}

/// The lower quartile, the median and the upper quartile.
fn quartiles(values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = |quarter: usize| {
        let last = values.len().saturating_sub(1);
        values.get(last.saturating_mul(quarter) / 4).copied().unwrap_or(f64::NAN)
    };
    (at(1), at(2), at(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_compared_with_the_median_of_the_rounds() {
        let row = |case: &str, rounds: [f64; 3]| Row {
            bytes: 1024,
            case: case.into(),
            rounds: rounds.into(),
        };
        let results = |verify| Results {
            runtime: "Rust".into(),
            clock: "time of the thread".into(),
            rows: vec![row("limit", [600.0, 650.0, 700.0]), row("verify_signature", verify)],
        };
        let met =
            |verify| goal_rows("core", &results(verify)).first().map(|row| row["met"].clone());
        assert_eq!(met([720.0, 770.0, 990.0]), Some("yes".into()));
        assert_eq!(met([720.0, 790.0, 990.0]), Some("no".into()));
    }
}
