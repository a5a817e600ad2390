//! Measures the speed, and writes `docs/benchmarks.md`.
//!
//! A part leaves its tables in `target/bench/PART.json`: for each size and case the nanoseconds per
//! call of every round. The page is made of the tables that are there, so that one part can be measured
//! again by itself; each part says when it was measured.

use std::{
    collections::BTreeSet,
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
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

/// The parts by name. A part that writes no tables prints its figures.
const PARTS: [(&str, Part); 9] = [
    ("core", |_, results| {
        cargo(["bench", "--locked", "--package", "pivotal-webhooks", "--bench", "ratio"])
            .env(RESULTS, results)
            .run()
    }),
    ("rust", |_, results| {
        cargo(["run", "--locked", "--release", "--manifest-path", "assurance/peers/Cargo.toml"])
            .arg("--target-dir")
            .arg(shell::target().join("peers"))
            .env(RESULTS, results)
            .run()
    }),
    ("node", |machine, results| {
        machine.node_with_builds()?;
        Shell::new("node").arg("bindings-node/bench/peers.mjs").env(RESULTS, results).run()
    }),
    ("python", |machine, results| {
        let python = machine.python_with_wheel()?;
        Shell::new(&python).arg("bindings-python/bench/unwrap.py").run()?;
        Shell::new(&python)
            .arg("bindings-python/bench/peers.py")
            .env("PYTHONPATH", machine.python_bench()?)
            .env(RESULTS, results)
            .run()
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
        Shell::new("node").arg("bindings-wasm/bench/durable-objects.mjs").run()?;
        Shell::new("node").arg("bindings-node/bench/throughput-of-once.mjs").run()
    }),
    ("criterion", |_, _| {
        cargo(["bench", "--locked", "--package", "pivotal-webhooks", "--bench", "verify"]).run()
    }),
    ("unwrap", |machine, results| {
        machine.node_with_builds()?;
        Shell::new("node").arg("bindings-node/bench/unwrap.mjs").env(RESULTS, results).run()
    }),
    ("javascript", |machine, _| {
        machine.node_with_builds()?;
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

/// The table, the two cases, the goal, and the sizes in bytes that it holds for.
type GoalRow = (&'static str, &'static str, &'static str, Goal, RangeInclusive<u64>);

const ALL: RangeInclusive<u64> = 0..=u64::MAX;
const SMALL: RangeInclusive<u64> = 0..=512;
const KIBIBYTE: RangeInclusive<u64> = 513..=2048;
const MEBIBYTE: RangeInclusive<u64> = 1_000_000..=u64::MAX;

const GOALS: &[GoalRow] = &[
    ("core", "verify_signature", "limit", Goal::Beyond(130.0), KIBIBYTE),
    ("core", "verify_signature", "limit", Goal::AtMost(1.03), 16_384..=u64::MAX),
    ("core, refused", "header_missing", "header_missing", Goal::Within(150.0), ALL),
    ("core, refused", "header_malformed", "header_malformed", Goal::Within(150.0), ALL),
    ("core, refused", "timestamp_malformed", "timestamp_malformed", Goal::Within(150.0), ALL),
    ("rust", "svix", "verify_signature", Goal::AtLeast(5.0), ALL),
    ("python", "svix", "verify_signature", Goal::AtLeast(15.0), SMALL),
    ("python", "svix", "verify_signature", Goal::AtLeast(10.0), KIBIBYTE),
    ("python", "svix", "verify_signature", Goal::AtLeast(2.0), MEBIBYTE),
    ("python", "verify_signature", "hmac.digest", Goal::AtMost(1.0), ALL),
    ("python", "unwrap", "json.loads", Goal::AtMost(1.0), ALL),
    ("node", "svix", "native", Goal::AtLeast(20.0), ALL),
    ("node", "by hand", "native", Goal::AtLeast(3.0), 0..=2048),
    ("node", "svix", "wasm", Goal::AtLeast(8.0), SMALL),
    ("node", "svix", "wasm", Goal::AtLeast(6.0), KIBIBYTE),
    ("node", "svix", "wasm", Goal::AtLeast(8.0), MEBIBYTE),
    ("node", "by hand", "wasm", Goal::AtLeast(1.0), SMALL),
    ("node, unwrap", "native", "native, verifySignature and JSON.parse", Goal::AtMost(1.3), ALL),
    ("node, unwrap", "wasm", "wasm, verifySignature and JSON.parse", Goal::AtMost(1.5), ALL),
];

/// The tables of a part, and when they were measured.
#[derive(Deserialize, Serialize)]
struct Measured {
    date: String,
    commit: String,
    load: String,
    tables: Vec<Table>,
}

/// What a bench writes.
#[derive(Deserialize, Serialize)]
struct Table {
    name: String,
    /// What the cases are, in sentences.
    about: String,
    runtime: String,
    clock: String,
    rows: Vec<Row>,
}

#[derive(Deserialize, Serialize)]
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
            let results = folder().join("tables.json");
            if results.exists() {
                fs::remove_file(&results)?;
            }
            part(&machine, &results)?;
            if results.exists() {
                record(&results, &file(name))?;
            }
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

fn record(results: &Path, file: &Path) -> Result {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".into());
    let measured = Measured {
        date: assure::printed("date", &["-u", "+%Y-%m-%d"])?,
        commit: assure::printed("git", &["rev-parse", "--short=12", "HEAD"])?,
        load: load.split(' ').next().unwrap_or_default().to_owned(),
        tables: serde_json::from_str(&fs::read_to_string(results)?).about("the tables")?,
    };
    fs::write(file, serde_json::to_string(&measured).about("the tables")?)?;
    Ok(())
}

fn document() -> Result<String> {
    let mut tables = Vec::new();
    let mut goals = Vec::new();
    for (name, _) in PARTS {
        let Ok(text) = fs::read_to_string(file(name)) else { continue };
        let Measured { date, commit, load, tables: of_part } =
            serde_json::from_str(&text).about(name)?;
        for table in &of_part {
            goals.extend(goal_rows(table));
            let measured = json!({ "date": date, "commit": commit, "load": load });
            tables.push(shown(table, &measured));
        }
    }
    template::render(
        "benchmarks.md",
        &json!({
            "compiler": assure::printed("rustc", &["--version"])?,
            "processor": assure::processor(),
            "tables": tables,
            "goals": goals,
        }),
    )
}

/// The median time of each case, by size.
fn shown(table: &Table, measured: &Value) -> Value {
    let sizes = sizes(table);
    let mut cases: Vec<&str> = Vec::new();
    for Row { case, .. } in &table.rows {
        if !cases.contains(&case.as_str()) {
            cases.push(case);
        }
    }
    let rows: Vec<_> = cases
        .iter()
        .map(|case| {
            let times = sizes.iter().map(|size| {
                rounds(table, *size, case).map_or_else(
                    || "–".into(),
                    |rounds| format!("{:.0}", quartiles(rounds.iter().copied()).1),
                )
            });
            json!({ "case": case, "times": times.collect::<Vec<_>>() })
        })
        .collect();
    let Table { name, about, runtime, clock, .. } = table;
    let count = table.rows.first().map_or(0, |row| row.rounds.len());
    json!({
        "name": name, "about": about, "runtime": runtime, "clock": clock, "count": count,
        "sizes": sizes, "rows": rows, "measured": measured,
    })
}

fn goal_rows(table: &Table) -> Vec<Value> {
    let mut rows = Vec::new();
    for (of_table, first, second, goal, range) in GOALS {
        let sizes = sizes(table);
        for size in sizes.iter().filter(|size| *of_table == table.name && range.contains(size)) {
            let pair = (rounds(table, *size, first), rounds(table, *size, second));
            let (Some(one), Some(other)) = pair else { continue };
            let (low, median, high) =
                quartiles(one.iter().zip(other).map(|(one, other)| goal.value(*one, *other)));
            let places = if matches!(goal, Goal::Within(_) | Goal::Beyond(_)) { 0 } else { 2 };
            rows.push(json!({
                "figure": goal.figure(first, second),
                "table": table.name,
                "bytes": size,
                "measured": format!("{median:.places$} ({low:.places$} to {high:.places$})"),
                "goal": goal.text(),
                "met": if goal.is_met(median) { "yes" } else { "no" },
            }));
        }
    }
    rows
}

fn sizes(table: &Table) -> Vec<u64> {
    let sizes: BTreeSet<u64> = table.rows.iter().map(|row| row.bytes).collect();
    sizes.into_iter().collect()
}

fn rounds<'t>(table: &'t Table, size: u64, case: &str) -> Option<&'t [f64]> {
    let row = table.rows.iter().find(|row| row.bytes == size && row.case == case)?;
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
        let table = |verify| Table {
            name: "core".into(),
            about: String::new(),
            runtime: "Rust".into(),
            clock: "time of the thread".into(),
            rows: vec![row("limit", [600.0, 650.0, 700.0]), row("verify_signature", verify)],
        };
        let met = |verify| goal_rows(&table(verify)).first().map(|row| row["met"].clone());
        assert_eq!(met([720.0, 770.0, 990.0]), Some("yes".into()));
        assert_eq!(met([720.0, 790.0, 990.0]), Some("no".into()));
    }
}
