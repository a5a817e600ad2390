//! Hostile traffic against receivers, and many calls in one process. The programs of `assurance/load` know
//! their goals.

use std::path::Path;

use super::{Depth, Figure};
use crate::{
    failure::{About as _, Result},
    setup::Machine,
    shell::Shell,
};

/// Sends hostile traffic to a receiver of each language.
pub(super) fn attack(machine: &Machine, _: Depth) -> Result<Vec<Figure>> {
    let python = machine.python_with_wheel()?;
    machine.node_with_builds()?;
    let servers: [(&str, &Path, &str); 3] = [
        ("FastAPI", &python, "assurance/load/fastapi_server.py"),
        ("Express", Path::new("node"), "assurance/load/express.mjs"),
        ("workerd", Path::new("node"), "assurance/load/workerd.mjs"),
    ];
    let mut figures = Vec::new();
    for (name, program, server) in servers {
        println!("   {name}");
        let client = Shell::new(&python).args(["assurance/load/client.py", name]);
        figures.extend(read(&client.arg(program).arg(server).output()?)?);
    }
    Ok(figures)
}

/// Verifies, and makes and drops webhooks, many times.
pub(super) fn soak(machine: &Machine, depth: Depth) -> Result<Vec<Figure>> {
    let python = machine.python_with_wheel()?;
    machine.node_with_builds()?;
    let counts = match depth {
        Depth::Quick => ["1000000", "200000"],
        Depth::Deep => ["10000000", "1000000"],
    };
    let node = |package: &str| {
        // V8 makes the space for new objects larger whenever it likes: by 4 MiB, which would be the growth.
        Shell::new("node").args([
            "--expose-gc",
            "--max-semi-space-size=1",
            "assurance/load/soak.mjs",
            package,
        ])
    };
    let programs = [
        Shell::new(python).arg("assurance/load/soak.py"),
        node("pivotal-webhooks"),
        node("pivotal-webhooks-wasm"),
    ];
    let mut figures = Vec::new();
    for program in programs {
        figures.extend(read(&program.args(counts).output()?)?);
    }
    Ok(figures)
}

fn read(printed: &str) -> Result<Vec<Figure>> {
    printed.lines().map(|line| serde_json::from_str(line).about(line)).collect()
}
