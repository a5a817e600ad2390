//! Runs `idempotency/faults`, which counts whether each event is completed once.

use crate::{
    failure::{About as _, Result},
    servers,
    setup::Machine,
    shell::{self, Shell},
};

/// Delivers so many events so many times each, over these stores or over all of them.
pub(crate) fn run(stores: &[String], events: u32, deliveries: u32, seed: u32) -> Result {
    servers::install()?;
    let arguments = [("--events", events), ("--deliveries", deliveries), ("--seed", seed)]
        .map(|(name, number)| [name.to_owned(), number.to_string()]);
    program(&Machine::detect()?)?.args(stores).args(arguments.as_flattened()).run()
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
    let folders = ["idempotency/faults", "bindings-python/tests"];
    let folders = folders.map(|folder| shell::root().join(folder));
    let path = std::env::join_paths(folders).about("the folders of the program")?;
    Ok(Shell::new(python).arg("idempotency/faults/once.py").env("PYTHONPATH", path))
}
