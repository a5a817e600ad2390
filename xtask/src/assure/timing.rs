//! Differences in time that depend on a key.

use super::{Depth, Figure, build, program};
use crate::{
    failure::{Failure, Result},
    setup::Machine,
    shell::Shell,
};

/// |t| of a pair whose calls take the same time.
const LARGEST_T: f64 = 4.5;
/// |t| of a faulty verifier.
const SMALLEST_CONTROL_T: f64 = 100.0;
/// A busy machine can disturb one run. A difference is there in every run.
const RUNS: usize = 3;
const RUNS_WITHIN: usize = 2;

/// Calls per pair.
const fn samples(depth: Depth) -> u32 {
    match depth {
        Depth::Quick => 100_000,
        Depth::Deep => 1_000_000,
    }
}

/// Times pairs of deliveries by dudect's test.
pub(super) fn measure(_: &Machine, depth: Depth) -> Result<Vec<Figure>> {
    build()?;
    let count = samples(depth);
    let mut results: Vec<(String, Vec<f64>)> = Vec::new();
    for run in 1..=RUNS {
        println!("-- dudect, run {run} of {RUNS}");
        let output =
            Shell::new(program("timing")).env("PIVOTAL_SAMPLES", count.to_string()).output()?;
        for (pair, t) in output.lines().filter_map(largest_t) {
            match results.iter_mut().find(|(name, _)| *name == pair) {
                Some((_, runs)) => runs.push(t),
                None => results.push((pair, vec![t])),
            }
        }
    }
    let figures = results.into_iter().map(|(pair, runs)| {
        let measured: Vec<String> = runs.iter().map(|t| format!("{t:.1}")).collect();
        let control = pair.strip_prefix("control ");
        let within = runs.iter().filter(|t| **t < LARGEST_T).count();
        Figure {
            about: match control {
                Some(control) => format!("\\|t\\| of a control that {control}"),
                None => format!("\\|t\\| of {pair}, {count} calls"),
            },
            measured: measured.join(", "),
            goal: match control {
                Some(_) => format!("above {SMALLEST_CONTROL_T}"),
                None => format!("below {LARGEST_T} in {RUNS_WITHIN} of {RUNS} runs"),
            },
            is_met: match control {
                Some(_) => runs.iter().all(|t| *t > SMALLEST_CONTROL_T),
                None => within >= RUNS_WITHIN,
            },
        }
    });
    let figures: Vec<Figure> = figures.collect();
    if figures.is_empty() { Err(Failure::new("dudect printed no result")) } else { Ok(figures) }
}

/// The name of a pair and its |t|, of a line that dudect-bencher prints.
fn largest_t(line: &str) -> Option<(String, f64)> {
    let (name, result) = line.strip_prefix("bench ")?.split_once("... :")?;
    let (_, t) = result.split_once("max t = ")?;
    let (t, _) = t.split_once(',')?;
    Some((name.trim().replace('_', " "), t.parse::<f64>().ok()?.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_dudect_is_read() {
        let line = "bench first_or_third_secret ... : n == +0.100M, max t = -1.69547, max tau = 0";
        assert_eq!(largest_t(line), Some(("first or third secret".into(), 1.69547)));
        assert_eq!(largest_t("running 5 benches"), None);
    }
}
