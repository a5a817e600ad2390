//! Random deliveries through every language: equal verdicts, equal facts and equal values.

use std::fs::File;

use super::{Depth, Figure, folder};
use crate::{
    failure::{About as _, Result},
    setup::Machine,
    shell::{self, Shell, cargo},
};

/// Deliveries of one series.
const SERIES: u64 = 20_000;

const fn series(depth: Depth) -> u64 {
    match depth {
        Depth::Quick => 1,
        Depth::Deep => 50,
    }
}

/// Compares the core with the second verifier, and each language with both.
pub(super) fn measure(machine: &Machine, depth: Depth) -> Result<Vec<Figure>> {
    let python = machine.python_with_wheel()?;
    machine.node_with_builds()?;
    cargo(["build", "--locked", "--release", "--package", "pivotal-webhooks-differential"])
        .run()?;
    let file = folder()?.join("deliveries.jsonl");
    let node = |package| Shell::new("node").args(["bindings-node/test/differential.mjs", package]);
    let mut compared =
        ["Rust", "Python", "Node", "WebAssembly"].map(|language| (language, Vec::new()));
    for number in 1..=series(depth) {
        println!("   series {number} of {}", series(depth));
        let output = File::create(&file).about(file.display().to_string())?;
        Shell::new(shell::target().join("release").join("deliveries"))
            .args([number.to_string(), SERIES.to_string()])
            .output_to(output)?;
        let [(_, rust), others @ ..] = &mut compared;
        // It has compared the core with the second verifier, and fails at the first difference.
        rust.push(SERIES);
        let hosts = [
            Shell::new(&python).arg("bindings-python/tests/differential.py"),
            node("pivotal-webhooks"),
            node("pivotal-webhooks-wasm"),
        ];
        for ((_, counts), host) in others.iter_mut().zip(hosts) {
            let printed = host.input(&file)?.output()?;
            counts.push(printed.trim().parse::<u64>().about("a count of deliveries")?);
        }
    }
    let all: u64 = (0..series(depth)).map(|_| SERIES).sum();
    let figures = compared.into_iter().map(|(language, counts)| {
        let count: u64 = counts.iter().sum();
        Figure {
            about: format!(
                "random deliveries with the verdict of the second verifier, in {language}"
            ),
            measured: count.to_string(),
            goal: all.to_string(),
            is_met: count == all,
        }
    });
    Ok(figures.collect())
}
