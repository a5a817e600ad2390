//! Every check of the project, by name. `.ci/run` runs them all.

use std::{
    fs,
    path::Path,
    time::Instant,
};

use serde_json::Value;

use crate::{
    generated,
    outcome::{About as _, Failure, Outcome},
    setup::{BARE_METAL, Machine, npm},
    shell::{self, Shell, cargo},
};

/// Names of the checks that build no binding.
pub(crate) const STATIC: [&str; 4] = ["format", "lint", "drift", "house"];

type Check = fn(&Machine) -> Outcome;

const CHECKS: &[(&str, Check)] = &[];

/// Runs the checks whose name contains one of these, or all of them.
pub(crate) fn run(names: &[String]) -> Outcome {
    let machine = Machine::look()?;
    let wanted = |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part));
    let checks: Vec<_> = CHECKS.iter().filter(|(name, _)| wanted(name)).collect();
    let mut failed = Vec::new();
    for (number, (name, check)) in (1..).zip(&checks) {
        println!("\n==== {number}/{} {name}", checks.len());
        let start = Instant::now();
        match check(&machine) {
            Ok(()) => println!("==== ok, {} s", start.elapsed().as_secs()),
            Err(error) => {
                println!("==== FAILED: {error}");
                failed.push(*name);
            }
        }
    }
    let passed = checks.len().saturating_sub(failed.len());
    if !failed.is_empty() {
        println!("\nfailed: {}", failed.join(", "));
    }
    println!("\nchecks: {passed} passed, {} failed", failed.len());
    if failed.is_empty() && passed > 0 {
        Ok(())
    } else {
        Err(Failure::new("not every check passed"))
    }
}
