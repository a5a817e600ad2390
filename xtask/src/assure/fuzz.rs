//! Fuzzing: libFuzzer over the oracles of `assurance/differential`.

use std::{fs, path::Path};

use super::{Depth, Figure};
use crate::{
    debian,
    failure::{About as _, Failure, Result},
    setup::{Machine, remove_dir},
    shell::{self, Shell, cargo},
};

/// The targets of `core/fuzz`.
const TARGETS: [&str; 7] = ["delivery", "secret", "json", "event", "dump", "diagnosis", "border"];

const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// What libFuzzer needs of the compiler, as cargo-fuzz passes it for stable Rust. The core has no
/// unsafe code, so that a sanitizer would only make it slower.
const COVERAGE: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "--cfg=fuzzing",
];

/// The longest input. Longer ones reach no further code.
const MAX_LENGTH: usize = 16 * 1024;

/// How long each target runs.
enum Amount {
    /// This many runs from the seeds alone, which are the same on every machine.
    Runs(u32),
    /// This many seconds. The inputs that reach new code stay in `target/fuzz/corpus`, so that the next run
    /// goes on from there.
    Seconds(u32),
}

impl Amount {
    const fn of(depth: Depth) -> Self {
        match depth {
            Depth::Quick => Self::Runs(30_000),
            Depth::Deep => Self::Seconds(3600),
        }
    }
}

/// Runs every target.
pub(super) fn measure(_: &Machine, depth: Depth) -> Result<Vec<Figure>> {
    debian::ensure("c++", &["g++"])?;
    let target = shell::target().join("fuzz");
    cargo(["build", "--locked", "--profile=fuzz", "--target", TRIPLE])
        .args(["--package", "pivotal-webhooks-fuzz", "--target-dir"])
        .arg(&target)
        .env("RUSTFLAGS", COVERAGE.join(" "))
        .run()?;
    let seeds = target.join("seeds");
    cargo(["run", "--locked", "--release", "--package", "pivotal-webhooks-differential"])
        .args(["--bin", "seeds"])
        .arg(&seeds)
        .run()?;
    let amount = Amount::of(depth);
    TARGETS.iter().map(|name| fuzz(name, &target, &seeds, &amount)).collect()
}

fn fuzz(name: &str, target: &Path, seeds: &Path, amount: &Amount) -> Result<Figure> {
    let made = |folder: std::path::PathBuf| {
        fs::create_dir_all(&folder).about(folder.display().to_string()).map(|()| folder)
    };
    let found = made(target.join("found").join(name))?;
    let program = target.join(TRIPLE).join("fuzz").join(name);
    let log = found.join("log");
    // The first folder gets the new inputs.
    let (corpus, limit) = match amount {
        Amount::Runs(runs) => {
            let fresh = target.join("quick").join(name);
            remove_dir(&fresh)?;
            (fresh, vec![format!("-runs={runs}"), "-seed=1".into()])
        }
        Amount::Seconds(seconds) => {
            (target.join("corpus").join(name), vec![format!("-max_total_time={seconds}")])
        }
    };
    println!("   {name}, {}", limit.join(" "));
    let output = Shell::new(program)
        .arg(made(corpus)?)
        .arg(made(seeds.join(name))?)
        .arg(made(shell::root().join("core/fuzz/corpus").join(name))?)
        .args(limit)
        .arg(format!("-max_len={MAX_LENGTH}"))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .args(["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048"])
        .log(&log)?;
    let runs = output.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let runs = runs.map(str::trim).unwrap_or_default();
    let crashed = output.contains("SUMMARY: libFuzzer");
    if crashed {
        println!("   it found something: see {} and core/fuzz/README.md", found.display());
    }
    let runs: u64 = runs.parse().map_err(|_| {
        Failure::new(format!("libFuzzer printed no number of runs: see {}", log.display()))
    })?;
    Ok(Figure {
        about: format!("what breaks a rule of `{name}`, in {runs} runs"),
        measured: if crashed { "found" } else { "nothing found" }.into(),
        goal: "nothing found".into(),
        is_met: !crashed,
    })
}
