//! Runs `idempotency/faults`, which counts whether each event is completed once, and writes
//! `docs/audits.md` of what was recorded.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    assure,
    failure::{About as _, Result},
    servers,
    setup::{self, Machine},
    shell::{self, Shell},
    template,
};

pub(crate) const DOCUMENT: &str = "docs/audits.md";
const RECORDS: &str = "idempotency/faults/records";

/// Carries out these plans, or all of them, with so many events, deliveries of each, and a seed.
pub(crate) fn run(only: &[String], numbers: [u32; 3], record: bool) -> Result {
    servers::install()?;
    let names = ["--events", "--deliveries", "--seed"];
    let mut program = program(&Machine::detect()?)?.args(only);
    for (name, number) in names.iter().zip(numbers) {
        program = program.args([(*name).to_owned(), number.to_string()]);
    }
    if !record {
        return program.run();
    }
    let results = shell::work().join("once");
    setup::remove_dir(&results)?;
    fs::create_dir_all(&results).about(results.display())?;
    let outcome = program.arg("--results").arg(&results).run();
    keep(&results)?;
    fs::write(shell::root().join(DOCUMENT), document()?).about(DOCUMENT)?;
    outcome
}

/// The short form, over every store that may be used. It needs the signals of Unix.
pub(crate) fn check(machine: &Machine) -> Result {
    if !cfg!(unix) {
        println!("skipped: this system can't kill a process as Unix does");
        return Ok(());
    }
    let short = program(machine)?.args(["--events", "100", "--deliveries", "5"]);
    if machine.without_servers {
        return short.arg("sqlite").run();
    }
    servers::install()?;
    short.run()
}

fn program(machine: &Machine) -> Result<Shell> {
    let python = machine.python_with_wheel()?;
    machine.node_with_builds()?;
    // The newest one has SQLite.
    let node = machine.nodes().pop().unwrap_or_else(|| "node".into());
    let folders = ["idempotency/faults", "bindings-python/tests"];
    let folders = folders.map(|folder| shell::root().join(folder));
    let path = std::env::join_paths(folders).about("the folders of the program")?;
    let program = Shell::new(python).arg("idempotency/faults/once.py");
    Ok(program.env("PYTHONPATH", path).env("NODE", node))
}

/// Adds to each result when, of what and where it was measured, and puts it to the records.
fn keep(results: &Path) -> Result {
    let date = shell::today()?;
    let commit = assure::printed("git", &["rev-parse", "--short=12", "HEAD"])?;
    for file in files(results)? {
        let result = read(&file)?;
        let record = json!({
            "result": result, "date": date, "commit": commit, "machine": assure::processor(),
        });
        let text = serde_json::to_string_pretty(&record).about(file.display())?;
        let name = file.file_name().unwrap_or_default();
        fs::write(shell::root().join(RECORDS).join(name), text + "\n").about(file.display())?;
    }
    Ok(())
}

/// The page that the records come to.
pub(crate) fn document() -> Result<String> {
    let files = files(&shell::root().join(RECORDS))?;
    let records = files.iter().map(|file| read(file)).collect::<Result<Vec<Value>>>()?;
    template::render("audits.md", &json!({ "records": records }))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).about(folder.display())?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<Value> {
    serde_json::from_str(&fs::read_to_string(file)?).about(file.display())
}
