//! Fuzzing: libFuzzer over the oracles of `assurance/differential`.

use std::{fs, path::Path};

use super::{Depth, Figure};
use crate::{
    failure::{About as _, Failure, Result},
    setup::Machine,
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

const fn seconds(depth: Depth) -> u32 {
    match depth {
        Depth::Quick => 20,
        Depth::Deep => 3600,
    }
}

/// Runs every target. The inputs that reach new code stay in `target/fuzz/corpus`, so that the next run
/// goes on from there.
pub(super) fn measure(_: &Machine, depth: Depth) -> Result<Vec<Figure>> {
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
    TARGETS.iter().map(|name| fuzz(name, &target, &seeds, depth)).collect()
}

fn fuzz(name: &str, target: &Path, seeds: &Path, depth: Depth) -> Result<Figure> {
    let made = |folder: std::path::PathBuf| {
        fs::create_dir_all(&folder).about(folder.display().to_string()).map(|()| folder)
    };
    let found = made(target.join("found").join(name))?;
    println!("   {name}, {} s", seconds(depth));
    let program = target.join(TRIPLE).join("fuzz").join(name);
    let log = found.join("log");
    let output = Shell::new(program)
        .arg(made(target.join("corpus").join(name))?)
        .arg(made(seeds.join(name))?)
        .arg(made(shell::root().join("core/fuzz/corpus").join(name))?)
        .arg(format!("-max_total_time={}", seconds(depth)))
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
