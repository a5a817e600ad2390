//! Counts the instructions of the core's paths, and compares them with the committed counts.
//!
//! A count is the same on an idle and on a busy machine. Valgrind shows no instructions for SHA-256 to
//! the program, so the core hashes by its portable code, and the bare HMAC of the same bytes is
//! subtracted. glibc is told to use no AVX2, so that its functions are the same on every x86-64.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    debian,
    failure::{About as _, Failure, Result},
    shell::{self, Shell, cargo},
};

const VALGRIND: &str = "valgrind";
const COUNTS: &str = "assurance/instructions.json";
const TUNABLES: &str = "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX_Fast_Unaligned_Load,-ERMS";

/// The greatest growth of a path, in percent.
const GROWTH: u64 = 3;

/// The instructions of each path without its HMAC, and what they depend on.
#[derive(Debug, Deserialize, Serialize)]
struct Counts {
    compiler: String,
    paths: BTreeMap<String, u64>,
}

/// Writes the counts of this source, which are then the committed ones.
pub(crate) fn accept() -> Result {
    let counts = count()?;
    let text = serde_json::to_string_pretty(&counts).about(COUNTS)?;
    fs::write(shell::root().join(COUNTS), text + "\n").about(COUNTS)?;
    println!("{COUNTS} is written; say in the commit why the counts changed");
    Ok(())
}

/// Fails if a path takes more instructions than committed.
pub(crate) fn check() -> Result {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        println!("skipped: the committed counts are those of x86-64 Linux with glibc");
        return Ok(());
    }
    let text = fs::read_to_string(shell::root().join(COUNTS)).about(COUNTS)?;
    compare(&serde_json::from_str(&text).about(COUNTS)?, &count()?)
}

fn count() -> Result<Counts> {
    build().run()?;
    let paths = paths(&run(&shell::target())?)?;
    let compiler = Shell::new("rustc").arg("--version").output()?.trim().to_owned();
    Ok(Counts { compiler, paths })
}

/// What callgrind writes about a build that knows the source lines of its instructions.
pub(crate) fn with_lines() -> Result<String> {
    let target = shell::target().join("lines");
    build()
        .env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only")
        .env("CARGO_PROFILE_RELEASE_STRIP", "none")
        .arg("--target-dir")
        .arg(&target)
        .run()?;
    run(&target)
}

fn build() -> Shell {
    cargo(["build", "--locked", "--release", "--package", "pivotal-webhooks-assurance"])
}

/// Runs the program of a target folder under callgrind, and returns what callgrind wrote.
fn run(target: &Path) -> Result<String> {
    debian::ensure(VALGRIND, &[VALGRIND])?;
    let output = output_file()?;
    Shell::new(VALGRIND)
        .args(["--tool=callgrind", "--quiet", "--combine-dumps=yes"])
        .arg(format!("--callgrind-out-file={}", output.display()))
        .arg(target.join("release/instructions"))
        .env("GLIBC_TUNABLES", TUNABLES)
        .run()?;
    fs::read_to_string(&output).about("the output of callgrind")
}

fn output_file() -> Result<PathBuf> {
    let file = shell::work().join("instructions");
    fs::create_dir_all(shell::work())?;
    if file.exists() {
        fs::remove_file(&file)?;
    }
    Ok(file)
}

/// The instructions of each path without its HMAC, from the parts of callgrind's output.
fn paths(output: &str) -> Result<BTreeMap<String, u64>> {
    let mut paths = BTreeMap::new();
    let mut hmac = 0_u64;
    let mut label = None;
    for line in output.lines() {
        if let Some(trigger) = line.strip_prefix("desc: Trigger: ") {
            label = trigger.strip_prefix("Client Request: ").and_then(|text| text.split_once('\t'));
        } else if let (Some(total), Some((part, name))) = (line.strip_prefix("totals: "), label) {
            let total: u64 = total.trim().parse().about(line)?;
            match part {
                "hmac" => hmac = total,
                _ => drop(paths.insert(name.to_owned(), total.saturating_sub(hmac))),
            }
        }
    }
    if paths.is_empty() { Err(Failure::new("callgrind counted no path")) } else { Ok(paths) }
}

fn compare(committed: &Counts, counted: &Counts) -> Result {
    if committed.compiler != counted.compiler {
        println!("the committed counts are those of {}", committed.compiler);
    }
    println!("{:>10} {:>10}  instructions without the HMAC", "committed", "now");
    let names = committed.paths.keys().chain(counted.paths.keys());
    let names: BTreeSet<_> = names.collect();
    let mut failed = Vec::new();
    for name in names {
        let (before, now) = (committed.paths.get(name), counted.paths.get(name));
        let is_within = is_within(before.copied(), now.copied());
        let text = |count: Option<&u64>| count.map_or_else(|| "none".into(), u64::to_string);
        let verdict = if is_within { "" } else { "  FAILED" };
        println!("{:>10} {:>10}  {name}{verdict}", text(before), text(now));
        if !is_within {
            failed.push(name.as_str());
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "these paths take over {GROWTH} % more instructions, or are new or gone: {}; if the change is \
         worth it, run `cargo xtask instructions --accept` and say why in the commit",
        failed.join("; ")
    )))
}

/// Whether a path has a committed count and takes at most [`GROWTH`] percent more.
fn is_within(committed: Option<u64>, counted: Option<u64>) -> bool {
    let (Some(committed), Some(counted)) = (committed, counted) else { return false };
    counted.saturating_mul(100) <= committed.saturating_mul(100 + GROWTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hmac_is_subtracted_and_other_parts_are_left_out() {
        let output = "desc: Trigger: Client Request: hmac\tverify\ntotals: 900\n\
                      desc: Trigger: Client Request: path\tverify\ntotals: 1000\n\
                      desc: Trigger: Program termination\ntotals: 7\n";
        let paths = paths(output).unwrap_or_default();
        assert_eq!(paths, BTreeMap::from([("verify".to_owned(), 100)]));
        assert!(super::paths("totals: 7\n").is_err());
    }

    #[test]
    fn a_path_may_grow_by_three_percent() {
        assert!(is_within(Some(1000), Some(1030)));
        assert!(is_within(Some(1000), Some(10)));
        assert!(!is_within(Some(1000), Some(1031)));
        assert!(!is_within(None, Some(1)), "a new path has to be accepted");
        assert!(!is_within(Some(1), None), "a path may not disappear");
    }
}
