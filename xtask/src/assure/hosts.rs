//! Random deliveries and random JSON bodies through every language: equal verdicts, equal facts and equal
//! values.

use std::{fs::File, path::Path};

use super::{Depth, Figure, folder};
use crate::{
    failure::{About as _, Result},
    setup::Machine,
    shell::{self, Shell, cargo},
};

/// A program of `assurance/differential`, and what its cases are about.
struct Kind {
    program: &'static str,
    about: &'static str,
    /// How many cases a quick run has.
    few: u64,
    /// For the programs of JavaScript.
    options: &'static [&'static str],
}

const KINDS: [Kind; 2] = [
    Kind {
        program: "deliveries",
        about: "random deliveries with the verdict of the second verifier",
        few: 2_000,
        options: &[],
    },
    Kind {
        program: "bodies",
        about: "random bodies with the verdict of the second verifier and, if it is JSON, the value of \
                the language's own parser",
        few: 5_000,
        options: &["--plain"],
    },
];

const LANGUAGES: [&str; 4] = ["Rust", "Python", "Node", "WebAssembly"];

/// How many series there are, and how many cases each has.
const fn amounts(kind: &Kind, depth: Depth) -> (u64, u64) {
    match depth {
        Depth::Quick => (1, kind.few),
        Depth::Deep => (50, 20_000),
    }
}

/// Compares the core with the second verifier, and each language with both.
pub(super) fn measure(machine: &Machine, depth: Depth) -> Result<Vec<Figure>> {
    let python = machine.python_with_wheel()?;
    machine.node_with_builds()?;
    cargo(["build", "--locked", "--release", "--package", "pivotal-webhooks-differential"])
        .run()?;
    let mut figures = Vec::new();
    for kind in &KINDS {
        figures.extend(compare(kind, &python, depth)?);
    }
    Ok(figures)
}

fn compare(kind: &Kind, python: &Path, depth: Depth) -> Result<Vec<Figure>> {
    let (series, cases) = amounts(kind, depth);
    let file = folder()?.join(format!("{}.jsonl", kind.program));
    let node = |package| {
        Shell::new("node").args(["bindings-node/test/differential.mjs", package]).args(kind.options)
    };
    let mut counts = [0_u64; LANGUAGES.len()];
    for number in 1..=series {
        println!("   {}, series {number} of {series}", kind.program);
        let output = File::create(&file).about(file.display().to_string())?;
        Shell::new(shell::target().join("release").join(kind.program))
            .args([number.to_string(), cases.to_string()])
            .output_to(output)?;
        let hosts = [
            Shell::new(python).arg("bindings-python/tests/differential.py"),
            node("pivotal-webhooks"),
            node("pivotal-webhooks-wasm"),
        ];
        let [rust, others @ ..] = &mut counts;
        // It has compared the core with the second verifier, and fails at the first difference.
        *rust = rust.saturating_add(cases);
        for (count, host) in others.iter_mut().zip(hosts) {
            let printed = host.input(&file)?.output()?;
            let right = printed.trim().parse::<u64>().about("a count of cases")?;
            *count = count.saturating_add(right);
        }
    }
    let all = series.saturating_mul(cases);
    let figures = LANGUAGES.iter().zip(counts).map(|(language, count)| Figure {
        about: format!("{}, in {language}", kind.about),
        measured: count.to_string(),
        goal: all.to_string(),
        is_met: count == all,
    });
    Ok(figures.collect())
}
