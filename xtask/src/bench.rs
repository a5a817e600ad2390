//! Measures the speed, and writes `docs/benchmarks.md`.
//!
//! A part leaves its tables in `target/bench/PART.json`: for each size and case the nanoseconds per
//! call of every round. The page is made of the tables that are there, so that one part can be measured
//! again by itself; each part says when it was measured. With few rounds, all of that is written into
//! another folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    assure, chromium,
    failure::{About as _, Failure, Result},
    servers,
    setup::Machine,
    shell::{self, Shell, cargo},
};

mod constant;
mod goals;
mod page;
mod table;

use table::{Measured, Table};

/// Tells a bench where its results are written.
const RESULTS: &str = "PIVOTAL_BENCH_RESULTS";

/// Tells a bench how many rounds it measures.
const ROUNDS: &str = "PIVOTAL_BENCH_ROUNDS";

/// A table, and when it was measured.
type Shown = (Table, Value);

type Part = fn(&Bench<'_>) -> Result;

/// The parts by name. A part that writes no tables prints its figures.
const PARTS: [(&str, Part); 10] = [
    ("core", |bench| {
        let core = ["bench", "--locked", "--package", "pivotal-webhooks", "--bench", "ratio"];
        bench.run(cargo(core))?;
        constant::measure(&bench.results)
    }),
    ("rust", |bench| {
        let peers =
            ["run", "--locked", "--release", "--manifest-path", "assurance/peers/Cargo.toml"];
        bench.run(cargo(peers).arg("--target-dir").arg(shell::target().join("peers")))
    }),
    ("node", |bench| {
        bench.machine.node_with_builds()?;
        bench.machine.node_peers()?;
        bench.run(Shell::new("node").arg("bindings-node/bench/peers.mjs"))
    }),
    ("unwrap", |bench| {
        bench.machine.node_with_builds()?;
        bench.run(Shell::new("node").arg("bindings-node/bench/unwrap.mjs"))
    }),
    ("python", |bench| {
        let python = bench.machine.python_with_wheel()?;
        let folders = [bench.machine.python_bench()?, bench.machine.python_peers()?];
        let folders = std::env::join_paths(folders).about("PYTHONPATH")?;
        bench.run(Shell::new(&python).arg("bindings-python/bench/unwrap.py"))?;
        bench.run(
            Shell::new(&python).arg("bindings-python/bench/peers.py").env("PYTHONPATH", folders),
        )
    }),
    ("throughput", |bench| {
        let python = bench.machine.python_with_wheel()?;
        bench.machine.node_with_builds()?;
        bench.run(Shell::new(&python).arg("bindings-python/bench/throughput.py"))?;
        bench.run(Shell::new("node").arg("bindings-node/bench/throughput.mjs"))
    }),
    ("footprint", |bench| {
        bench.machine.node_with_builds()?;
        bench.machine.node_peers()?;
        let python = bench.machine.python_with_wheel()?;
        let peers = bench.machine.python_peers()?;
        let imports = Shell::new(&python).arg("bindings-python/bench/footprint.py");
        bench.run(imports.env("PYTHONPATH", peers))?;
        bench.run(Shell::new("node").arg("bindings-node/bench/footprint.mjs"))
    }),
    ("once", |bench| {
        servers::install()?;
        let python = bench.machine.python_with_wheel()?;
        bench.machine.node_with_builds()?;
        let tests = shell::root().join("bindings-python/tests");
        for program in ["cost_of_once.py", "bytes_of_once.py", "throughput_of_once.py"] {
            let file = shell::root().join("bindings-python/bench").join(program);
            Shell::new(&python).arg(file).env("PYTHONPATH", &tests).run()?;
        }
        Shell::new("node").arg("bindings-node/bench/once.mjs").run()?;
        Shell::new("node").arg("bindings-wasm/bench/durable-objects.mjs").run()?;
        Shell::new("node").arg("bindings-node/bench/throughput-of-once.mjs").run()
    }),
    ("criterion", |_| {
        cargo(["bench", "--locked", "--package", "pivotal-webhooks", "--bench", "verify"]).run()
    }),
    ("javascript", |bench| {
        bench.machine.node_with_builds()?;
        Shell::new("node").arg("bindings-wasm/bench/webhooks.mjs").run()?;
        Shell::new("node")
            .arg("bindings-wasm/bench/cold.mjs")
            .env("CHROMIUM", chromium::installed().unwrap_or_default())
            .run()
    }),
];

/// Measures the parts with these names, or all of them, and writes the page and its charts.
pub(crate) fn run(only: &[String], rounds: Option<u32>) -> Result {
    if let Some(unknown) = only.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        let names = PARTS.map(|(name, _)| name).join(", ");
        return Err(Failure::new(format!("there is no part {unknown}; there are: {names}")));
    }
    let machine = Machine::detect()?;
    let folder = shell::target().join(if rounds.is_some() { "bench/trial" } else { "bench" });
    fs::create_dir_all(&folder)?;
    for (name, part) in PARTS {
        if only.is_empty() || only.iter().any(|wanted| wanted == name) {
            println!("\n== {name}");
            let bench =
                Bench { machine: &machine, rounds, results: folder.join(format!("{name}.tables")) };
            if bench.results.exists() {
                fs::remove_file(&bench.results)?;
            }
            part(&bench)?;
            if bench.results.exists() {
                record(&bench.results, &file(&folder, name))?;
            }
        }
    }
    let root = if rounds.is_some() { folder.clone() } else { shell::root() };
    for (name, text) in page::files(shown(&folder)?)? {
        let path = root.join(&name);
        fs::create_dir_all(path.parent().unwrap_or(&root))?;
        fs::write(&path, text).about(name)?;
    }
    Ok(())
}

/// What a part needs.
struct Bench<'m> {
    machine: &'m Machine,
    rounds: Option<u32>,
    /// The file for the tables.
    results: PathBuf,
}

impl Bench<'_> {
    /// Runs a bench that may write tables.
    fn run(&self, program: Shell) -> Result {
        let program = program.env(RESULTS, &self.results);
        match self.rounds {
            Some(rounds) => program.env(ROUNDS, rounds.to_string()).run(),
            None => program.run(),
        }
    }
}

fn file(folder: &Path, part: &str) -> PathBuf {
    folder.join(format!("{part}.json"))
}

fn record(results: &Path, file: &Path) -> Result {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".into());
    let measured = Measured {
        date: shell::today()?,
        commit: assure::printed("git", &["rev-parse", "--short=12", "HEAD"])?,
        load: load.split(' ').next().unwrap_or_default().to_owned(),
        tables: tables(results)?,
    };
    fs::write(file, serde_json::to_string(&measured).about("the tables")?)?;
    Ok(())
}

/// The tables that a part wrote: one list, or one for each of its programs on a line of its own.
fn tables(results: &Path) -> Result<Vec<Table>> {
    let text = fs::read_to_string(results)?;
    let lists = serde_json::Deserializer::from_str(&text).into_iter::<Vec<Table>>();
    let lists: Vec<_> = lists.collect::<Result<_, _>>().about("the tables")?;
    Ok(lists.into_iter().flatten().collect())
}

/// All tables in the order of the parts.
fn shown(folder: &Path) -> Result<Vec<Shown>> {
    let mut shown = Vec::new();
    for (name, _) in PARTS {
        let Ok(text) = fs::read_to_string(file(folder, name)) else { continue };
        let Measured { date, commit, load, tables } = serde_json::from_str(&text).about(name)?;
        let facts = json!({ "date": date, "commit": commit, "load": load });
        shown.extend(tables.into_iter().map(|table| (table, facts.clone())));
    }
    Ok(shown)
}
