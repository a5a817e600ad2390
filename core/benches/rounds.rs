//! Calls in turns, and the table of their times that `cargo xtask bench` reads. The calls are
//! interleaved, so that a busy machine slows all of them and the ratios stay the same.

use std::{env, fs, hint::black_box, time::Duration};

use cpu_time::ThreadTime;
use serde_json::{Value, json};

const ROUNDS: usize = 61;

/// Fewer for a trial.
fn rounds() -> usize {
    env::var("PIVOTAL_BENCH_ROUNDS").map_or(ROUNDS, |number| number.parse().unwrap())
}

/// Of this thread.
const SLICE: Duration = Duration::from_micros(1_500);
const CALLS: u32 = 16;

/// A name, and a call that is measured.
pub type Case<'c> = (&'static str, Box<dyn FnMut() + 'c>);

/// A case, whose result is dropped.
pub fn case<'c, Result>(name: &'static str, mut call: impl FnMut() -> Result + 'c) -> Case<'c> {
    (name, Box::new(move || drop(black_box(call()))))
}

/// For each size and case the nanoseconds per call of every round.
pub struct Table {
    name: &'static str,
    about: &'static str,
    unit: Option<&'static str>,
    rows: Vec<Value>,
}

impl Table {
    /// An empty table. `about` says what the cases are.
    pub fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about, unit: None, rows: Vec::new() }
    }

    /// The same table with another text for its numbers and columns.
    pub fn in_unit(self, unit: &'static str) -> Self {
        Self { unit: Some(unit), ..self }
    }

    /// Measures the cases, adds and prints their times, and returns the rounds of each.
    pub fn measure(&mut self, bytes: usize, mut cases: Vec<Case<'_>>) -> Vec<Vec<f64>> {
        let mut rounds = vec![Vec::new(); cases.len()];
        for _ in 0..self::rounds() {
            for (rounds, (_, call)) in rounds.iter_mut().zip(&mut cases) {
                rounds.push(slice(call));
            }
        }
        for (rounds, (name, _)) in rounds.iter().zip(&cases) {
            self.add(bytes, name, rounds.clone());
        }
        rounds
    }

    /// Adds and prints the rounds of a case.
    pub fn add(&mut self, bytes: usize, case: &str, rounds: Vec<f64>) {
        println!("{:>10} B{:>12.0} ns  {case}", bytes, median(rounds.clone()));
        self.rows.push(json!({ "column": bytes, "case": case, "rounds": rounds }));
    }
}

/// Writes the tables into the file that `cargo xtask bench` names.
pub fn write(tables: &[Table]) {
    let Some(file) = env::var_os("PIVOTAL_BENCH_RESULTS") else { return };
    let tables: Vec<_> = tables
        .iter()
        .map(|Table { name, about, unit, rows }| {
            let (runtime, clock) = ("Rust", "time of the thread");
            let mut table = json!({
                "name": name, "about": about, "runtime": runtime, "clock": clock, "rows": rows,
            });
            if let Some(unit) = unit {
                table["unit"] = json!(unit);
            }
            table
        })
        .collect();
    fs::write(file, Value::from(tables).to_string()).unwrap();
}

/// Nanoseconds of this thread per call, over as many calls as a slice holds.
fn slice(call: &mut dyn FnMut()) -> f64 {
    let start = ThreadTime::now();
    let mut calls = 0_u32;
    loop {
        for _ in 0..CALLS {
            call();
        }
        calls += CALLS;
        let elapsed = start.elapsed();
        if elapsed >= SLICE {
            return elapsed.as_secs_f64() * 1e9 / f64::from(calls);
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
